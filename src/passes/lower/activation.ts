/** @file Spells fused activations in operators that have gradient rules. */
import type { Builder, Node, Value } from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';

/** ½·x·(1 + erf(x/√2)) (Hendrycks and Gimpel 2016, arXiv 1606.08415). */
function gelu(b: Builder, x: Value): Value {
  return b.mul(b.mul(x, 0.5), b.add(b.op('Erf', [b.mul(x, Math.SQRT1_2)]), 1));
}

/** ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))): the same paper's approximation. */
function tanhGelu(b: Builder, x: Value): Value {
  const cube = b.mul(b.mul(x, x), x);
  const inner = b.mul(b.add(x, b.mul(cube, 0.044715)), Math.sqrt(2 / Math.PI));
  return b.mul(b.mul(x, 0.5), b.add(b.op('Tanh', [inner]), 1));
}

export function lowerGelu(node: Node, { b, graph }: LoweringContext): void {
  const bias = node.input(1);
  const x = bias ? b.add(node.need(0), bias) : node.need(0);
  const approximate = node.opType === 'FastGelu' || node.string('approximate', 'none') === 'tanh';
  graph.replaceUses(node.out(), approximate ? tanhGelu(b, x) : gelu(b, x));
}

/** x·σ(α·x) with α = 1.702. */
export function lowerQuickGelu(node: Node, { b, graph }: LoweringContext): void {
  const x = node.need(0);
  const gate = b.op('Sigmoid', [b.mul(x, node.float('alpha', 1.702))]);
  graph.replaceUses(node.out(), b.mul(x, gate));
}
