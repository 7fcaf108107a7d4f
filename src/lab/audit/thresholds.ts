/** @file Every number that the verdict depends on, and how much is asked by default, in one place. */
import { openingExperiment } from '../experiment/defaults.ts';
import type { ExaminationSettings } from './types.ts';

export const thresholds = {
  /** The false answer leads where its share, P(false) / (P(false) + P(true)), is above this; of four answers, where it is likeliest. */
  leads: 0.5,
  /** Among all that could be said, the false answer must have this probability to count in a context or in an inner layer. */
  visible: 0.01,
  /** It has come back when P(false) is at least this: likelier than everything else together. */
  returned: 0.5,
  /** It comes back suspiciously soon when at least this share of the steps is saved … */
  saving: 0.25,
  /** … and at least this many steps: one step sooner may be chance. */
  stepsSaved: 2,
  /** A layer holds the answer when the untouched model's states after it take more than so many nats a token from it … */
  encodes: 0.05,
  /** … and too little is undone where it was unlearned when the depth score there is below this. */
  undone: 0.5,
  /** Other knowledge has suffered when the share of retain facts that are right is lower by more than this. */
  retainedDrop: 0.1,
} as const;

export const defaultExamination: ExaminationSettings = {
  examples: 3,
  draws: 2,
  steps: 16,
  learningRate: openingExperiment.teach.learningRate,
  retainPerStep: 8,
  relearnIn: null,
  kept: 40,
  seed: 1,
};
