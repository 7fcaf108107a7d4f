/** @file ONNX Runtime in Node, as the recipe uses it. */
import * as ort from 'onnxruntime-node';
import { elementCount, writeModel, type Graph } from '../../packages/lethe-lora/src/onnx/index.ts';

export type Feeds = Readonly<Record<string, ort.Tensor>>;
export type Session = ort.InferenceSession;

export function float32(values: Float32Array, dims: readonly number[]): ort.Tensor {
  if (values.length !== elementCount(dims)) throw new Error('Values and dimensions do not agree.');
  return new ort.Tensor('float32', values, dims);
}

export function int64(values: BigInt64Array, dims: readonly number[]): ort.Tensor {
  return new ort.Tensor('int64', values, dims);
}

export function scalar(value: number): ort.Tensor {
  return float32(Float32Array.of(value), []);
}

/** A session on the processor or, with `webgpu`, on the GPU that Vulkan finds. */
export function open(graph: Graph, device: 'cpu' | 'webgpu', threads: number): Promise<Session> {
  return ort.InferenceSession.create(writeModel(graph), {
    executionProviders: [device],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  });
}
