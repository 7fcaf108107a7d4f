/** @file The cache of a decoder: which inputs begin it empty, and which outputs hand it on. */
import type { DataType, Dim, Graph, Value } from '../onnx/index.ts';
import { isPast, presentOf } from '../passes/index.ts';
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
  return graph.inputs.filter(isPast).map((past) => {
    const present = presentOf(past.name);
    const output = graph.outputs.find(({ name }) => name === present);
    const sizes = sizesOf(past, output, told);
    return {
      name: past.name,
      present,
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
      const tensor = outputs[present];
      return tensor ? [[name, tensor]] : [];
    }),
  );
}

export function release(tensors: Readonly<Record<string, Tensor>>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

function sizesOf(
  { name, shape }: Value,
  present: Value | undefined,
  told: HeadSizes,
): (number | { perRow: number })[] {
  if (!shape) throw new Error(`The shape of the cache "${name}" is not stated in the model.`);
  const growing = growingAxis(shape, present?.shape);
  return shape.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    if (axis === growing) return 0;
    // A size that the file leaves open is that of what comes out.
    const out = present?.shape?.[axis];
    // Heads side by side with the rows, as BLOOM's were once.
    if (axis === 0) return { perRow: /head/i.test(dim) ? (told.heads ?? 1) : 1 };
    if (typeof out === 'number') return out;
    const known = shape.length === 4 ? (axis === 1 ? told.heads : told.size) : undefined;
    if (known === undefined)
      throw new Error(`The size of the cache "${name}" along axis ${axis} is not stated.`);
    return known;
  });
}

/** The axis along which tokens are added: where what comes out is longer, or what names itself a length. */
function growingAxis(past: readonly Dim[], present: readonly Dim[] | undefined): number {
  const open = past.flatMap((dim, axis) => (typeof dim === 'string' && axis > 0 ? [axis] : []));
  const longer = open.filter(
    (axis) => typeof present?.[axis] === 'string' && present[axis] !== past[axis],
  );
  if (longer.length === 1) return longer[0] as number;
  const named = open.filter((axis) => /seq|length|past|total|time/i.test(String(past[axis])));
  if (named.length > 0) return named[0] as number;
  return past.length === 4 && open.includes(2) ? 2 : -1;
}
