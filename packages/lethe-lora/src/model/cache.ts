/** @file The cache of a decoder: which inputs begin it empty, and which outputs hand it on. */
import { ownEntry } from '../own-entry.ts';
import type { DataType, Graph, Value } from '../onnx/index.ts';
import { cacheAxes, presentOf, type CacheAxes } from '../passes/index.ts';
import { zeros, type Backend, type Tensor } from '../runtime/index.ts';

/** One input of the cache, and the output that is its next value. */
export interface CacheInput {
  name: string;
  present: string;
  type: DataType;
  /** Sizes before the first token for so many rows: a growing one is 0, a state of fixed size holds zeros. */
  dims: (rows: number) => number[];
}

/** What a model's configuration tells of its attention; undefined where it says nothing. */
export interface HeadSizes {
  heads?: number | undefined;
  size?: number | undefined;
}

/**
 * The cache inputs of a decode graph, or of a file as it was read. Keys and values are [B, heads, T, size], in older files also in other
 * orders; states of convolutions and recurrences are [B, ...] in fixed sizes. Throws where a size is stated nowhere.
 */
export function cacheInputs(graph: Graph, told: HeadSizes = {}): CacheInput[] {
  return [...cacheAxes(graph)].map(([past, axes]) => {
    const sizes = sizesOf(past, axes, told);
    return {
      name: past.name,
      present: presentOf(past.name),
      type: past.type ?? 'float32',
      dims: (rows) => sizes.map((size) => (typeof size === 'number' ? size : rows * size.perRow)),
    };
  });
}

/** The cache of so many rows before their first token. */
export function emptyCache(
  backend: Backend,
  cache: readonly CacheInput[],
  rows: number,
): Record<string, Tensor> {
  return Object.fromEntries(
    cache.map(({ name, type, dims }) => [name, zeros(backend, type, dims(rows))]),
  );
}

/** The next run's cache out of a run's outputs. */
export function nextCache(
  cache: readonly CacheInput[],
  outputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    cache.flatMap(({ name, present }) => {
      const tensor = ownEntry(outputs, present);
      return tensor ? [[name, tensor]] : [];
    }),
  );
}

/** Whether rows of a cache can be repeated here: it lies in JavaScript's memory, row by row. */
export function mayRepeat({ choice }: Backend, cache: readonly CacheInput[]): boolean {
  return (
    choice.device !== 'webgpu' &&
    cache.length > 0 &&
    cache.every(({ dims }) => {
      const [one, two] = [dims(1), dims(2)];
      return one.every((size, axis) => (axis === 0 ? two[0] === 2 * size : two[axis] === size));
    })
  );
}

/** The cache of chosen rows, each as often as it is named. Needs `mayRepeat`. */
export function repeated(
  { ort }: Backend,
  cache: readonly CacheInput[],
  past: Readonly<Record<string, Tensor>>,
  rows: readonly number[],
): Record<string, Tensor> {
  return Object.fromEntries(
    cache.map(({ name, type, dims }) => {
      const tensor = ownEntry(past, name);
      if (!tensor) throw new Error(`The cache "${name}" was given up.`);
      const [perRow = 1] = dims(1);
      const [all = 1, ...sizes] = tensor.dims;
      const own = tensor.data as Float32Array;
      const length = (own.length / all) * perRow;
      const data = new (own.constructor as Float32ArrayConstructor)(length * rows.length);
      rows.forEach((row, place) => {
        data.set(own.subarray(row * length, (row + 1) * length), place * length);
      });
      const now = [perRow * rows.length, ...sizes];
      return [name, new ort.Tensor(type as 'float32', data, now)];
    }),
  );
}

/**
 * The caches of several rows, one behind the other; where they hold fewer tokens than others zeros stand before these. Needs `mayRepeat`.
 */
export function joined(
  { ort }: Backend,
  cache: readonly CacheInput[],
  pasts: readonly Readonly<Record<string, Tensor>>[],
): Record<string, Tensor> {
  return Object.fromEntries(
    cache.map(({ name, type, dims }) => {
      const parts = pasts
        .map((past) => ownEntry(past, name))
        .filter((tensor) => tensor !== undefined);
      const sizes = parts[0]?.dims ?? [];
      const axis = dims(1).indexOf(0);
      const time = Math.max(...parts.map((tensor) => (axis < 0 ? 1 : (tensor.dims[axis] ?? 0))));
      const rows = parts.reduce((sum, tensor) => sum + (tensor.dims[0] ?? 0), 0);
      const inner = axis < 0 ? 1 : product(sizes.slice(axis + 1));
      const now = sizes.map((size, at) => (at === 0 ? rows : at === axis ? time : size));
      const Numbers = (parts[0]?.data as Float32Array).constructor as Float32ArrayConstructor;
      const data = new Numbers(product(now));
      let at = 0;
      for (const tensor of parts) {
        const own = tensor.data as Float32Array;
        const length = axis < 0 ? own.length : (tensor.dims[axis] ?? 0) * inner;
        const room = axis < 0 ? own.length : time * inner;
        for (let from = 0; from < own.length; from += length, at += room)
          data.set(own.subarray(from, from + length), at + room - length);
      }
      return [name, new ort.Tensor(type as 'float32', data, now)];
    }),
  );
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

export function release(tensors: Readonly<Record<string, Tensor>>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

function sizesOf(
  { name, shape }: Value,
  axes: CacheAxes,
  told: HeadSizes,
): (number | { perRow: number })[] {
  return axes.map((size, axis) => {
    if (typeof size === 'number') return size;
    if (size === 'time') return 0;
    // Heads side by side with the rows, as BLOOM's were once.
    if (size === 'batch')
      return { perRow: /head/i.test(String(shape?.[axis])) ? (told.heads ?? 1) : 1 };
    const known = axes.length === 4 ? (axis === 1 ? told.heads : told.size) : undefined;
    if (known === undefined)
      throw new Error(`The size of the cache "${name}" along axis ${axis} is not stated.`);
    return known;
  });
}
