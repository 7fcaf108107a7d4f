import { expect, it } from 'vitest';
import { Builder, Graph } from '../onnx/index.ts';
import { differentiate, MissingGradientError } from './differentiate.ts';

it('names every operator without a rule, and how many nodes need one', () => {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const x = graph.addInput('x', 'float32', [2, 3]);
  const b = new Builder(graph, 'model');
  const one = b.op('Unheard', [b.op('Unheard', [x])]);
  const other = b.op('Unseen', [x]);
  // Not between the parameter and the loss.
  const unneeded = b.op('Unneeded', [graph.addInput('y', 'float32', [2, 3])]);
  for (const value of [one, other, unneeded]) [value.type, value.shape] = ['float32', [2, 3]];
  const loss = b.reduceSum(b.add(b.add(one, other), unneeded), [0, 1], false);
  graph.addOutput('loss', loss);

  const attempt = (): unknown => differentiate(graph, loss, [x]);
  expect(attempt).toThrow(MissingGradientError);
  expect(attempt).toThrow(
    'No gradient rule for Unheard ("model/Unheard" and 1 more), Unseen ("model/Unseen")',
  );
});
