import { describe, expect, it } from 'vitest';
import { Builder, Graph, int, type Value } from '../../onnx/index.ts';
import { cacheAxes, dropPast } from './past.ts';

/** A graph that joins `copy(past)` and `now` along time. */
function joined(copy: (b: Builder, past: Value) => Value): Graph {
  const graph = new Graph();
  graph.addInput('input_ids', 'int64', ['B', 'T']);
  const past = graph.addInput('past_key_values.0.key', 'float32', ['B', 2, 'P', 4]);
  const now = graph.addInput('now', 'float32', ['B', 2, 'T', 4]);
  const b = new Builder(graph, 'test');
  graph.addOutput('present.0.key', b.op('Concat', [copy(b, past), now], { axis: int(2) }));
  return graph;
}

describe('a cache is taken out of a train graph', () => {
  it.each<[string, (b: Builder, past: Value) => Value]>([
    ['as it is', (_, past) => past],
    ['behind a cast', (b, past) => b.cast(past, 'float32')],
    ['behind an Identity', (b, past) => b.op('Identity', [past])],
    [
      'behind a concatenation of one part, as a trace of an empty cache leaves it',
      (b, past) => b.op('Concat', [past], { axis: int(-2) }),
    ],
  ])('%s', (_, copy) => {
    const graph = joined(copy);
    dropPast(graph, cacheAxes(graph));
    expect(graph.nodes.map(({ op }) => op)).not.toContain('Concat');
  });
});

describe('the axes of a cache', () => {
  it.each([
    ['of any number of rows', 'B', 'batch'],
    ['of one row only', 1, 'batch'],
  ] as const)('%s: the open one grows', (_, rows, first) => {
    const graph = new Graph();
    graph.addInput('input_ids', 'int64', [rows, 'T']);
    const past = graph.addInput('past_key_values.0.key', 'float32', [rows, 2, 'P', 4]);
    const now = graph.addInput('now', 'float32', [rows, 2, 'T', 4]);
    const joinedUp = new Builder(graph, 'test').op('Concat', [past, now], { axis: int(2) });
    graph.addOutput('present.0.key', joinedUp);
    expect(cacheAxes(graph).get(past)).toEqual([first, 2, 'time', 4]);
  });
});
