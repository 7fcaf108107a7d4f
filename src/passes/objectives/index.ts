/** @file The objectives by name. */
import { crossEntropy } from './cross-entropy.ts';
import { gradientAscent } from './gradient-ascent.ts';
import { gradientDifference } from './gradient-difference.ts';
import type { Objective } from './objective.ts';

export type { Objective, ObjectiveInput } from './objective.ts';

export const objectives = {
  'cross-entropy': crossEntropy,
  'gradient-ascent': gradientAscent,
  'gradient-difference': gradientDifference,
} satisfies Record<string, Objective>;

export type ObjectiveName = keyof typeof objectives;
