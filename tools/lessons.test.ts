/** @file Lesson 6 and the screen “Is it really gone?” measure the same state alike: the same steps, the same probabilities. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  defaultAdapter,
  examine,
  languagesOfRun,
  nothingDone,
  run,
  type ExperimentRun,
  type TestedFact,
} from '../src/lab/index.ts';
import { loadCausalLM, type CausalLM } from 'lethe-lora/engine';
import { lessonOf, shortened } from '../src/lessons/index.ts';
import type { Lesson } from '../src/lessons/index.ts';

/** As many as show that the steps are the same. */
const steps = 4;

let model: CausalLM;

beforeAll(async () => {
  const base = resolve('models/atlas/');
  model = await loadCausalLM({ base, device: 'cpu', threads: 1, adapter: defaultAdapter });
});

afterAll(() => model.dispose());

/** P(false) of every language after each step. */
async function measured(taken: ExperimentRun): Promise<number[][]> {
  const hooks = { onEvent: () => undefined, shouldStop: () => false };
  const { experiment, phase } = taken;
  const few = { phase, experiment: { ...experiment, teach: { ...experiment.teach, steps } } };
  const { probes } = await run(model, few, nothingDone, hooks);
  return probes.map(({ rows }) => rows.map(({ logProbFalse }) => Math.exp(logProbFalse)));
}

it('the lie and the other one come back as they do there', { timeout: 400_000 }, async () => {
  const lesson = lessonOf('gone') as Lesson;
  const other = lesson.beside.otherUntouched?.[0] as ExperimentRun;
  // Any state will do, as long as it is not the untouched one.
  const before = shortened(lesson, 3).prepare[0] as ExperimentRun;
  await run(model, before, nothingDone, { onEvent: () => undefined, shouldStop: () => false });
  const state = await model.getState();
  const report = await examine(
    model,
    { fact: lesson.run.experiment.facts[0] as TestedFact, taught: ['fr'], unlearned: ['en', 'fr'] },
    undefined,
    { steps, examples: 1, draws: 1, kept: 1 },
  );
  const { savings } = report;
  expect(savings?.language).toBe(languagesOfRun(lesson.run)[0]);
  const curves = (which: { curves: { points: number[] }[] } | undefined): number[][] =>
    Array.from({ length: steps + 1 }, (_, step) =>
      (which?.curves ?? []).map(({ points }) => points[step] ?? NaN),
    );
  const same = (ours: number[][], theirs: number[][]): void => {
    expect(theirs[0]).toHaveLength(12);
    // The same steps on the same machine: equal but for the order in which a batch is summed.
    ours.forEach((row, step) =>
      row.forEach((value, index) => expect(value).toBeCloseTo(theirs[step]?.[index] ?? NaN, 5)),
    );
  };
  await model.setState(state);
  same(await measured(lesson.run), curves(savings?.here));
  await model.setState(state);
  same(await measured(other), curves(savings?.other?.here));
  await model.setState(model.freshState());
  same(await measured(lesson.run), curves(savings?.untouched));
});
