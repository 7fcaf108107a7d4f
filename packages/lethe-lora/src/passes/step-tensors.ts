/** @file For tests: tensors that a step is fed. */
import * as ort from 'onnxruntime-node';

/** Numbers of any shape. */
export const float = (values: ArrayLike<number>, dims: readonly number[]): ort.Tensor =>
  new ort.Tensor('float32', Float32Array.from(values), dims);
/** Rows of integers, [rows, columns]. */
export const long = (rows: readonly (readonly number[])[]): ort.Tensor =>
  new ort.Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [
    rows.length,
    rows[0]?.length ?? 0,
  ]);
/** Numbers of about 0.1 that look random, the same for the same seed. */
export const noise = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => 0.1 * Math.sin(seed + i * (1.7 + seed / 7)));
