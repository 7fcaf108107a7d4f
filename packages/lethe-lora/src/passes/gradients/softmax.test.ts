import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Builder, float32Tensor, Graph, writeModel, type Value } from '../../onnx/index.ts';
import { differentiate } from '../differentiate.ts';

describe('the gradient of a softmax whose NaN the graph replaces', () => {
  it('is 0 in a row where nothing may be seen, and as ever in the others', async () => {
    const graph = new Graph();
    graph.opsets.set('', 21);
    const x = graph.addInput('x', 'float32', [2, 3]);
    const b = new Builder(graph, 'test');
    const never = -Infinity;
    const mask = float32Tensor([never, never, never, 0, 0, never], [2, 3]);
    const y = b.op('Softmax', [b.add(x, graph.addInitializer('mask', mask))]);
    const clean = b.op('Where', [b.op('IsNaN', [y]), b.scalar(0), y]);
    const weights = graph.addInitializer('weights', float32Tensor([1, 2, 3, 4, 6, 9], [2, 3]));
    const loss = b.reduceSum(b.mul(clean, weights), [0, 1], false);
    graph.addOutput('loss', loss);
    graph.addOutput('gradient', differentiate(graph, loss, [x])[0] as Value);
    const session = await ort.InferenceSession.create(writeModel(graph));
    const feeds = { x: new ort.Tensor('float32', [5, 6, 7, 1, 1, 1], [2, 3]) };
    const { gradient } = await session.run(feeds);
    await session.release();
    // Two equal scores: y = ½, ½; Σ dy ∘ y = 5.
    expect(Array.from(gradient?.data as Float32Array)).toEqual([0, 0, 0, -0.5, 0.5, 0]);
  });
});
