/** @file Lowers products that ONNX Runtime's optimiser fused with transposes and a factor. */
import type { Builder, Node, Value } from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/**
 * com.microsoft.FusedMatMul (a, b): alpha·op(a)·op(b), where op swaps the last two axes. The product itself is named like the node, so
 * that its module is known; the ranks of what is transposed must be.
 */
export function unfused(b: Builder, node: Node): Value {
  if (node.int('transBatchA', 0) === 1 || node.int('transBatchB', 0) === 1)
    throw new UnsupportedOperatorError(node, 'transposed batches');
  const [x, y] = [node.need(0), node.need(1)];
  const product = b.op('MatMul', [
    node.int('transA', 0) === 1 ? b.transposeLast(x) : x,
    node.int('transB', 0) === 1 ? b.transposeLast(y) : y,
  ]);
  if (product.producer) product.producer.name = `${node.name}/MatMul`;
  const alpha = node.float('alpha', 1);
  return alpha === 1 ? product : b.mul(product, alpha);
}

export function lowerFusedMatMul(node: Node, { b, graph }: LoweringContext): void {
  graph.replaceUses(node.out(), unfused(b, node));
}
