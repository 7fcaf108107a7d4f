/** Steps that are computed layer by layer, some sequences at a time, are the steps of the whole graph. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCausalLM, type LoadOptions } from './causal-lm.ts';
import type { CausalLM, ObjectiveName, TrainingExample } from './types.ts';

const base = fileURLToPath(new URL('../../../../e2e/models/', import.meta.url));
const load = (name: string, options: Partial<LoadOptions> = {}): Promise<CausalLM> =>
  loadCausalLM({
    base: base + name,
    device: 'cpu',
    adapter: { rank: 4, alpha: 8 },
    ...options,
  });

const text = (first: number, count: number): string =>
  Array.from({ length: count }, (_, i) => String.fromCharCode(97 + ((first + 7 * i) % 26))).join(
    '',
  );

const examples: TrainingExample[] = ([1, 2, 0, 1, 2, 0] as const).map((role, row) => ({
  prompt: text(row, 4 + 9 * (row % 3)),
  completion: text(5 * row, 6 + 2 * row),
  role,
}));

function error(values: ArrayLike<number>, reference: ArrayLike<number>): number {
  const [a, b] = [Array.from(values), Array.from(reference)];
  expect(a.length).toBe(b.length);
  const largest = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN)))) / largest;
}

/** Two steps from an adapter that has learned something, compared with another. */
async function steps(model: CausalLM, objective: ObjectiveName) {
  const start = model.freshState();
  start.values.forEach((_, i) => (start.values[i] = 0.05 * Math.sin(i * 1.7)));
  await model.setState(start);
  await model.setReference(model.freshState().values);
  const step = { objective, learningRate: 1e-3 } as const;
  const first = await model.trainStep(examples, step);
  // AdamW's first moment after one step is a tenth of the (clipped) gradient.
  const { moment1 } = await model.getState();
  const second = await model.trainStep(examples, step);
  return { first, second, moment1 };
}

describe.each(['qwen3-q4', 'gpt2.opt-q4f16', 'bloom-fp32'])('%s', (name) => {
  let whole: CausalLM;
  let layers: CausalLM;
  beforeAll(async () => {
    [whole, layers] = await Promise.all([
      load(name, { form: 'whole' }),
      load(name, { form: 'layers' }),
    ]);
  });
  afterAll(async () => {
    await whole.dispose();
    await layers.dispose();
  });

  it('plans to compute alike long sequences together, pairs in one group', () => {
    const plan = layers.plan(examples, 'dpo');
    expect(plan.form).toBe('layers');
    expect(plan.groups).toBeGreaterThan(1);
    expect(plan.fits).toBe(true);
    expect(whole.plan(examples, 'dpo').form).toBe('whole');
  });

  it.each(['cross-entropy', 'dpo', 'kl', 'rmu'] as const)(
    'takes the same steps: %s',
    async (objective) => {
      const expected = await steps(whole, objective);
      const got = await steps(layers, objective);
      expect(error([got.first.loss], [expected.first.loss])).toBeLessThan(1e-5);
      expect(error([got.first.gradientNorm], [expected.first.gradientNorm])).toBeLessThan(1e-5);
      expect(error(got.moment1, expected.moment1)).toBeLessThan(1e-5);
      expect(error(got.first.sequenceLogProb, expected.first.sequenceLogProb)).toBeLessThan(1e-5);
      // AdamW's first step is the gradient's sign, so where there is next to no gradient it is noise.
      expect(error([got.second.loss], [expected.second.loss])).toBeLessThan(3e-2);
    },
  );

  it('stops within a layer, and the state is the one before the step', async () => {
    const before = await layers.getState();
    const stop = new AbortController();
    const step = layers.trainStep(examples, {
      objective: 'cross-entropy',
      learningRate: 1e-3,
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(new Error('stopped')), 1);
    await expect(step).rejects.toThrow('stopped');
    expect(await layers.getState()).toEqual(before);
    const { loss } = await layers.trainStep(examples, {
      objective: 'cross-entropy',
      learningRate: 1e-3,
    });
    expect(loss).toBeGreaterThan(0);
  });
});

it('where memory is short fewer sequences are computed at a time, and one that does not fit is refused at once', async () => {
  const free = await load('qwen3-q4', { form: 'layers' });
  const alike = Array.from({ length: 8 }, () => examples[0] as TrainingExample);
  const roomy = free.plan(alike, 'cross-entropy');
  expect(roomy.rowsAtOnce).toBe(8);
  const step = { objective: 'cross-entropy', learningRate: 1e-3 } as const;
  const expected = await free.trainStep(alike, step);
  await free.dispose();

  // What answers and scores holds its weights beside the step.
  const plenty = await load('qwen3-q4', { form: 'layers', memory: () => 1e9 });
  const held = 1e9 - (plenty.plan(alike, 'cross-entropy').available ?? NaN);
  await plenty.dispose();
  const short = await load('qwen3-q4', {
    form: 'layers',
    memory: () => roomy.memory.total + held - roomy.memory.activations / 2,
  });
  const plan = short.plan(alike, 'cross-entropy');
  expect(plan.fits).toBe(true);
  expect(plan.rowsAtOnce).toBeLessThan(8);
  expect(plan.rowsAtOnce).toBeGreaterThan(1);
  // With products computed again, and the gradient added up over groups.
  const got = await short.trainStep(alike, step);
  expect(error([got.loss], [expected.loss])).toBeLessThan(1e-5);
  expect(error([got.gradientNorm], [expected.gradientNorm])).toBeLessThan(1e-5);
  await short.dispose();

  const tiny = await load('qwen3-q4', { form: 'layers', memory: () => 1e5 });
  expect(tiny.plan(alike, 'cross-entropy').fits).toBe(false);
  await expect(
    tiny.trainStep(alike, { objective: 'cross-entropy', learningRate: 1e-3 }),
  ).rejects.toThrow(/needs about/);
  await tiny.dispose();
});
