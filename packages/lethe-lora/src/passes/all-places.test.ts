import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { Builder, writeModel, type Graph } from '../onnx/index.ts';
import { exported, sizes } from './exporters.ts';
import { findHead, prepare } from './index.ts';

/** The decoder, whose head sees the last place alone: logits [B, 1, V], or [B, V] where the place is chosen away. */
function lastOnly(chosenAway = false): Graph {
  const graph = exported({ attention: 'plain', rotary: 'none' });
  const b = new Builder(graph, 'last');
  const { node } = findHead(graph);
  const hidden = node.need(0);
  const last = chosenAway
    ? b.op('Gather', [hidden, b.scalar(-1, 'int64')], { axis: { kind: 'int', value: 1 } })
    : b.slice(hidden, 1, -1, 2 ** 31 - 1);
  node.setInput(0, last);
  graph.output('logits').shape = ['batch', ...(chosenAway ? [] : [1]), sizes.vocabulary];
  graph.prune();
  return graph;
}

async function logitsOf(graph: Graph): Promise<{ dims: readonly number[]; data: number[] }> {
  const session = await ort.InferenceSession.create(writeModel(graph));
  const long = (data: number[]): ort.Tensor =>
    new ort.Tensor('int64', BigInt64Array.from(data, BigInt), [2, 3]);
  const { logits } = await session.run({
    input_ids: long([3, 17, 5, 29, 8, 11]),
    attention_mask: long([1, 1, 1, 1, 1, 1]),
  });
  return { dims: logits?.dims ?? [], data: [...(logits?.data as Float32Array)] };
}

it('gives the logits of all places of a file that keeps the last alone', async () => {
  const own = await logitsOf(lastOnly());
  const all = await logitsOf(prepare(lastOnly()));
  expect(own.dims).toEqual([2, 1, sizes.vocabulary]);
  expect(all.dims).toEqual([2, 3, sizes.vocabulary]);
  own.data.forEach((logit, i) => {
    const row = Math.floor(i / sizes.vocabulary);
    expect(all.data[i + (2 * row + 2) * sizes.vocabulary]).toBeCloseTo(logit, 5);
  });
});

it('says of one whose place is chosen otherwise that it cannot be taught, and how it could', () => {
  expect(() => prepare(lastOnly(true))).toThrow('export it with those of all tokens');
});
