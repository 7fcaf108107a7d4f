/** @file A sum of a product and something else becomes one operation: Gemm adds its third operand. */
import { sameShape, type Builder, type Graph, type Node, type Value } from '../../onnx/index.ts';

/** Whether any were found. */
export function addInProducts(graph: Graph, b: Builder): boolean {
  let changed = false;
  for (const node of [...graph.nodes]) {
    if (node.op !== 'Add' || node.out().shape?.length !== 2) continue;
    for (const place of [0, 1]) {
      const [product, other] = [node.need(place), node.need(1 - place)];
      if (!mayAdd(graph, product, other)) continue;
      const { inputs, attributes } = product.producer as Node;
      const sum = b.op('Gemm', [inputs[0] ?? null, inputs[1] ?? null, other], attributes);
      sum.shape = node.out().shape;
      graph.replaceUses(node.out(), sum);
      changed = true;
      break;
    }
  }
  return changed;
}

/** Whether a value is a product of matrices, used here alone and of the other's very shape. */
function mayAdd(graph: Graph, product: Value, other: Value): boolean {
  const { producer, shape, type } = product;
  if (!producer || type !== 'float32' || product.uses.length !== 1) return false;
  if (graph.outputs.includes(product)) return false;
  if (!shape || !other.shape || !sameShape(shape, other.shape)) return false;
  if (producer.op === 'Gemm') return !producer.input(2);
  return producer.op === 'MatMul' && producer.inputs.every((input) => input?.shape?.length === 2);
}
