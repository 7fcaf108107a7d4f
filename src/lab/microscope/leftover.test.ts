import { expect, it } from 'vitest';
import type { CausalLM } from 'lethe-lora/engine';
import { openingExperiment } from '../experiment/defaults.ts';
import { useAtlas } from '../run/atlas.ts';
import { nothingDone, run } from '../run/run.ts';
import { leftover } from './leftover.ts';
import { oddsFell } from '../run/metrics/belief.ts';

let model: CausalLM;
useAtlas((loaded) => {
  model = loaded;
}, 1);

it('what is left of the opening lie: the change acts hard in English and hardly in French', async () => {
  const hooks = { onEvent: () => undefined, shouldStop: () => false };
  const probes = { ...openingExperiment.probes, every: 15, kept: 0 };
  const experiment = { ...openingExperiment, probes };
  await model.setState(model.freshState());
  await run(
    model,
    { experiment: { ...experiment, unlearn: null }, phase: 'teach' },
    nothingDone,
    hooks,
  );
  const before = await model.getState();
  await run(model, { experiment, phase: 'unlearn' }, nothingDone, hooks);
  const after = await model.getState();
  const [fact] = experiment.facts;
  if (!fact) throw new Error('no fact');

  const found = await leftover(model, { fact, languages: ['en', 'fr'] }, before);
  expect(await model.getState()).toEqual(after);
  const row = (share: number, code: string) => {
    const found_ = found.parts.find((part) => part.share === share);
    const own = found_?.rows.find(({ language }) => language === code);
    if (!own) throw new Error('no row');
    return own;
  };
  // At the ends of the line it is the states themselves.
  expect(row(0, 'en').falseShare).toBeGreaterThan(0.9);
  expect(row(1, 'en').falseShare).toBeLessThan(0.1);
  expect(row(1, 'fr').falseShare).toBeGreaterThan(0.9);
  const [english, french] = ['en', 'fr'].map((code) => oddsFell(row(0, code), row(1, code)));
  expect(english).toBeGreaterThan(100 * (french ?? Infinity));
  const [en, fr] = found.layers ?? [];
  expect(en?.before).toHaveLength(6);
  const last = (layers: readonly { false: number; true: number }[] = []) => layers.at(-1);
  expect(last(en?.now)?.true).toBeGreaterThan(last(en?.now)?.false ?? 1);
  expect(last(fr?.now)?.false).toBeGreaterThan(last(fr?.now)?.true ?? 1);
});
