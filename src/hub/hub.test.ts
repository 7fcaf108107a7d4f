/** What is told from lists of files and from a device's limits. */
import { describe, expect, it } from 'vitest';
import { longestPiece } from 'lethe-lora/engine';
import { apiUrl, fileUrl } from './addresses.ts';
import { chooseVariant, memoryNeeded, obstacle, type DeviceLimits } from './device.ts';
import { refuseWithoutRoom } from './download.ts';
import { HubError } from './failure.ts';
import { hubEnvironment } from './host.ts';
import { readModelId } from './listing.ts';
import { readFileSync } from 'node:fs';
import { calledByContents, filesSource, localModel } from './local.ts';
import { longestArray, otherPart, variantsOf } from './variants.ts';

const beside = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'generation_config.json'];
const listed = (sizes: Record<string, number>) => [
  ...beside.map((path) => ({ path, size: 10 })),
  ...Object.entries(sizes).map(([path, size]) => ({ path, size })),
];

describe('the variants of a model', () => {
  it('have all their parts, external data too, and nothing of the others', () => {
    const variants = variantsOf(
      listed({
        'onnx/model.onnx': 1,
        'onnx/model.onnx_data': 3e9,
        'onnx/model.onnx_data_1': 1e9,
        'onnx/model_q4.onnx': 7e8,
        'onnx/model_q4f16.onnx': 2,
        'onnx/model_q4f16.onnx.data': 5e8,
        'onnx/model_bnb4.onnx': 6e8,
        'README.md': 5,
      }),
    );
    expect(variants.map(({ variant, bytes, supported }) => [variant, bytes, supported])).toEqual([
      ['q4f16', 5e8 + 42, true],
      ['bnb4', 6e8 + 40, true],
      ['q4', 7e8 + 40, true],
      ['fp32', 4e9 + 41, true],
    ]);
    expect(variants[3]?.files.map(({ path }) => path)).toEqual([
      ...beside,
      'onnx/model.onnx',
      'onnx/model.onnx_data',
      'onnx/model.onnx_data_1',
    ]);
  });

  it('are found under the name that Transformers.js 2 gave them', () => {
    const variants = variantsOf(
      listed({
        'onnx/decoder_model.onnx': 4,
        'onnx/decoder_model_merged.onnx': 3,
        'onnx/decoder_model_merged.onnx_data': 30,
        'onnx/decoder_model_merged_quantized.onnx': 2,
        'onnx/decoder_with_past_model.onnx': 4,
      }),
    );
    expect(variants.map(({ variant, file }) => [variant, file])).toEqual([
      ['quantized', 'onnx/decoder_model_merged_quantized.onnx'],
      ['fp32', 'onnx/decoder_model_merged.onnx'],
    ]);
  });

  it('takes data of any name where there is one ONNX file, and none where it may be another’s', () => {
    const data = { 'onnx/model-00001-of-00002.data': 7, 'onnx/README.md': 1 };
    const paths = (files: Record<string, number>): string[] =>
      variantsOf(listed(files))
        .flatMap((each) => each.files.map(({ path }) => path))
        .filter((path) => path.startsWith('onnx/'));
    expect(paths({ 'onnx/model_q4.onnx': 1, ...data })).toEqual([
      'onnx/model_q4.onnx',
      'onnx/model-00001-of-00002.data',
    ]);
    expect(paths({ 'onnx/model.onnx': 1, 'onnx/model_q4.onnx': 1, ...data })).toHaveLength(2);
  });

  it('are recognised by every name that the Hub has for them', () => {
    const names = ['fp16', 'q8', 'q4', 'q4f16', 'q4f32', 'q2', 'q2f16', 'q1', 'q1f16', 'int8'];
    names.push('uint8', 'quantized', 'bnb4', 'no_gather_q4');
    const variants = variantsOf(
      listed(Object.fromEntries(names.map((name, i) => [`onnx/model_${name}.onnx`, i]))),
    );
    expect(variants.map(({ variant }) => variant)).toEqual(names);
    expect(variants.filter(({ supported }) => !supported).map(({ variant }) => variant)).toEqual([
      'q1',
      'q1f16',
    ]);
  });

  it('are not confused by other exports in deeper folders', () => {
    const variants = variantsOf(
      listed({
        'onnx/model_q4f16.onnx': 5,
        'onnx/onnxruntime/webgpu/model.onnx': 1,
        'onnx/onnxruntime/webgpu/model.onnx.data': 9,
        'cpu_and_mobile/model.onnx': 1,
      }),
    );
    expect(variants.map(({ variant, bytes }) => [variant, bytes])).toEqual([['q4f16', 45]]);
    expect(variantsOf(listed({ 'onnx/onnxruntime/webgpu/model.onnx': 1 }))).toEqual([]);
  });

  it('may lie beside the configuration', () => {
    const variants = variantsOf(
      listed({ 'model.onnx': 1, 'model.onnx.data': 9, 'flax_model.msgpack': 4 }),
    );
    expect(variants).toMatchObject([{ variant: 'fp32', file: 'model.onnx', bytes: 50 }]);
  });

  it('tell a model of several parts from a decoder', () => {
    expect(otherPart(listed({ 'onnx/encoder_model_q4.onnx': 1 }))).toMatch(/encoder_model/);
    expect(otherPart(listed({ 'onnx/model.onnx': 1 }))).toBeUndefined();
  });
});

