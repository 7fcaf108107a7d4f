import { expect, it } from 'vitest';
import { exported } from './exporters.ts';
import { findProjections, prepare } from './index.ts';

it('finds queries, keys and values in a packed product that a copy parts from its attention', () => {
  const graph = exported({ attention: 'packed', groups: 2 });
  const attention = graph.nodes.find(({ opType }) => opType === 'GroupQueryAttention');
  const packed = attention?.need(0);
  const copy = graph.addValue('copy');
  if (packed) graph.addNode('Identity', [packed], [copy]);
  attention?.setInput(0, copy);
  graph.prune();
  const names = findProjections(prepare(graph)).flatMap(({ parts }) =>
    parts.map(({ module }) => module),
  );
  expect(names).toEqual(expect.arrayContaining(['q_proj', 'k_proj', 'v_proj']));
});
