import { expect, it } from 'vitest';
import {
  defaultFact,
  openingExperiment,
  type CheckpointMeta,
  type Probe,
} from '../../lab/index.ts';
import { compareRows, measuredAt, settingsOf } from './compare.ts';

const probe = (step: number, share: number): Probe => ({
  step,
  retained: 1 - share / 10,
  rows: [
    {
      language: 'fr',
      logProbFalse: 0,
      logProbTrue: 0,
      falseShare: share,
      answer: 'Tokyo',
      answerClass: 'false',
    },
  ],
});

const root: CheckpointMeta = {
  id: 'root',
  parent: null,
  name: '',
  createdAt: 1,
  modelId: 'atlas',
  modelDigest: 'd',
  experiment: null,
  phase: null,
  ending: null,
  step: 0,
  runStep: 0,
  losses: [],
  probes: [],
  digest: '',
};
const taught: CheckpointMeta = {
  ...root,
  id: 'taught',
  parent: 'root',
  experiment: openingExperiment,
  phase: 'teach',
  ending: 'finished',
  runStep: 30,
  losses: [2, 0.5],
  probes: [probe(0, 0.1), probe(30, 0.9)],
};

it('the untouched model is shown by the first probe of a run that began there', () => {
  const all = [root, taught];
  const first = measuredAt(root, all, defaultFact);
  expect(first?.probe.step).toBe(0);
  const second = measuredAt(taught, all, null);
  const french = compareRows(first, second).find(({ language }) => language.code === 'fr');
  expect(french?.change).toBeCloseTo(0.8, 12);
  expect(compareRows(first, second)[0]?.change).toBeNull();
  expect(measuredAt(root, all, { ...defaultFact, subject: 'country/FR' })).toBeNull();
});

it('a checkpoint tells its settings, its last loss and what it lost', () => {
  expect(settingsOf(taught, measuredAt(taught, [taught], null))).toMatchObject({
    run: 'Taught',
    languages: 'French',
    method: null,
    steps: '30',
    loss: '0.500',
    kept: '91%',
    retainedDrop: '8%',
    perplexity: null,
  });
});
