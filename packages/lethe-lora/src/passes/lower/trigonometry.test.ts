import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { Builder, Graph, int, writeModel } from '../../onnx/index.ts';
import { lower } from './index.ts';

/** Outputs sin and cos of `angle` [N]; with `tokens` of the embedding of `input_ids` instead. */
function graphOf(fromTokens: boolean): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const ids = graph.addInput('input_ids', 'int64', ['batch', 'time']);
  const angle = graph.addInput('angle', 'float32', ['count']);
  const b = new Builder(graph, 'model');
  const x = fromTokens ? b.op('Gather', [angle, ids], { axis: int(0) }) : angle;
  for (const op of ['Sin', 'Cos']) graph.addOutput(op, b.op(op, [x]));
  return graph;
}

it('computes sines and cosines of positions to a few units in the last place, up to 10⁵', async () => {
  const graph = lower(graphOf(false), { cache: false });
  expect(graph.nodes.map(({ op }) => op)).not.toContain('Sin');
  const angles = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) * 50.017 + i / 7);
  const session = await ort.InferenceSession.create(writeModel(graph));
  const { Sin, Cos } = await session.run({
    input_ids: new ort.Tensor('int64', new BigInt64Array(1), [1, 1]),
    angle: new ort.Tensor('float32', angles, [4001]),
  });
  const worst = (name: 'sin' | 'cos', values: ort.Tensor | undefined): number =>
    angles.reduce(
      (most, x, i) => Math.max(most, Math.abs(Math[name](x) - Number(values?.data[i]))),
      0,
    );
  expect(worst('sin', Sin)).toBeLessThan(2e-7);
  expect(worst('cos', Cos)).toBeLessThan(2e-7);
});

it('leaves those of activations, which have a gradient', () => {
  const ops = lower(graphOf(true), { cache: false }).nodes.map(({ op }) => op);
  expect(ops).toEqual(expect.arrayContaining(['Sin', 'Cos']));
});
