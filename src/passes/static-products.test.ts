/** Dynamically quantised products, as `int8` files have them, against ONNX Runtime's own integer kernels. */
import { describe, expect, it } from 'vitest';
import {
  Builder,
  dataTypes,
  float32Tensor,
  Graph,
  int,
  tensorOver,
  type Value,
} from '../onnx/index.ts';
import { largestDifference, outputOf } from './lower/fused-kernel.ts';
import { findProjections, prepare } from './index.ts';
import * as ort from 'onnxruntime-node';

const [rows, inner, outer] = [3, 32, 8];

/** y = x·W as `quantize_dynamic` writes it; `zero` adds zero points of W. */
function quantised(zero: boolean): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const x = graph.addInput('x', 'float32', [1, rows, inner]);
  const b = new Builder(graph, '/model/layers.0/self_attn/q_proj');
  // Of 7 bits: without VNNI the kernel adds two products in 16 bits, and 255 · 127 twice would be cut off.
  const bytes = Int8Array.from({ length: inner * outer }, (_, i) => ((i * 37) % 127) - 63);
  const weight = graph.addInitializer('w_quantized', tensorOver('int8', [inner, outer], bytes));
  const scale = graph.addInitializer('w_scale', float32Tensor([0.013], []));
  const point = tensorOver('int8', [], Int8Array.of(3));
  const weightZero = zero ? graph.addInitializer('w_zero', point) : null;
  const [xq, xs, xz] = b.node('DynamicQuantizeLinear', [x], 3).outputs as [Value, Value, Value];
  const sums = graph.addValue('sums');
  graph.addNode(
    'MatMulInteger',
    [xq, weight, xz, weightZero],
    [sums],
    {},
    '/model/layers.0/self_attn/q_proj/MatMul_quant',
  );
  const y = b.op('Mul', [
    b.op('Cast', [sums], { to: int(dataTypes.float32) }),
    b.op('Mul', [xs, scale]),
  ]);
  y.type = 'float32';
  graph.addOutput('y', y);
  // Something behind it, so that it is no head.
  const logits = new Builder(graph, 'head').op('MatMul', [
    y,
    graph.addInitializer('head', float32Tensor(new Float32Array(outer * 2), [outer, 2])),
  ]);
  logits.type = 'float32';
  graph.addOutput('logits', logits);
  return graph;
}

describe('a product with activations quantised on the fly', () => {
  it.each([false, true])(
    'is the same product where they are on the grid (zero points: %s)',
    async (zero) => {
      // From 0 to 2.55 in steps of 0.01: what DynamicQuantizeLinear rounds to.
      const x = Float32Array.from({ length: rows * inner }, (_, i) => ((i * 53) % 256) / 100);
      x[0] = 2.55;
      const feeds = { x: new ort.Tensor('float32', x, [1, rows, inner]) };
      const file = quantised(zero);
      const plain = prepare(file.clone());
      expect(plain.nodes.map(({ op }) => op)).not.toContain('MatMulInteger');
      const theirs = await outputOf(file, feeds);
      // Sums of 32 products of about 1: float32 rounding, and a step of 0.01 that is not exact in float32.
      expect(largestDifference(await outputOf(plain, feeds), theirs)).toBeLessThan(1e-3);
    },
  );

  it('is a projection with its name', () => {
    const [projection] = findProjections(prepare(quantised(true)));
    expect(projection).toMatchObject({ inFeatures: inner, outFeatures: outer });
    expect(projection?.parts[0]?.name).toBe('model.layers.0.self_attn.q_proj');
  });
});
