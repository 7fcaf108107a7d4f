/** Products that ONNX Runtime's optimiser fused, against its own kernels. */
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Builder, float, float32Tensor, Graph, int, type Attributes } from '../onnx/index.ts';
import { largestDifference, outputOf, wave } from './lower/fused-kernel.ts';
import { findProjections } from './index.ts';
import { unfuseProducts } from './unfuse.ts';

const [rows, inner, outer] = [3, 8, 4];

/** A fused product of a layer, then a head that is fused as well. */
function decoder(op: string, name: string, dims: number[], attributes: Attributes): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  graph.opsets.set('com.microsoft', 1);
  const x = graph.addInput('x', 'float32', [rows, inner]);
  const b = new Builder(graph, 'test');
  const weight = (of: string, size: readonly number[]) =>
    graph.addInitializer(of, float32Tensor(wave(size, 3), size));
  const y = graph.addValue('product');
  y.type = 'float32';
  graph.addNode(op, [x, weight('onnx::MatMul_1', dims)], [y], attributes, name);
  const head = [y, weight('head', [6, outer])];
  const logits = b.op('com.microsoft::FusedMatMul', head, { transB: int(1), alpha: float(0.5) });
  logits.type = 'float32';
  graph.addOutput('logits', logits);
  graph.addOutput('y', b.op('Identity', [y]));
  return graph;
}

describe('a product that the runtime fused is found, and computes the same', () => {
  it.each<[string, string, string, number[], Attributes]>([
    [
      'with a scale behind it',
      'com.microsoft::FusedMatMul',
      '/model/layers.0/mlp/down_proj/MatMul/MatMulScaleFusion/',
      [inner, outer],
      { alpha: float(0.25) },
    ],
    [
      'with an activation behind it',
      'com.microsoft::FusedGemm',
      'fused /model/layers.0/mlp/down_proj/Gemm',
      [outer, inner],
      {
        transB: int(1),
        activation: { kind: 'string', value: 'LeakyRelu' },
        activation_alpha: float(0.1),
      },
    ],
  ])('%s', async (_, op, name, dims, attributes) => {
    const graph = decoder(op, name, dims, attributes);
    const plain = unfuseProducts(graph.clone());
    expect(plain.nodes.filter(({ domain }) => domain !== '')).toEqual([]);
    expect(findProjections(plain).map(({ parts }) => parts[0]?.name)).toEqual([
      'model.layers.0.mlp.down_proj',
    ]);
    const feeds = { x: new ort.Tensor('float32', wave([rows, inner], 1), [rows, inner]) };
    const [own, wanted] = [await outputOf(plain, feeds), await outputOf(graph, feeds)];
    expect(largestDifference(own, wanted)).toBeLessThan(1e-6);
  });
});
