/** @file Gradient difference: −CE(forget) + w·CE(retain) (Liu et al. 2022, Continual Learning and Private Unlearning, arXiv 2203.12817). */
import { gradientAscent } from './gradient-ascent.ts';
import { withRetain, type Objective } from './objective.ts';

export const gradientDifference: Objective = {
  loss: (input) => withRetain(input, gradientAscent.loss(input)),
};
