import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCausalLM } from './causal-lm.ts';
import type { CausalLM, TrainingExample } from './types.ts';

const base = fileURLToPath(new URL('../../../../e2e/models/', import.meta.url));
const load = (name: string, bufferLimit?: number): Promise<CausalLM> =>
  loadCausalLM({
    base: base + name,
    device: 'cpu',
    adapter: { rank: 4, alpha: 8 },
    ...(bufferLimit !== undefined && { bufferLimit }),
  });

/** Largest difference relative to the largest number. */
function error(values: ArrayLike<number>, reference: ArrayLike<number>): number {
  expect(values.length).toBe(reference.length);
  const all = Array.from(reference);
  return (
    Math.max(...Array.from(values, (value, i) => Math.abs(value - (all[i] ?? NaN)))) /
    Math.max(...all.map(Math.abs))
  );
}

describe('a model on a device whose buffers hold 70 kB', () => {
  let free: CausalLM;
  let limited: CausalLM;
  beforeAll(async () => {
    free = await load('qwen2-fp32');
    // The vocabulary's matrix takes 131 kB, a row of 64 tokens' activations 32 kB.
    limited = await load('qwen2-fp32', 70e3);
  });
  afterAll(() => Promise.all([free.dispose(), limited.dispose()]));

  const text = (first: number, count: number): string =>
    Array.from({ length: count }, (_, i) => String.fromCharCode(97 + ((first + 7 * i) % 26))).join(
      '',
    );

  it('says the same', async () => {
    const prompts = [0, 1, 2, 3, 4, 5].map((row) => text(row, 8 + 2 * row));
    expect(free.encode(text(0, 18)).length).toBeGreaterThan(9);
    const options = { maxNewTokens: 4 };
    const generations = await limited.generate(prompts, options);
    expect(generations.map(({ tokens }) => tokens)).toEqual(
      (await free.generate(prompts, options)).map(({ tokens }) => tokens),
    );
  });

  it('scores the same', async () => {
    const items = [0, 1, 2, 3, 4, 5].map((row) => ({
      prompt: text(row, 9),
      continuation: text(5 * row, 20),
    }));
    const [got, expected] = [await limited.score(items), await free.score(items)];
    const logProbs = (scores: typeof got): number[] => scores.map(({ logProb }) => logProb);
    expect(error(logProbs(got), logProbs(expected))).toBeLessThan(1e-5);
  });

  it('takes the same steps', async () => {
    const examples: TrainingExample[] = ([1, 2, 0, 1, 2, 0] as const).map((role, row) => ({
      prompt: text(row, 9),
      completion: text(5 * row, 8 + 2 * row),
      role,
    }));
    const step = { objective: 'dpo', learningRate: 1e-3 } as const;
    const steps = await Promise.all(
      [free, limited].map(async (model) => {
        const start = model.freshState();
        start.values.forEach((_, i) => (start.values[i] = 0.05 * Math.sin(i * 1.7)));
        await model.setState(start);
        await model.setReference(model.freshState().values);
        const first = await model.trainStep(examples, step);
        // AdamW's first moment after one step is a tenth of the (clipped) gradient.
        const { moment1 } = await model.getState();
        const second = await model.trainStep(examples, step);
        return { first, second, moment1 };
      }),
    );
    const [expected, got] = steps as [(typeof steps)[number], (typeof steps)[number]];
    expect(error([got.first.loss], [expected.first.loss])).toBeLessThan(1e-5);
    expect(error([got.second.loss], [expected.second.loss])).toBeLessThan(1e-5);
    expect(error([got.first.gradientNorm], [expected.first.gradientNorm])).toBeLessThan(1e-5);
    expect(error(got.moment1, expected.moment1)).toBeLessThan(1e-5);
    expect(error(got.first.sequenceLogProb, expected.first.sequenceLogProb)).toBeLessThan(1e-5);
  });

  it('refuses one text that is too long, and works on', async () => {
    const item = { prompt: text(0, 5), continuation: text(3, 118) };
    await expect(limited.score([item])).rejects.toThrow(/allows 70 kB: use a shorter text/);
    expect(await limited.score([{ prompt: text(0, 5), continuation: text(3, 5) }])).toHaveLength(1);
  });
});

it('a weight that no buffer can hold is a reason not to load', async () => {
  await expect(load('qwen2-fp32', 20e3)).rejects.toThrow(/choose a smaller model or variant/);
});
