/** @file Spells fused activations in operators that have gradient rules. */
import { float, inferNode, type Builder, type Node, type Value } from '../../onnx/index.ts';
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

/** x·σ(α·x) with α = 1.702, which every provider computes in one operation. */
export function lowerQuickGelu(node: Node, { b, graph, keepsFused }: LoweringContext): void {
  if (keepsFused) return inferNode(node);
  const x = node.need(0);
  const gate = b.op('Sigmoid', [b.mul(x, node.float('alpha', 1.702))]);
  graph.replaceUses(node.out(), b.mul(x, gate));
}

/** A product: x·σ(x) is QuickGelu with α = 1. */
export function lowerProduct(node: Node, { b, graph, keepsFused }: LoweringContext): void {
  inferNode(node);
  if (!keepsFused) return;
  const [x, gate] =
    [0, 1]
      .map((place) => [node.need(place), node.need(1 - place)] as const)
      .find(
        ([value, other]) => other.producer?.op === 'Sigmoid' && other.producer.need(0) === value,
      ) ?? [];
  if (!x || gate?.uses.length !== 1 || x.type !== 'float32') return;
  graph.replaceUses(node.out(), b.op('com.microsoft::QuickGelu', [x], { alpha: float(1) }));
}
