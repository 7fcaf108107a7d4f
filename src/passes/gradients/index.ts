/** @file The table of gradient rules, one an operator. Nothing else in the passes knows how an operator is differentiated. */
import { elementwiseRules } from './elementwise.ts';
import { linearRules } from './linear.ts';
import { reduceRules } from './reduce.ts';
import { shapeRules } from './shape.ts';
import type { GradientRule } from './rule.ts';

export const gradientRules: Readonly<Record<string, GradientRule | undefined>> = {
  ...elementwiseRules,
  ...linearRules,
  ...reduceRules,
  ...shapeRules,
};
