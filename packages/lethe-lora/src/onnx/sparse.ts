/** @file Sparse constants, written out with their zeros. */
import type { SparseTensorProto } from 'onnx-buf';
import { byteLength, elementCount, tensorNumbers, type Tensor } from './tensor.ts';

/**
 * The whole tensor of which a file has the entries `values` [N] alone, at `indices`: int64 [N] counted flat, or [N, rank]. Throws for
 * elements of less than a byte, and for places that lie outside.
 */
export function dense({ dims }: SparseTensorProto, values: Tensor, indices: Tensor): Tensor {
  const shape = dims.map(Number);
  const count = elementCount(shape);
  const { type } = values;
  const size = byteLength(type, 2) / 2;
  if (!Number.isInteger(size) || size === 0)
    throw new Error(`A sparse constant of ${type} cannot be read.`);
  const bytes = new Uint8Array(byteLength(type, count));
  const places = tensorNumbers(indices);
  const width = indices.dims.length > 1 ? (indices.dims[1] ?? 1) : 1;
  for (let entry = 0; entry * width < places.length; entry++) {
    const place = places.slice(entry * width, (entry + 1) * width);
    const flat =
      width === 1
        ? (place[0] ?? 0)
        : place.reduce((sum, at, axis) => sum * (shape[axis] ?? 1) + at);
    if (flat < 0 || flat >= count)
      throw new Error(`A sparse constant of [${shape.join(', ')}] has an entry outside of it.`);
    bytes.set(values.bytes.subarray(entry * size, (entry + 1) * size), flat * size);
  }
  return { type, dims: shape, bytes };
}
