/** @file Products with 4- and 8-bit weights in float16 arithmetic, for files that keep their scales so and devices that compute so. */
import {
  Builder,
  float32Numbers,
  numberToHalf,
  tensorOver,
  type Graph,
  type Value,
} from '../onnx/index.ts';

const quantisedProduct = 'com.microsoft::MatMulNBits';

/** Whether a model's file means its quantised products to be computed in half precision (`q4f16`). */
export function hasHalfProducts(file: Graph): boolean {
  return file.nodes.some((node) => node.op === quantisedProduct && node.need(2).type === 'float16');
}

/**
 * Changes a graph in float32: each fused product takes its activations, scales and bias in float16 and gives float32. These products are
 * nearly all of a decoder's arithmetic; norms, attention, the residual stream and the adapter stay in float32, so that nothing is
 * summed up over layers in half precision. float16 has 11 bits: each product is off by about 2⁻¹¹ of its largest entry.
 */
export function halveProducts(graph: Graph): void {
  const b = new Builder(graph, 'half');
  const narrowed = new Map<Value, Value>();
  const narrow = (value: Value): Value => {
    const made = narrowed.get(value) ?? inHalf(b, value);
    narrowed.set(value, made);
    return made;
  };
  for (const node of [...graph.nodes]) {
    if (node.op !== quantisedProduct) continue;
    const inputs = node.inputs.map((input) => (input?.type === 'float32' ? narrow(input) : input));
    const product = b.op(node.op, inputs, node.attributes);
    product.type = 'float16';
    product.shape = node.out().shape;
    graph.replaceUses(node.out(), b.cast(product, 'float32'));
  }
  graph.prune();
}

/** A value in float16: where it was widened from a stored one, that itself. */
function inHalf(b: Builder, value: Value): Value {
  const { producer, tensor } = value;
  const stored = producer?.op === 'Cast' ? producer.need(0) : undefined;
  if (stored?.tensor?.type === 'float16') return stored;
  if (!tensor) return b.cast(value, 'float16');
  const halves = Uint16Array.from(float32Numbers(tensor), numberToHalf);
  return b.graph.addInitializer(`${value.name}.half`, tensorOver('float16', tensor.dims, halves));
}
