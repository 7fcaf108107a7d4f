import { describe, expect, it } from 'vitest';
import { Builder, Graph, int, parseModel, writeModel, type Attributes } from '../onnx/index.ts';
import { differentiate } from './differentiate.ts';
import { lower } from './lower/index.ts';

/** What every object of JavaScript inherits: none of it is an operator, an input or an attribute. */
const inherited = Object.getOwnPropertyNames(Object.prototype);

function graphOf(op: string, attributes: Attributes = {}): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const b = new Builder(graph, 'sum');
  const ids = graph.addInput('input_ids', 'int64', [2, 3]);
  graph.addInput('attention_mask', 'int64', [2, 3]);
  const x = b.add(b.cast(ids, 'float32'), graph.addInput('x', 'float32', [2, 3]));
  const y = graph.addValue('y');
  [y.type, y.shape] = ['float32', [2, 3]];
  graph.addNode(op, [x], [y], attributes, `the ${op}`);
  graph.addOutput('loss', b.reduceSum(y, [0, 1], false));
  return graph;
}

describe('an operator that is named like something that objects inherit', () => {
  it.each(inherited)(
    '%s has no rule: it is left as it is, and named where a gradient is wanted',
    (op) => {
      const graph = graphOf(op);
      const lowered = lower(graph.clone(), { cache: true });
      expect(lowered.nodes.map((node) => node.op)).toContain(op);
      const [loss] = graph.outputs;
      if (!loss) throw new Error('The graph has no loss.');
      expect(() => differentiate(graph, loss, [graph.input('x')])).toThrow(op);
    },
  );

  it('keeps an attribute of such a name as data', () => {
    const written = graphOf('Custom', Object.fromEntries([['__proto__', int(7)]]) as Attributes);
    const node = parseModel(writeModel(written)).nodes.find(({ op }) => op === 'Custom');
    expect(Object.keys(node?.attributes ?? {})).toEqual(['__proto__']);
    expect(node?.int('__proto__')).toBe(7);
    expect(node?.int('value')).toBeUndefined();
    expect(node?.int('kind', 3)).toBe(3);
  });
});
