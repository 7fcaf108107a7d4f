/** What `npm run inspect` finds in folders as they are on the Hub, and in such that are not right. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { int, parseModel, writeModelFiles } from '../../packages/lethe-lora/src/onnx/index.ts';
import { findModel } from './find-model.ts';
import { inspectModel, isGood } from './inspection.ts';
import { textOf } from './text.ts';

const fixtures = join(import.meta.dirname, '../../e2e/models');
const root = mkdtempSync(join(tmpdir(), 'lethe-inspect-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A copy of a fixture that is changed. */
function copy(fixture: string, name: string, change: (folder: string) => void): string {
  const folder = join(root, name);
  cpSync(join(fixtures, fixture), folder, { recursive: true });
  change(folder);
  return folder;
}

describe('the model in a folder', () => {
  let several: string;
  beforeAll(() => {
    several = copy('qwen2-fp32', 'several', (folder) => {
      cpSync(join(fixtures, 'qwen2-q4/onnx/model.onnx'), join(folder, 'onnx/model_q4.onnx'));
      mkdirSync(join(folder, 'onnx/onnxruntime/webgpu'), { recursive: true });
      cpSync(join(folder, 'onnx/model.onnx'), join(folder, 'onnx/onnxruntime/webgpu/model.onnx'));
    });
  });

  it('is the variant that is asked for, else full precision', () => {
    expect(findModel(several)).toMatchObject({ file: 'onnx/model.onnx', variants: ['q4', 'fp32'] });
    expect(findModel(several, 'q4')).toMatchObject({ file: 'onnx/model_q4.onnx', variant: 'q4' });
    expect(findModel(join(several, 'onnx/model_q4.onnx'))).toMatchObject({
      base: `${several}/`,
      variant: 'q4',
    });
    expect(() => findModel(several, 'q8')).toThrow(/has no q8; it has q4, fp32/);
  });

  it('may be called as Transformers.js 2 called it, or lie beside its configuration', () => {
    const merged = copy('gpt2-fp32', 'merged', (folder) => {
      renameSync(
        join(folder, 'onnx/model.onnx'),
        join(folder, 'onnx/decoder_model_merged_quantized.onnx'),
      );
    });
    expect(findModel(merged)).toMatchObject({ variant: 'quantized' });
    const beside = copy('gpt2-fp32', 'beside', (folder) => {
      renameSync(join(folder, 'onnx/model.onnx'), join(folder, 'model.onnx'));
    });
    expect(findModel(beside)).toMatchObject({ file: 'model.onnx' });
  });
});

describe('an inspection', () => {
  it('asks, scores and teaches a model whose weights lie beside it, and compares it', async () => {
    const folder = copy('qwen2-fp32', 'external', (path) => {
      const file = join(path, 'onnx/model.onnx');
      const graph = parseModel(new Uint8Array(readFileSync(file)));
      for (const { name, parts } of writeModelFiles(graph, 'model.onnx', 1000))
        writeFileSync(join(path, 'onnx', name), Buffer.concat(parts));
    });
    const inspection = await inspectModel(folder, 'cpu');
    expect(isGood(inspection)).toBe(true);
    const yes = { possible: true, reasons: [] };
    expect(inspection).toMatchObject({
      asked: yes,
      adapted: yes,
      scored: yes,
      lens: yes,
      taught: yes,
    });
    expect(inspection.modules[0]).toEqual({
      name: 'model.layers.0.self_attn.q_proj',
      inFeatures: 64,
      outFeatures: 64,
    });
    expect(textOf(inspection)).toMatch(/taught +yes, [\d.]+ ms a step/);
    expect(textOf(inspection)).toMatch(/error of loss +\d\.\de-\d/);
  });

  it('names every operator that stands in the way, with all its nodes', async () => {
    const folder = copy('gpt2-fp32', 'untaught', (path) => {
      const file = join(path, 'onnx/model.onnx');
      // As long as the other's name, so that the file stays one.
      const text = readFileSync(file).toString('latin1').replaceAll('Softmax', 'Hardmax');
      writeFileSync(file, Buffer.from(text, 'latin1'));
    });
    const inspection = await inspectModel(folder, 'cpu');
    expect(inspection.asked.possible).toBe(true);
    expect(inspection.taught.possible).toBe(false);
    expect(inspection.missing).toHaveLength(1);
    expect(inspection.missing[0]).toMatchObject({ operator: 'Hardmax' });
    expect(inspection.missing[0]?.nodes).toHaveLength(2);
    expect(isGood(inspection)).toBe(false);
    const text = textOf(inspection);
    for (const node of inspection.missing[0]?.nodes ?? []) expect(text).toContain(node);
  });

  it('names every use of an operator that has no lowering, not only the first', async () => {
    const folder = copy('qwen2-q4', 'three bits', (path) => {
      const file = join(path, 'onnx/model.onnx');
      const graph = parseModel(new Uint8Array(readFileSync(file)));
      const products = graph.nodes.filter(({ opType }) => opType === 'MatMulNBits');
      for (const node of products.slice(0, 2)) Object.assign(node.attributes, { bits: int(3) });
      const [written] = writeModelFiles(graph);
      writeFileSync(file, Buffer.concat(written?.parts ?? []));
    });
    const { missing, taught } = await inspectModel(folder, 'cpu');
    expect(taught.possible).toBe(false);
    expect(missing.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('3-bit weights'),
      expect.stringContaining('3-bit weights'),
    ]);
    expect(new Set(missing.flatMap(({ nodes }) => nodes)).size).toBe(2);
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    ['no tokenizer', (folder) => rmSync(join(folder, 'tokenizer.json')), /has no tokenizer\.json/],
    [
      'no ONNX file',
      (folder) => rmSync(join(folder, 'onnx/model.onnx')),
      /has no onnx\/model\.onnx/,
    ],
    [
      'a file that is no model',
      (folder) => writeFileSync(join(folder, 'onnx/model.onnx'), 'hello'),
      /./,
    ],
    [
      'a configuration that is no JSON',
      (folder) => writeFileSync(join(folder, 'config.json'), '{'),
      /JSON/,
    ],
    [
      'a broken expectation',
      (folder) => {
        rmSync(join(folder, 'onnx/model.onnx'));
        writeFileSync(join(folder, 'expected.json'), '{');
      },
      /./,
    ],
  ])('says what is wrong with %s, and goes on', async (name, change, reason) => {
    const inspection = await inspectModel(copy('gpt2-fp32', name, change), 'cpu');
    expect(isGood(inspection)).toBe(false);
    expect(inspection.asked.reasons.join()).toMatch(reason);
    expect(textOf(inspection)).toMatch(/asked +no: /);
  });

  it('says that there is no such folder', async () => {
    const inspection = await inspectModel(join(root, 'nowhere'), 'cpu');
    expect(inspection.asked.reasons).toEqual([`There is no ${join(root, 'nowhere')}.`]);
  });
});
