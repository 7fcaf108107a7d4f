/** @file Learning: mean cross-entropy over all labelled tokens, as in Transformers. */
import { meanCrossEntropy, type Objective } from './objective.ts';

export const crossEntropy: Objective = (input) => meanCrossEntropy(input, null);
