/** @file Gradient difference: −CE(forget) + w·CE(retain) (Liu et al. 2022, Continual Learning and Private Unlearning, arXiv 2203.12817). */
import { meanCrossEntropy, type Objective } from './objective.ts';

export const gradientDifference: Objective = (input) => {
  const { b, role, retainWeight } = input;
  const forget = meanCrossEntropy(input, role);
  const retain = meanCrossEntropy(input, b.sub(1, role));
  return b.sub(b.mul(retain, retainWeight), forget);
};
