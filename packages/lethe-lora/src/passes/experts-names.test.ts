import { expect, it } from 'vitest';
import { Builder, float32Tensor, Graph, type Value } from '../onnx/index.ts';
import { findProjections } from './index.ts';

/** A decoder of three products: two under one module's path with weights of their own, as experts in one module are exported. */
function decoder(): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const ids = graph.addInput('input_ids', 'int64', ['batch', 'time']);
  const b = new Builder(graph, 'model');
  const weight = (seed: number, dims: number[]): Value =>
    graph.addInitializer(
      `onnx::MatMul_${seed}`,
      float32Tensor(new Float32Array((dims[0] ?? 1) * (dims[1] ?? 1)).fill(seed), dims),
    );
  const product = (x: Value, name: string, w: Value): Value => {
    const y = b.op('MatMul', [x, w]);
    if (y.producer) y.producer.name = name;
    return y;
  };
  let x = b.op('Gather', [weight(1, [8, 4]), ids]);
  x = product(x, '/model/layers.0/mlp/up_proj/MatMul', weight(2, [4, 4]));
  x = product(x, '/model/layers.0/mlp/experts/MatMul', weight(3, [4, 4]));
  x = product(x, '/model/layers.0/mlp/experts/MatMul_1', weight(4, [4, 4]));
  graph.addOutput('logits', product(x, '/lm_head/MatMul', weight(5, [4, 8])));
  return graph;
}

it('puts no adapter on a module that holds several weights', () => {
  expect(findProjections(decoder()).map(({ path }) => path)).toEqual([
    'model.layers.0.mlp.up_proj',
  ]);
});
