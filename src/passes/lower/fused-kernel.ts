/** @file For tests: a model of one fused operator, run by ONNX Runtime's own kernel and lowered, on the same random numbers. */
import * as ort from 'onnxruntime-node';
import { expect } from 'vitest';
import { Builder, elementCount, Graph, writeModel, type Value } from '../../onnx/index.ts';
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
    session.inputNames.map((name) => [name, feeds[name] as ort.Tensor]),
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
