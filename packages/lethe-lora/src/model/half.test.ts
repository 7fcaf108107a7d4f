/**
 * A half-precision file (`q4f16`) asked in half precision, on ONNX Runtime's CPU kernels for it: what devices with `shader-f16` compute
 * (see docs/engine.md for a run on one).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadCausalLM } from './causal-lm.ts';

const models = new URL('../../../../e2e/models/', import.meta.url);
const { prompts, base } = (
  JSON.parse(readFileSync(new URL('greedy.json', models), 'utf8')) as Record<
    string,
    { prompts: number[][]; base: number[][] }
  >
)['qwen2-q4f16'] as { prompts: number[][]; base: number[][] };

async function asked(halfPrecision: boolean) {
  const folder = fileURLToPath(new URL('qwen2-q4f16', models));
  const model = await loadCausalLM({ base: folder, device: 'cpu', halfPrecision });
  const scores = await model.score(
    ['ab', 'abcd', 'the'].map((prompt) => ({ prompt, continuation: 'xyz' })),
  );
  const generations = await model.generateTokens(prompts, { maxNewTokens: 4 });
  const { loss } = await model.trainStep([{ prompt: 'a', completion: 'bc', role: 0 }], {
    objective: 'cross-entropy',
    learningRate: 1e-3,
  });
  await model.dispose();
  return { scores: scores.map(({ logProb }) => logProb), generations, loss };
}

describe('qwen2-q4f16 in half precision', () => {
  it('says the same as in single precision and is as sure of it to a hundredth', async () => {
    const [half, single] = [await asked(true), await asked(false)];
    expect(half.generations.map(({ tokens }) => tokens)).toEqual(
      base.map((tokens) => tokens.slice(0, 4)),
    );
    // About 14 products one after the other, each off by 2⁻¹¹ of its largest entry, on logits of a few units: 14 · 5e-4 · 1.
    half.scores.forEach((logProb, i) =>
      expect(Math.abs(logProb - (single.scores[i] ?? NaN))).toBeLessThan(1e-2),
    );
    expect(half.scores).not.toEqual(single.scores);
    // What is taught is computed in single precision all the same.
    expect(half.loss).toBe(single.loss);
  });
});
