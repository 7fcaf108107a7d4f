import { expect, it } from 'vitest';
import { Builder, Graph } from '../onnx/index.ts';
import { splitInto } from './split.ts';

it.each([1, 2, 7, 8, 49, 50, 400])('splits into %i parts, few at a time', (count) => {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const lengths = Array.from({ length: count }, (_, i) => (i % 3) + 1);
  const whole = graph.addInput('x', 'float32', [lengths.reduce((sum, n) => sum + n, 0), 2]);
  const parts = splitInto(new Builder(graph), whole, lengths, 0);
  expect(parts.map(({ shape }) => shape?.[0])).toEqual(lengths);
  expect(Math.max(0, ...graph.nodes.map(({ outputs }) => outputs.length))).toBeLessThanOrEqual(7);
});
