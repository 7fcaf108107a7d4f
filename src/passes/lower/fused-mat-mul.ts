/** @file Lowers products that ONNX Runtime's optimiser fused with transposes and a factor. */
import type { Builder, Node, Value } from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/**
 * com.microsoft.FusedMatMul (a, b): alpha·op(a)·op(b), where op moves the first axis behind the others but the last (`transBatch`), then
 * swaps the last two (`trans`). The product itself is named as before the fusion, so that its module is known; the ranks of what is
 * transposed must be.
 */
export function unfused(b: Builder, node: Node): Value {
  const product = b.op('MatMul', [factor(b, node, 0, 'A'), factor(b, node, 1, 'B')]);
  if (product.producer) product.producer.name = `${node.name.replace(/\/MatMul\b.*$/, '')}/MatMul`;
  const alpha = node.float('alpha', 1);
  return alpha === 1 ? product : b.mul(product, alpha);
}

export function lowerFusedMatMul(node: Node, { b, graph }: LoweringContext): void {
  graph.replaceUses(node.out(), unfused(b, node));
}

function factor(b: Builder, node: Node, index: number, letter: 'A' | 'B'): Value {
  const value = node.need(index);
  const batch = node.int(`transBatch${letter}`, 0) === 1;
  const matrix = node.int(`trans${letter}`, 0) === 1;
  if (!batch && !matrix) return value;
  const rank = value.shape?.length;
  if (rank === undefined) throw new UnsupportedOperatorError(node, 'a factor of unknown rank');
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  if (batch) axes.splice(rank - 2, 0, ...axes.splice(0, 1));
  if (matrix) axes.push(...axes.splice(rank - 2, 1));
  return b.transpose(value, axes);
}
