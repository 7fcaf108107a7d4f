/** @file Learning, and relearning the truth: mean cross-entropy over all labelled tokens, as in Transformers. */
import { meanCrossEntropy, type Objective } from './objective.ts';

export const crossEntropy: Objective = {
  settings: {},
  loss: (input) => meanCrossEntropy(input, null),
};
