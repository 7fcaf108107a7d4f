/** @file Products with 8-bit weights in integers, for files that mean them so and processors, which multiply integers many times faster. */
import {
  Builder,
  dataTypes,
  int,
  tensorOver,
  type Graph,
  type Node,
  type Value,
} from '../onnx/index.ts';

const rounding = new Set(['DynamicQuantizeLinear', 'DynamicQuantizeMatMul']);

/** Whether a model's file, as it was read, rounds the activations of its products to 8 bits on the fly (`q8`), in a branch perhaps. */
export function hasIntegerProducts(file: Graph): boolean {
  return file.nodes.some(
    ({ opType, attributes }) =>
      rounding.has(opType) ||
      Object.values(attributes).some(
        ({ kind, value }) =>
          kind === 'proto' && value.g?.node.some((inner) => rounding.has(inner.opType)),
      ),
  );
}

/**
 * A digit of an activation is from −63 to 63: the sum of two products of such a digit with a byte fits in 16 bits, in which kernels for
 * older processors add them.
 */
const digit = 63;

/**
 * Changes a graph that is only asked: x·W with W dequantised from 8 bits is computed in integers. Each token's x is s·(q + r / 126) with
 * two digits a number and s the 63rd part of its largest, so that a product is off by a 16,000th of that; both digits are multiplied at
 * once. (The file's own rounding to one digit takes one s from all tokens of a run: an answer would depend on what is asked beside it.)
 */
export function multiplyIntegers(graph: Graph): void {
  const b = new Builder(graph, 'integer');
  const middle = graph.addInitializer(
    'integer/middle',
    tensorOver('uint8', [], Uint8Array.of(digit + 1)),
  );
  const rounded = new Map<Value, Rounded>();
  for (const node of [...graph.nodes]) {
    const dequantise = node.op === 'MatMul' ? node.need(1).producer : null;
    if (!dequantise || !isByFeature(dequantise)) continue;
    const x = node.need(0);
    const { digits, step } = rounded.get(x) ?? roundedTokens(b, x);
    rounded.set(x, { digits, step });
    const sums = b.op('MatMulInteger', [digits, dequantise.need(0), middle, dequantise.input(2)]);
    const real = b.op('Cast', [sums], { to: int(dataTypes.float32) });
    const halves = b.node('Split', [real], 2, { axis: int(-2), num_outputs: int(2) });
    const whole = b.add(halves.out(0), b.mul(halves.out(1), 1 / (2 * digit)));
    const product = b.mul(whole, b.mul(step, dequantise.need(1)));
    product.type = node.out().type;
    product.shape = node.out().shape;
    graph.replaceUses(node.out(), product);
  }
  graph.prune();
}

/** Whether a constant matrix of bytes [in, out] is dequantised by one scale, or by one for each feature out. */
function isByFeature(node: Node): boolean {
  if (node.op !== 'DequantizeLinear' || node.int('block_size', 0) > 0) return false;
  const { tensor } = node.need(0);
  const scale = node.need(1);
  const isBytes = tensor?.type === 'int8' || tensor?.type === 'uint8';
  if (!tensor || !isBytes || tensor.dims.length !== 2 || !scale.tensor) return false;
  const isOne = scale.tensor.dims.length === 0;
  return isOne || (scale.tensor.dims.length === 1 && [1, -1].includes(node.int('axis', 1)));
}

interface Rounded {
  /** The first digits of all tokens [.., T, K], then the second ones, in one uint8 [.., 2T, K]. */
  digits: Value;
  /** s of each token, float32 [.., T, 1]. */
  step: Value;
}

function roundedTokens(b: Builder, x: Value): Rounded {
  const largest = b.reduceMax(b.op('Abs', [x]), [-1]);
  // Of a token of zeros any step will do.
  const step = b.op('Max', [b.mul(largest, 1 / digit), b.scalar(1e-30)]);
  const steps = b.div(x, step);
  const first = b.op('Round', [steps]);
  const second = b.op('Round', [b.mul(b.sub(steps, first), 2 * digit)]);
  const shifted = b.add(b.concat([first, second], -2), digit + 1);
  return { digits: b.op('Cast', [shifted], { to: int(dataTypes.uint8) }), step };
}
