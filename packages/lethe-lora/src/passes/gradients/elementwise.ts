/** @file Gradients of operators that work element by element, with broadcasting. */
import { numbersOf, tensorNumbers, type Builder, type Value } from '../../onnx/index.ts';
import { cotangentOf, unbroadcast, type GradientRule } from './rule.ts';

/** Rule of y = f(x) from dy, x and y. */
function unary(derivative: (b: Builder, dy: Value, x: Value, y: Value) => Value): GradientRule {
  return (input) => [derivative(input.b, cotangentOf(input), input.node.need(0), input.node.out())];
}

/** Rule of y = f(a, b) with broadcasting, each side computed only where wanted. */
function binary(
  left: (b: Builder, dy: Value, x: Value, y: Value, out: Value) => Value,
  right: (b: Builder, dy: Value, x: Value, y: Value, out: Value) => Value,
): GradientRule {
  return (input) => {
    const { b, node, wanted } = input;
    const dy = cotangentOf(input);
    const x = node.need(0);
    const y = node.need(1);
    return [
      wanted[0] ? unbroadcast(b, left(b, dy, x, y, node.out()), x) : null,
      wanted[1] ? unbroadcast(b, right(b, dy, x, y, node.out()), y) : null,
    ];
  };
}

/** The value of a constant scalar (or of a constant tensor of equal numbers of one element), else undefined. */
function constantScalar(value: Value): number | undefined {
  if (value.tensor && value.tensor.bytes.length <= 8) return tensorNumbers(value.tensor)[0];
  return numbersOf(value)?.[0];
}

/** d/dx x^p = p·x^(p−1) for a constant p, spelt with products where p is small and whole. */
const power: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const x = node.need(0);
  const p = node.need(1);
  if (wanted[1])
    throw new Error(`${node.label}: a gradient with respect to the exponent is not supported.`);
  const exponent = constantScalar(p);
  const slope =
    exponent === 2
      ? b.mul(x, 2)
      : exponent === 3
        ? b.mul(b.mul(x, x), 3)
        : b.mul(p, b.op('Pow', [x, b.sub(p, 1)]));
  return [unbroadcast(b, b.mul(dy, slope), x)];
};

/** Where(c, a, b): each side gets the cotangent where it was chosen. */
const where: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const condition = node.need(0);
  const zero = b.scalar(0, dy.type);
  return [
    null,
    wanted[1] ? unbroadcast(b, b.op('Where', [condition, dy, zero]), node.need(1)) : null,
    wanted[2] ? unbroadcast(b, b.op('Where', [condition, zero, dy]), node.need(2)) : null,
  ];
};

/** Max and Min of any number of operands: the cotangent goes to the one that was chosen (to all, where equal). */
const extremum: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const zero = b.scalar(0, dy.type);
  return node.inputs.map((_, index) => {
    if (!wanted[index]) return null;
    const chosen = b.op('Equal', [node.need(index), node.out()]);
    return unbroadcast(b, b.op('Where', [chosen, dy, zero]), node.need(index));
  });
};

/** Sum of any number of operands. */
const sum: GradientRule = (input) =>
  input.node.inputs.map((_, index) =>
    input.wanted[index] ? unbroadcast(input.b, cotangentOf(input), input.node.need(index)) : null,
  );

/** Clip(x, low, high): passes where x lies between the bounds. */
const clip: GradientRule = (input) => {
  const { b, node } = input;
  const dy = cotangentOf(input);
  const kept = b.op('Equal', [node.need(0), node.out()]);
  return [b.op('Where', [kept, dy, b.scalar(0, dy.type)])];
};

export const elementwiseRules: Record<string, GradientRule> = {
  Add: binary(
    (_, dy) => dy,
    (_, dy) => dy,
  ),
  Sub: binary(
    (_, dy) => dy,
    (b, dy) => b.op('Neg', [dy]),
  ),
  Mul: binary(
    (b, dy, _, y) => b.mul(dy, y),
    (b, dy, x) => b.mul(dy, x),
  ),
  Div: binary(
    (b, dy, _, y) => b.div(dy, y),
    (b, dy, _, y, out) => b.op('Neg', [b.div(b.mul(dy, out), y)]),
  ),
  Sum: sum,
  Pow: power,
  Where: where,
  Max: extremum,
  Min: extremum,
  Clip: clip,
  Neg: unary((b, dy) => b.op('Neg', [dy])),
  Abs: unary((b, dy, x) => b.mul(dy, b.op('Sign', [x]))),
  Exp: unary((b, dy, _, y) => b.mul(dy, y)),
  Log: unary((b, dy, x) => b.div(dy, x)),
  Sqrt: unary((b, dy, _, y) => b.div(b.mul(dy, 0.5), y)),
  Reciprocal: unary((b, dy, _, y) => b.op('Neg', [b.mul(dy, b.mul(y, y))])),
  Sigmoid: unary((b, dy, _, y) => b.mul(dy, b.mul(y, b.sub(1, y)))),
  Softplus: unary((b, dy, x) => b.mul(dy, b.op('Sigmoid', [x]))),
  Tanh: unary((b, dy, _, y) => b.mul(dy, b.sub(1, b.mul(y, y)))),
  Sin: unary((b, dy, x) => b.mul(dy, b.op('Cos', [x]))),
  Cos: unary((b, dy, x) => b.op('Neg', [b.mul(dy, b.op('Sin', [x]))])),
  // d/dx erf(x) = 2/√π · exp(−x²)
  Erf: unary((b, dy, x) =>
    b.mul(dy, b.mul(b.op('Exp', [b.op('Neg', [b.mul(x, x)])]), 2 / Math.sqrt(Math.PI))),
  ),
  Relu: unary((b, dy, x) =>
    b.op('Where', [b.op('Greater', [x, b.scalar(0, x.type)]), dy, b.scalar(0, dy.type)]),
  ),
  Identity: unary((_, dy) => dy),
  Cast: unary((b, dy, x) => b.cast(dy, x.type ?? 'float32')),
};
