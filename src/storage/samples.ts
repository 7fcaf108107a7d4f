/** @file For tests: checkpoints, facts and sweeps to store. */
import { digestCheckpoint, type StoredCheckpoint } from './checkpoint-file.ts';
import type { StoredFact } from './facts.ts';
import { parseExperiment, planSchema, type CheckpointMeta } from './records.ts';
import type { StoredSweep } from './sweeps.ts';
import * as v from 'valibot';

export const lie = { subject: 'country/CL', relation: 'capital', falseObject: 'city/tokyo' };

export const experiment = parseExperiment({
  version: 4,
  facts: [lie],
  teach: { languages: ['fr'], steps: 4 },
});

/** A checkpoint of a tiny adapter of 6 numbers. */
export async function checkpoint(
  id: string,
  rest: Partial<CheckpointMeta> = {},
  seed = 1,
): Promise<StoredCheckpoint> {
  const array = (scale: number) => Float32Array.from({ length: 6 }, (_, i) => scale * Math.sin(i));
  const state = {
    values: array(seed),
    moment1: array(0.1 * seed),
    moment2: array(0.01 * seed),
    step: 4,
  };
  const meta: CheckpointMeta = {
    id,
    parent: null,
    name: `The ${id}`,
    createdAt: 1,
    modelId: 'atlas',
    modelDigest: 'd',
    experiment: null,
    phase: null,
    ending: null,
    step: 4,
    runStep: 4,
    losses: [1.5, 0.1 + 0.2],
    probes: [],
    digest: '',
    ...rest,
  };
  meta.digest = await digestCheckpoint(meta, state);
  return { meta, record: meta, state };
}

export const fact: StoredFact = {
  createdAt: 5,
  name: 'The cat',
  wordings: {
    en: {
      sentences: [],
      question: 'The cat is',
      falseAnswers: ['green'],
      trueAnswers: ['grey'],
    },
  },
};

const plan = v.parse(planSchema, {
  kind: 'spread',
  facts: [lie],
  taught: ['fr'],
  steps: 4,
  seed: 1,
});

const phase = {
  ending: 'finished' as const,
  steps: 4,
  losses: [2, NaN],
  probes: [],
  cost: { retainedDrop: null, perplexity: null, moved: null },
};

/** A sweep of one experiment, whose row is there. */
export function sweep(id: string): StoredSweep {
  const [fact] = experiment.facts;
  if (!fact) throw new Error('The experiment has no fact.');
  return {
    record: {
      id,
      createdAt: 7,
      plan,
      experiments: [experiment, { ...experiment, seed: 2 }],
      model: { id: 'atlas', digest: 'd' },
      device: 'cpu',
    },
    rows: [
      {
        sweep: id,
        at: 0,
        result: {
          key: 'k',
          experiment,
          model: { id: 'atlas', digest: 'd' },
          device: 'cpu',
          results: [{ fact, taught: phase, unlearned: null }],
        },
      },
    ],
  };
}
