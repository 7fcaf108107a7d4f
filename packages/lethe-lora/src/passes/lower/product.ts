/** @file Spells fused products in operators that have gradient rules. */
import { ints, type Builder, type Node, type Value } from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/**
 * The axes of a factor of FusedMatMul in the order in which they are multiplied. `batch`: the first axis stands behind the others but
 * the last; `matrix`: the last two are then swapped.
 */
export function factorOrder(rank: number, batch: boolean, matrix: boolean): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  if (batch) axes.splice(rank - 2, 0, ...axes.splice(0, 1));
  if (matrix) axes.push(...axes.splice(rank - 2, 1));
  return axes;
}

/** α·A·B, each factor transposed as its attributes say. */
export function lowerFusedMatMul(node: Node, { b, graph }: LoweringContext): void {
  const product = b.op('MatMul', [factor(b, node, 0, 'A'), factor(b, node, 1, 'B')]);
  const alpha = node.float('alpha', 1);
  graph.replaceUses(node.out(), alpha === 1 ? product : b.mul(product, alpha));
}

function factor(b: Builder, node: Node, index: number, letter: 'A' | 'B'): Value {
  const value = node.need(index);
  const batch = node.int(`transBatch${letter}`, 0) === 1;
  const matrix = node.int(`trans${letter}`, 0) === 1;
  if (!batch && !matrix) return value;
  const rank = value.shape?.length;
  if (rank === undefined) throw new UnsupportedOperatorError(node, 'a factor of unknown rank');
  return b.op('Transpose', [value], { perm: ints(factorOrder(rank, batch, matrix)) });
}
