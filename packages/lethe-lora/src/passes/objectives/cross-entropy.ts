/** @file Learning, and relearning the truth: mean cross-entropy over all labelled tokens, as in Transformers. */
import { meanCrossEntropy, type Objective } from './objective.ts';

export const crossEntropy: Objective = {
  loss: (input) => meanCrossEntropy(input, null),
};
