/**
 * Decoders with caches of their own kinds: what Lethe says to prompts of several lengths at once, from the cache, is what the file says
 * in ONNX Runtime to each by itself.
 */
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { writeModel, type Graph } from '../onnx/index.ts';
// eslint-disable-next-line no-restricted-imports -- the exporters' forms are for tests only, and no part of the passes' face
import { exported, sizes, type Form } from '../passes/exporters.ts';
import { loadCausalLM } from './causal-lm.ts';
import { scratchFolders } from './scratch-folder.ts';

const { folderOf, remove } = scratchFolders();
afterAll(remove);

const long = (values: readonly number[]): ort.Tensor =>
  new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);

/** The fixture's end of a sequence. */
const end = 0;

interface Said {
  tokens: number[];
  logProb: number;
}

/** The greedy continuation of one prompt by the file's own kernels and cache. */
async function said(file: Graph, prompt: readonly number[], length: number): Promise<Said> {
  const session = await ort.InferenceSession.create(writeModel(file), { logSeverityLevel: 3 });
  const past: Record<string, ort.Tensor> = Object.fromEntries(
    file.inputs
      .filter(({ name }) => name.startsWith('past'))
      .map(({ name, shape }) => {
        const named: Record<string, number> = { batch: 1, past: 0, head: sizes.head };
        const dims = (shape ?? []).map((dim) => named[dim] ?? Number(dim));
        const count = dims.reduce((product, size) => product * size, 1);
        return [name, new ort.Tensor('float32', new Float32Array(count), dims)];
      }),
  );
  const tokens: number[] = [];
  let logProb = 0;
  while (tokens.length < length) {
    const all = [...prompt, ...tokens];
    const outputs = await session.run({
      input_ids: long(tokens.length > 0 ? all.slice(-1) : all),
      attention_mask: long(all.map(() => 1)),
      ...past,
    });
    const logits = [...(outputs['logits']?.data as Float32Array)].slice(-sizes.vocabulary);
    const best = logits.indexOf(Math.max(...logits));
    logProb -= Math.log(logits.reduce((sum, z) => sum + Math.exp(z - (logits[best] ?? 0)), 0));
    if (best === end) break;
    tokens.push(best);
    for (const name of Object.keys(past))
      past[name] = outputs[name.replace(/^past(_key_values)?/, 'present')] as ort.Tensor;
  }
  await session.release();
  return { tokens, logProb };
}

const prompts = [
  [3, 17, 5, 29, 8],
  [11, 21],
  [9, 30, 14, 7, 22, 6, 13],
];
const length = 7;

const forms: Record<string, Form> = {
  'a convolution with its state': { convolution: 'spelt', groups: 2 },
  'a convolution with its state by an operator': { convolution: 'fused' },
  'keys and values in one cache': { attention: 'weights-inside' },
  'ONNX Attention with a cache': { attention: 'onnx', rotary: 'none', groups: 2, cache: true },
  'ONNX Attention that hides later tokens itself': {
    attention: 'onnx',
    rotary: 'none',
    cache: true,
    causalInside: true,
  },
  'a mixture of experts': { experts: true },
  'a sink of each head': { sinks: true, groups: 2 },
  // The first prompt is shorter than the switch and its answer goes beyond it; the second never does.
  'tables that are chosen by the length': { switchedAt: 9 },
};

describe('a decoder with', () => {
  it.each(Object.entries(forms))('%s', async (name, form) => {
    const file = exported(form);
    const model = await loadCausalLM({ base: folderOf(name, file), device: 'cpu' });
    const answers = await model.generateTokens(prompts, { maxNewTokens: length });
    await model.dispose();
    for (const [index, prompt] of prompts.entries()) {
      const alone = await said(file, prompt, length);
      expect(answers[index]?.tokens).toEqual(alone.tokens);
      expect(answers[index]?.logProb).toBeCloseTo(alone.logProb, 4);
    }
  });
});
