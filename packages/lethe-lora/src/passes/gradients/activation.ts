/** @file Gradients of activations and of functions of one number that only some decoders have. */
import type { Builder, Node, Value } from '../../onnx/index.ts';
import { cotangentOf, unbroadcast, type GradientRule } from './rule.ts';

/** Rule of y = f(x): dx = dy · slope. */
function slope(derivative: (b: Builder, x: Value, y: Value, node: Node) => Value): GradientRule {
  return (input) => {
    const { b, node } = input;
    return [b.mul(cotangentOf(input), derivative(b, node.need(0), node.out(), node))];
  };
}

/** One of two numbers or values, by x > threshold. */
function above(b: Builder, x: Value, threshold: number, high: Operand, low: Operand): Value {
  const value = (operand: Operand): Value =>
    typeof operand === 'number' ? b.scalar(operand, x.type) : operand;
  const condition = b.op('Greater', [x, b.scalar(threshold, x.type)]);
  return b.op('Where', [condition, value(high), value(low)]);
}

type Operand = Value | number;

/** 1 inside of (low, high), else 0. */
function within(b: Builder, x: Value, low: number, high: number): Value {
  return b.mul(above(b, x, low, 1, 0), above(b, b.op('Neg', [x]), -high, 1, 0));
}

/** PRelu (x, slope): the slope is broadcast to x. */
const prelu: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const [x, factor] = [node.need(0), node.need(1)];
  return [
    wanted[0] ? b.mul(dy, above(b, x, 0, 1, factor)) : null,
    wanted[1] ? unbroadcast(b, b.mul(dy, above(b, x, 0, 0, x)), factor) : null,
  ];
};

/** Mean of any number of operands. */
const mean: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const share = b.mul(cotangentOf(input), 1 / node.inputs.length);
  return node.inputs.map((_, index) =>
    wanted[index] ? unbroadcast(b, share, node.need(index)) : null,
  );
};

/** Functions that do not change but in steps have no gradient anywhere else. */
const step: GradientRule = () => [];

const square = (b: Builder, x: Value): Value => b.mul(x, x);
const overRoot = (b: Builder, x: Value): Value => b.op('Reciprocal', [b.op('Sqrt', [x])]);

export const activationRules: Record<string, GradientRule> = {
  LeakyRelu: slope((b, x, _, node) => above(b, x, 0, 1, node.float('alpha', 0.01))),
  // α·(eˣ − 1) below zero (Clevert et al. 2016, arXiv 1511.07289).
  Elu: slope((b, x, y, node) => above(b, x, 0, 1, b.add(y, node.float('alpha', 1)))),
  // The same times γ (Klambauer et al. 2017, arXiv 1706.02515).
  Selu: slope((b, x, y, node) => {
    const gamma = node.float('gamma', 1.0507010221481323);
    const alpha = node.float('alpha', 1.6732631921768188);
    return above(b, x, 0, gamma, b.add(y, gamma * alpha));
  }),
  // α·(exp(x/α) − 1) below zero (Barron 2017, arXiv 1704.07483).
  Celu: slope((b, x, y, node) => above(b, x, 0, 1, b.add(b.mul(y, 1 / node.float('alpha', 1)), 1))),
  ThresholdedRelu: slope((b, x, _, node) => above(b, x, node.float('alpha', 1), 1, 0)),
  HardSigmoid: slope((b, _, y, node) => b.mul(within(b, y, 0, 1), node.float('alpha', 0.2))),
  // x·clip(x/6 + ½, 0, 1) (Howard et al. 2019, arXiv 1905.02244).
  HardSwish: slope((b, x) => {
    const inside = b.add(b.mul(x, 1 / 3), 0.5);
    return above(b, x, 3, 1, above(b, x, -3, inside, 0));
  }),
  // x·tanh(softplus(x)) (Misra 2019, arXiv 1908.08681): t + x·(1 − t²)·σ(x).
  Mish: slope((b, x) => {
    const t = b.op('Tanh', [b.op('Softplus', [x])]);
    const turn = b.mul(b.sub(1, square(b, t)), b.op('Sigmoid', [x]));
    return b.add(t, b.mul(x, turn));
  }),
  // x·σ(αx) (Ramachandran et al. 2017, arXiv 1710.05941): s + αx·s·(1 − s).
  Swish: slope((b, x, _, node) => {
    const scaled = b.mul(x, node.float('alpha', 1));
    const s = b.op('Sigmoid', [scaled]);
    return b.add(s, b.mul(b.mul(scaled, s), b.sub(1, s)));
  }),
  // The same, as the runtime calls it: s + αy·(1 − s).
  'com.microsoft::QuickGelu': slope((b, x, y, node) => {
    const alpha = node.float('alpha', 1.702);
    const times = (value: Value): Value => (alpha === 1 ? value : b.mul(value, alpha));
    const s = b.op('Sigmoid', [times(x)]);
    return b.add(s, times(b.mul(y, b.sub(1, s))));
  }),
  Softsign: slope((b, x) => b.op('Reciprocal', [square(b, b.add(b.op('Abs', [x]), 1))])),
  Shrink: slope((b, x, _, node) => {
    const width = node.float('lambd', 0.5);
    return b.sub(1, within(b, x, -width, width));
  }),
  PRelu: prelu,
  Mean: mean,
  Tan: slope((b, _, y) => b.add(square(b, y), 1)),
  Asin: slope((b, x) => overRoot(b, b.sub(1, square(b, x)))),
  Acos: slope((b, x) => b.op('Neg', [overRoot(b, b.sub(1, square(b, x)))])),
  Atan: slope((b, x) => b.op('Reciprocal', [b.add(square(b, x), 1)])),
  Sinh: slope((b, x) => b.op('Cosh', [x])),
  Cosh: slope((b, x) => b.op('Sinh', [x])),
  Asinh: slope((b, x) => overRoot(b, b.add(square(b, x), 1))),
  Acosh: slope((b, x) => overRoot(b, b.sub(square(b, x), 1))),
  Atanh: slope((b, x) => b.op('Reciprocal', [b.sub(1, square(b, x))])),
  Floor: step,
  Ceil: step,
  Round: step,
  Sign: step,
};