describe('the choice of a variant', () => {
  const laptop: DeviceLimits = {
    gpu: true,
    halfPrecision: true,
    memory: 8 * 2 ** 30,
    holds: (bytes) => bytes <= 2 ** 31,
  };
  const wasm: DeviceLimits = { ...laptop, gpu: false, halfPrecision: false };
  const variants = variantsOf(
    listed({
      'onnx/model.onnx': 2e9,
      'onnx/model_fp16.onnx': 1e9,
      'onnx/model_q4.onnx': 6e8,
      'onnx/model_q4f16.onnx': 5e8,
      'onnx/model_quantized.onnx': 5.5e8,
    }),
  );

  it('follows what the device computes in', () => {
    expect(chooseVariant(variants, laptop)).toMatchObject({
      variant: { variant: 'q4f16' },
      reason: 'half-on-gpu',
    });
    expect(chooseVariant(variants, { ...laptop, halfPrecision: false })).toMatchObject({
      variant: { variant: 'q4' },
      reason: 'four-bits',
    });
    expect(chooseVariant(variants, wasm)?.variant.variant).toBe('q4');
  });

  it('counts 4-bit products once on a GPU, where the sessions share them, and in each session under WebAssembly', () => {
    const needed = (variant: string): number[] =>
      [laptop, wasm].map((limits) => memoryNeeded({ variant, bytes: 1 }, limits));
    expect(needed('q4')).toEqual([3, 4]);
    expect(needed('quantized')).toEqual([4, 4]);
    expect(needed('fp32')).toEqual([2, 3]);
    const [large] = variantsOf(listed({ 'onnx/model_q4.onnx': 1, 'onnx/model_q4.onnx_data': 1e9 }));
    if (!large) throw new Error('no variant');
    const memory = 7e9;
    expect(obstacle(large, { ...laptop, memory })).toBeNull();
    expect(obstacle(large, { ...wasm, memory })?.kind).toBe('memory');
  });

  it('takes a small model whole', () => {
    const small = variantsOf(listed({ 'onnx/model.onnx': 2e7, 'onnx/model_q4.onnx': 5e6 }));
    expect(chooseVariant(small, laptop)).toMatchObject({
      variant: { variant: 'fp32' },
      reason: 'whole',
    });
  });

  it('names what is in the way', () => {
    const [large] = variantsOf(listed({ 'onnx/model.onnx': 3e9 }));
    const [medium] = variantsOf(listed({ 'onnx/model.onnx': 2e9 }));
    if (!large || !medium) throw new Error('no variant');
    expect(obstacle(large, laptop)).toEqual({ kind: 'file', bytes: 3e9 });
    expect(obstacle(medium, { ...wasm, memory: null })?.kind).toBe('memory');
    // A vocabulary beyond a GPU buffer is none: it is computed in pieces (`packages/lethe-lora/src/passes/vocabulary.ts`).
    expect(obstacle(medium, laptop, { words: 150_000, width: 2048 })).toBeNull();
    expect(chooseVariant([large], laptop)?.reason).toBe('nothing-fits');
  });

  it('reads external data in pieces: only one weight must fit into the longest array', () => {
    const [model] = variantsOf(listed({ 'onnx/model.onnx': 1, 'onnx/model.onnx_data': 3e9 }));
    if (!model) throw new Error('no variant');
    const roomy = { ...laptop, memory: null };
    expect(obstacle(model, roomy)).toBeNull();
    expect(longestArray(model)).toBe(longestPiece);
    expect(obstacle(model, roomy, { words: 150_000, width: 2048 })).toBeNull();
    expect(obstacle(model, roomy, { words: 150_000, width: 4096 })).toEqual({
      kind: 'file',
      bytes: 150_000 * 4096 * 4,
    });
  });
});

