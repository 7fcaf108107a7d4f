/** @file For tests: a model of one fused operator, run by ONNX Runtime's own kernel and lowered, on the same random numbers. */
import * as ort from 'onnxruntime-node';
import { expect } from 'vitest';
import { ownEntry } from '../../own-entry.ts';
import { Builder, elementCount, Graph, writeModel, type Value } from '../../onnx/index.ts';
import { differentiate } from '../differentiate.ts';
import { lower } from './index.ts';

/** As the runtime's sessions: fused products do not round their activations. On one core, for the other runs another test. */
export const options = {
  logSeverityLevel: 3,
  intraOpNumThreads: 1,
  extra: { session: { qdq_matmulnbits_accuracy_level: '1' } },
} as const;
export type Feeds = Record<string, ort.Tensor>;

export function wave(dims: readonly number[], seed: number, scale = 0.7): Float32Array {
  return Float32Array.from(
    { length: elementCount(dims) },
    (_, i) => scale * Math.sin(seed + i * (1.7 + seed / 10)),
  );
}

/** Bytes of all values. */
export const bytesOf = (dims: readonly number[], seed: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: elementCount(dims) }, (_, i) => (i * 73 + seed * 29 + (i >> 3)) % 256);

/** A model of one fused operator: `input_ids` and `attention_mask` beside a float input, as the passes expect of a decoder. */
export function modelOf(
  build: (b: Builder, graph: Graph, x: Value) => Value,
  dims: readonly number[],
  opset = 21,
): Graph {
  const graph = new Graph();
  graph.opsets.set('', opset);
  graph.opsets.set('com.microsoft', 1);
  graph.addInput('input_ids', 'int64', dims.slice(0, 2));
  graph.addInput('attention_mask', 'int64', dims.slice(0, 2));
  const x = graph.addInput('x', 'float32', dims);
  const b = new Builder(graph, 'test');
  graph.addOutput('y', build(b, graph, x));
  return graph;
}

export async function outputOf(graph: Graph, feeds: Feeds): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(writeModel(graph), options);
  const wanted = Object.fromEntries(
    session.inputNames.map((name) => [name, ownEntry(feeds, name) as ort.Tensor]),
  );
  return (await session.run(wanted))['y']?.data as Float32Array;
}

export function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

/**
 * The largest difference between the fused kernel's output `y` and the lowered graph's, which must hold no contributed operator.
 * `reference` stands in for the graph where the CPU provider lacks its kernel.
 */
export async function compare(
  graph: Graph,
  dims: readonly number[],
  mask?: bigint[],
  reference = graph,
): Promise<number> {
  const [batch = 1, time = 1] = dims;
  const long = (values: BigInt64Array) => new ort.Tensor('int64', values, [batch, time]);
  const feeds: Feeds = {
    x: new ort.Tensor('float32', wave(dims, 1), dims),
    input_ids: long(new BigInt64Array(batch * time)),
    attention_mask: long(
      mask ? BigInt64Array.from(mask) : new BigInt64Array(batch * time).fill(1n),
    ),
  };
  const lowered = lower(graph, { cache: false });
  expect(lowered.nodes.filter(({ domain }) => domain === 'com.microsoft')).toEqual([]);
  return largestDifference(await outputOf(reference, feeds), await outputOf(lowered, feeds));
}

/**
 * How far the gradient of a linear operator's sum, kept fused, is from what the sum does along three waves; relative to the largest of
 * these.
 */
export async function slopeError(graph: Graph, dims: readonly number[]): Promise<number> {
  const sumAt = async (x: Float32Array): Promise<number> => {
    const [batch = 1, time = 1] = dims;
    const none = new ort.Tensor('int64', new BigInt64Array(batch * time), [batch, time]);
    const y = await outputOf(graph, {
      x: new ort.Tensor('float32', x, dims),
      input_ids: none,
      attention_mask: none,
    });
    return y.reduce((sum, value) => sum + value, 0);
  };
  const taught = lower(graph, { cache: false, fusedProducts: true });
  const [gradient] = differentiate(taught, taught.output('y'), [taught.input('x')]);
  taught.outputs.splice(0, 1);
  taught.addOutput('y', gradient as Value);
  taught.prune();
  taught.dropUnusedInputs();
  const size = elementCount(dims);
  const nothing = new Float32Array(size);
  const slope = await outputOf(taught, { x: new ort.Tensor('float32', nothing, dims) });
  const start = await sumAt(nothing);
  let [error, largest] = [0, 0];
  for (const seed of [2, 3, 4]) {
    const x = wave(dims, seed);
    const change = (await sumAt(x)) - start;
    const expected = x.reduce((sum, value, i) => sum + value * (slope[i] ?? NaN), 0);
    error = Math.max(error, Math.abs(expected - change));
    largest = Math.max(largest, Math.abs(change));
  }
  return error / largest;
}
