/** @file Gradient ascent on the forget set: −CE(forget) (Jang et al. 2023, arXiv 2210.01504; Lu and Koehn 2025, arXiv 2406.13748). */
import { meanCrossEntropy, roles, type Objective } from './objective.ts';

export const gradientAscent: Objective = {
  loss: (input) => input.b.op('Neg', [meanCrossEntropy(input, roles.forgotten)]),
};
