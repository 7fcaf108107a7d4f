import { describe, expect, it } from 'vitest';
import { Builder, float32Tensor, Graph } from '../onnx/index.ts';
import { findProjections } from './index.ts';

/** A decoder of products with the given node names, each with a weight of its own, and the file's other weights. */
function namesOf(nodes: readonly string[], others: readonly string[]): string[] {
  const graph = new Graph();
  let x = graph.addInput('x', 'float32', ['T', 4]);
  const weight = (name: string) =>
    graph.addInitializer(name, float32Tensor(Array(16).fill(1), [4, 4]));
  const b = new Builder(graph, 'test');
  for (const name of others) x = b.add(x, weight(name));
  nodes.forEach((node, index) => {
    const y = graph.addValue(`y${index}`);
    graph.addNode('MatMul', [x, weight(`onnx::MatMul_${index}`)], [y], {}, node);
    x = y;
  });
  graph.addOutput('logits', b.op('MatMul', [x, weight('onnx::MatMul_head')]));
  return findProjections(graph).flatMap(({ parts }) => parts.map(({ name }) => name));
}

describe('a module whose weight has no name of its own', () => {
  it('is called by its node', () => {
    const nodes = ['/model/layers.0/mlp/up_proj/MatMul', '/model/layers.0/mlp/down_proj/MatMul'];
    expect(namesOf(nodes, ['model.embed_tokens.weight'])).toEqual([
      'model.layers.0.mlp.up_proj',
      'model.layers.0.mlp.down_proj',
    ]);
  });

  it('begins where the weights do, though the trace begins below', () => {
    const nodes = ['/decoder/project_in/MatMul', '/decoder/layers.0/fc1/MatMul'];
    expect(namesOf(nodes, ['model.decoder.embed_tokens.weight'])).toEqual([
      'model.decoder.project_in',
      'model.decoder.layers.0.fc1',
    ]);
  });

  it('is none where a module multiplies with several weights, as one of experts does', () => {
    const experts = ['/model/layers.0/mlp/experts/MatMul', '/model/layers.0/mlp/experts/MatMul_1'];
    const nodes = ['/model/layers.0/self_attn/o_proj/MatMul', ...experts];
    expect(namesOf(nodes, [])).toEqual(['model.layers.0.self_attn.o_proj']);
  });
});
