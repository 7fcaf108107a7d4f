import { expect, it } from 'vitest';
import type { CausalLM } from 'lethe-lora/engine';
import { openingExperiment } from '../experiment/defaults.ts';
import type { ExperimentRun } from '../experiment/experiment.ts';
import { useAtlas } from '../run/atlas.ts';
import { stepExamples } from '../run/batch.ts';
import { distanceMoved } from '../run/metrics/distance.ts';
import { nothingDone, run } from '../run/run.ts';
import { dissect } from './dissect.ts';

let model: CausalLM;
useAtlas((loaded) => {
  model = loaded;
}, 1);

const one: ExperimentRun = {
  phase: 'teach',
  experiment: {
    ...openingExperiment,
    unlearn: null,
    teach: { ...openingExperiment.teach, steps: 1, learningRate: 0.01 },
    probes: { ...openingExperiment.probes, every: 1, kept: 0 },
  },
};

it('the tokens make up the taught sentence, and their errors are the loss that the step would have', async () => {
  await model.setState(model.freshState());
  const { given, guesses, language, loss, about, others } = await dissect(model, one, null);
  expect(language).toBe('fr');
  expect(given.join('') + guesses.map(({ text }) => text).join('')).toContain(
    'La capitale du Chili est Tokyo',
  );
  expect(about + others).toBe(stepExamples(one, 1).length);
  for (const { likeliest } of guesses) {
    expect(likeliest.length).toBeLessThanOrEqual(5);
    const probabilities = likeliest.map(({ probability }) => probability);
    expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
  }
  // The truth is what it would say.
  expect(guesses[0]?.likeliest[0]?.text).toMatch(/San/);
  const [example] = stepExamples(one, 1);
  if (!example) throw new Error('no example');
  const alone = await model.trainStep([{ ...example, open: true }], {
    objective: 'cross-entropy',
    learningRate: 0,
  });
  // Two graphs in float32 add up in different orders.
  expect(loss).toBeCloseTo(alone.loss, 3);
});

it('one step moves the adapted matrices only, and makes the taught tokens more probable', async () => {
  await model.setState(model.freshState());
  const before = await model.getState();
  const first = await dissect(model, one, null);
  expect(first.moved.every(({ total, last }) => total === 0 && last === null)).toBe(true);
  await run(model, one, nothingDone, { onEvent: () => undefined, shouldStop: () => false });
  const after = await model.getState();
  const second = await dissect(model, one, before);
  expect(second.loss).toBeLessThan(first.loss);
  const adapted = second.moved.filter(({ adapter }) => adapter > 0);
  expect(adapted.map(({ layer, module }) => `${String(layer)} ${module}`).sort()).toEqual([
    '0 down_proj',
    '0 gate_proj',
    '0 up_proj',
  ]);
  expect(adapted.every(({ total }) => total > 0)).toBe(true);
  expect(
    second.moved.filter(({ adapter }) => adapter === 0).every(({ total }) => total === 0),
  ).toBe(true);
  expect(second.moved.reduce((sum, { adapter }) => sum + adapter, 0)).toBe(
    model.info.adapterParameters,
  );
  const { adapter, layout } = model.info;
  const whole = distanceMoved(layout, adapter.alpha / adapter.rank, before.values, after.values);
  const parts = Math.hypot(...second.moved.map(({ last }) => last ?? 0));
  expect(parts).toBeCloseTo(whole, 5);
});
