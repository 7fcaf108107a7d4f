/** @file Makes the runtime's tensors from plain arrays. */
import type { Backend, Tensor } from './backend.ts';

export function float32({ ort }: Backend, values: Float32Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('float32', values, dims);
}

export function int64({ ort }: Backend, values: BigInt64Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('int64', values, dims);
}

export function scalar(backend: Backend, value: number): Tensor {
  return float32(backend, Float32Array.of(value), []);
}

/** Rows of integers of equal length as one int64 tensor [rows, columns]. */
export function int64Rows(backend: Backend, rows: readonly (readonly number[])[]): Tensor {
  const columns = rows[0]?.length ?? 0;
  const values = new BigInt64Array(rows.length * columns);
  rows.forEach((row, r) => row.forEach((value, c) => (values[r * columns + c] = BigInt(value))));
  return int64(backend, values, [rows.length, columns]);
}