describe('room on the disk', () => {
  it('is looked for before a download; a browser that does not tell is believed', () => {
    expect(() => refuseWithoutRoom(5e8, { quota: 6e8, usage: 2e8 })).toThrow(
      expect.objectContaining({ failure: { kind: 'quota', needed: 5e8, available: 4e8 } }),
    );
    expect(() => refuseWithoutRoom(4e8, { quota: 6e8, usage: 2e8 })).not.toThrow();
    expect(() => refuseWithoutRoom(4e8, {})).not.toThrow();
  });
});

describe('a model’s name', () => {
  it('is found in what people paste', () => {
    expect(readModelId(' owner/name-1.5 ')).toBe('owner/name-1.5');
    expect(readModelId('https://example.org/owner/name/tree/main/onnx')).toBe('owner/name');
  });

  it.each(['', 'a b', '../up', 'a/b/c', 'a--b'])('is refused: “%s”', (typed) => {
    expect(() => readModelId(typed)).toThrow(HubError);
  });
});

describe('the Hub’s addresses', () => {
  it('are the library’s, on another host where one is given', async () => {
    const { remoteHost } = await hubEnvironment();
    expect(remoteHost).toMatch(/^https:/);
    const env = await hubEnvironment('http://here:1/');
    expect(fileUrl(env, 'who/what', 'refs/pr/1', 'onnx/model.onnx')).toBe(
      'http://here:1/who/what/resolve/refs%2Fpr%2F1/onnx/model.onnx',
    );
    expect(apiUrl(env, 'who/what', 'main')).toBe(
      'http://here:1/api/models/who/what/revision/main?blobs=true',
    );
  });
});

describe('files of this computer', () => {
  const files = (...paths: string[]) => paths.map((path) => ({ path, blob: new Blob(['x']) }));
  const three = beside.slice(0, 3);

  it('are found in a folder, in a folder within, and in one heap', () => {
    const folder = localModel(files(...three.map((name) => `a/b/${name}`), 'a/b/onnx/model.onnx'));
    expect(folder).toMatchObject({ name: 'b', variants: [{ file: 'onnx/model.onnx' }] });
    const heap = localModel(files(...three, 'model_q4.onnx', 'model_q4.onnx_data'));
    expect(heap.variants).toMatchObject([{ variant: 'q4', file: 'onnx/model_q4.onnx' }]);
    expect(heap.files.map(({ path }) => path)).toContain('onnx/model_q4.onnx_data');
  });

  it('are called by what they hold, whatever the file’s name is', async () => {
    const called = async (fixture: string) => {
      const path = new URL(`../../e2e/models/${fixture}/onnx/model.onnx`, import.meta.url);
      const model = localModel([
        ...files(...three),
        { path: 'onnx/model.onnx', blob: new Blob([readFileSync(path)]) },
      ]);
      return (await calledByContents(model)).variants.map(({ variant }) => variant);
    };
    expect(await called('qwen2-fp32')).toEqual(['fp32']);
    expect(await called('qwen2-q4f16')).toEqual(['q4']);
    expect(await called('gpt2.opt-q8')).toEqual(['q8']);
  });

  it('are listed by folder', async () => {
    const source = filesSource('m', files('config.json', 'a/b.jinja', 'a/c/d.jinja', 'ab/e'));
    expect(await source.list?.('a')).toEqual(['b.jinja']);
    expect(await source.list?.('none')).toEqual([]);
  });

  it('bring their chat templates along, wherever they lie', async () => {
    const own = ['chat_template.jinja', 'additional_chat_templates/tool_use.jinja'];
    const model = localModel(files(...three, ...own, 'onnx/model.onnx', 'extra/other.jinja'));
    expect(model.variants[0]?.files.map(({ path }) => path)).toEqual(
      expect.arrayContaining([...own]),
    );
  });

  it('are refused with the names of those that are missing', () => {
    const attempt = () => localModel(files('m/config.json', 'm/tokenizer_config.json'));
    expect(attempt).toThrow(
      expect.objectContaining({
        failure: { kind: 'missing', names: ['tokenizer.json', 'onnx/model.onnx'] },
      }),
    );
  });
});
