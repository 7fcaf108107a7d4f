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
