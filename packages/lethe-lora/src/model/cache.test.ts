import { describe, expect, it } from 'vitest';
import { Graph, type Dim } from '../onnx/index.ts';
import { cacheInputs } from './cache.ts';

/** A file with one cache input and the output that it comes back in, as they are declared. */
function file(past: [string, Dim[]], present: [string, Dim[]]): Graph {
  const graph = new Graph();
  graph.addInput(past[0], 'float32', past[1]);
  const output = graph.addValue(present[0]);
  output.shape = present[1];
  graph.outputs.push(output);
  return graph;
}

/** Layouts that exporters declare, and what they are before the first token of three rows. */
const layouts: readonly [string, Graph, number[]][] = [
  [
    'Optimum’s keys',
    file(
      ['past_key_values.0.key', ['batch_size', 2, 'past_sequence_length', 16]],
      ['present.0.key', ['batch_size', 2, 'past_sequence_length___sequence_length', 16]],
    ),
    [3, 2, 0, 16],
  ],
  [
    'the builder’s keys, whose size stands in the configuration',
    file(
      ['past_key_values.0.key', ['batch_size', 2, 'past_sequence_length', 'kv_cache_dim']],
      ['present.0.key', ['batch_size', 2, 'total_sequence_length', 'kv_cache_dim']],
    ),
    [3, 2, 0, 24],
  ],
  [
    'keys of which the file names the length alike before and after',
    file(
      ['past_key_values.0.key', ['b', 2, 'length', 16]],
      ['present.0.key', ['b', 2, 'length', 16]],
    ),
    [3, 2, 0, 16],
  ],
  [
    'BLOOM’s older keys, heads beside the rows and the length last',
    file(
      ['past_key_values.0.key', ['batch_size_x_num_heads', 16, 'past_sequence_length']],
      ['present.0.key', ['batch_size_x_num_heads', 16, 'total']],
    ),
    [12, 16, 0],
  ],
  [
    'one tensor of keys and values, as GPTBigCode’s',
    file(
      ['past_key_values.0.key_value', ['batch_size', 'past_sequence_length', 32]],
      ['present.0.key_value', ['batch_size', 'total', 32]],
    ),
    [3, 0, 32],
  ],
  [
    'the state of a convolution, which does not grow',
    file(['past_conv.0', ['batch_size', 64, 3]], ['present_conv.0', ['batch_size', 64, 3]]),
    [3, 64, 3],
  ],
  [
    'the state of a recurrence',
    file(['past_ssm.0', ['b', 8, 16, 32]], ['present_ssm.0', ['b', 8, 16, 32]]),
    [3, 8, 16, 32],
  ],
];

describe('the cache before the first token', () => {
  it.each(layouts)('%s', (_, graph, expected) => {
    const [input] = cacheInputs(graph, { heads: 4, size: 24 });
    expect(input?.dims(3)).toEqual(expected);
    expect(input?.present).toBe(graph.outputs[0]?.name);
  });

  it('names a size that is stated nowhere', () => {
    const [, graph] = layouts[1] as (typeof layouts)[number];
    expect(() => cacheInputs(graph)).toThrow('"past_key_values.0.key" along axis 3');
  });
});
