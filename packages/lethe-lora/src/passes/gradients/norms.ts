/** @file Gradients of rarer reductions: norms, a logarithm of a sum, a product. */
import type { Value } from '../../onnx/index.ts';
import { sumAsReduced, withAxes } from './reduce.ts';
import { cotangentOf, type GradientRule, type RuleInput } from './rule.ts';

/** Rule of y = f(x) over axes: dx = dy · slope, where y comes with its axes put back. */
function slope(derivative: (input: RuleInput, x: Value, y: Value) => Value): GradientRule {
  return (input) => {
    const { b, node } = input;
    const factor = derivative(input, node.need(0), withAxes(input, node.out()));
    return [b.mul(factor, withAxes(input, cotangentOf(input)))];
  };
}

/** The least norm that is divided by: 0/0 would be no number, and a vector of zeros has no direction. */
const tiny = 1e-30;

export const normRules: Record<string, GradientRule> = {
  ReduceL1: slope(({ b }, x) => b.op('Sign', [x])),
  ReduceL2: slope(({ b }, x, y) => b.div(x, b.op('Max', [y, b.scalar(tiny, x.type)]))),
  ReduceLogSum: slope(({ b }, x, y) => {
    const inverse = b.op('Exp', [b.op('Neg', [y])]);
    return b.op('Expand', [inverse, b.shapeOf(x)]);
  }),
  // The product of the others: y/x, but where zeros are among them.
  ReduceProd: slope((input, x, y) => {
    const { b } = input;
    const [zero, one] = [b.scalar(0, x.type), b.scalar(1, x.type)];
    const isZero = b.op('Equal', [x, zero]);
    const safe = b.op('Where', [isZero, one, x]);
    const zeros = sumAsReduced(input, b.op('Where', [isZero, one, zero]));
    const others = b.op('ReduceProd', [safe, ...input.node.inputs.slice(1)], {
      ...input.node.attributes,
    });
    const isOnly = b.op('And', [isZero, b.op('Equal', [zeros, one])]);
    const atZero = b.op('Where', [isOnly, withAxes(input, others), zero]);
    return b.op('Where', [isZero, atZero, b.div(y, safe)]);
  }),
};
