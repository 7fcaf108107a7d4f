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
 * Changes a graph that is only asked: x·W with W dequantised from 8 bits becomes s·(q·(W − zero))·scale with q = round(x / s), 8 bits a
 * number, and s the largest of each token's 127th part. The file's own rounding takes one s from all tokens of a run, so that an answer
 * would depend on what is asked beside it; a token's own is also finer.
 */
export function multiplyIntegers(graph: Graph): void {
  const b = new Builder(graph, 'integer');
  const middle = graph.addInitializer('integer/128', tensorOver('uint8', [], Uint8Array.of(128)));
  const rounded = new Map<Value, { whole: Value; step: Value }>();
  for (const node of [...graph.nodes]) {
    const dequantise = node.op === 'MatMul' ? node.need(1).producer : null;
    if (!dequantise || !isByFeature(dequantise)) continue;
    const x = node.need(0);
    const { whole, step } = rounded.get(x) ?? roundedTokens(b, x);
    rounded.set(x, { whole, step });
    const sums = b.op('MatMulInteger', [whole, dequantise.need(0), middle, dequantise.input(2)]);
    const scale = b.mul(step, dequantise.need(1));
    const product = b.mul(b.op('Cast', [sums], { to: int(dataTypes.float32) }), scale);
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

function roundedTokens(b: Builder, x: Value): { whole: Value; step: Value } {
  const largest = b.reduceMax(b.op('Abs', [x]), [-1]);
  // Of a token of zeros any step will do.
  const step = b.op('Max', [b.mul(largest, 1 / 127), b.scalar(1e-30)]);
  const steps = b.add(b.op('Round', [b.div(x, step)]), 128);
  const whole = b.op('Cast', [steps], { to: int(dataTypes.uint8) });
  return { whole, step };
}
