/** @file The table of gradient rules, one an operator. Nothing else in the passes knows how an operator is differentiated. */
import { activationRules } from './activation.ts';
import { convolutionRules } from './convolution.ts';
import { einsumRules } from './einsum.ts';
import { elementwiseRules } from './elementwise.ts';
import { linearRules } from './linear.ts';
import { moveRules } from './moves.ts';
import { normRules } from './norms.ts';
import { reduceRules } from './reduce.ts';
import { scatterRules } from './scatter.ts';
import { shapeRules } from './shape.ts';
import type { GradientRule } from './rule.ts';

export const gradientRules: Readonly<Record<string, GradientRule | undefined>> = {
  ...elementwiseRules,
  ...linearRules,
  ...reduceRules,
  ...shapeRules,
  ...activationRules,
  ...convolutionRules,
  ...einsumRules,
  ...moveRules,
  ...normRules,
  ...scatterRules,
};
