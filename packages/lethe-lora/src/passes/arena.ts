/** @file One flat float32 vector that holds many parameters, so that a step has three state tensors and not hundreds. */
import { elementCount, type Builder, type Value } from '../onnx/index.ts';
import { splitInto } from './split.ts';

/** One parameter's place in the arena, in elements. */
export interface ArenaSlice {
  readonly name: string;
  readonly dims: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** The name of the graph input that holds everything trainable, float32 [P]. */
export const adapterInput = 'adapter';

/** Lays parameters out one after the other. */
export function layoutArena(
  parameters: readonly { name: string; dims: readonly number[] }[],
): ArenaSlice[] {
  let offset = 0;
  return parameters.map(({ name, dims }) => {
    const length = elementCount(dims);
    const slice = { name, dims: [...dims], offset, length };
    offset += length;
    return slice;
  });
}

/** Elements in the whole arena. */
export function arenaLength(layout: readonly ArenaSlice[]): number {
  const last = layout[layout.length - 1];
  return last ? last.offset + last.length : 0;
}

/** The parameter that lies at `slice` of the flat value `arena` [P], in its own shape. */
export function readArena(b: Builder, arena: Value, slice: ArenaSlice): Value {
  const flat = b.slice(arena, 0, slice.offset, slice.offset + slice.length);
  return slice.dims.length === 1 ? flat : b.reshape(flat, slice.dims);
}

/**
 * All parameters of the flat value `arena` [P] at once, in the layout's order and their own shapes. The arena is cut as rows of as many
 * numbers as the narrowest parameter has columns, so that the parameters of that width need no further move.
 */
export function readWhole(b: Builder, arena: Value, layout: readonly ArenaSlice[]): Value[] {
  const width = commonWidth(layout.map(({ dims }) => dims));
  const rows = width === 1 ? arena : b.reshape(arena, [-1, width]);
  const lengths = layout.map(({ length }) => length / width);
  return splitInto(b, rows, lengths, 0).map((part, index) => {
    const { dims } = layout[index] as ArenaSlice;
    return sameDims(part, dims) ? part : b.reshape(part, dims);
  });
}

/** Per-parameter values (gradients) as one flat vector [P], in the layout's order. */
export function writeArena(b: Builder, values: readonly Value[]): Value {
  const shapes = values.map(({ shape }) => shape ?? []);
  const areKnown = shapes.every((shape) => shape.every((dim) => typeof dim === 'number'));
  const width = areKnown ? commonWidth(shapes as readonly (readonly number[])[]) : 1;
  const row = width === 1 ? [-1] : [-1, width];
  const parts = values.map((value) =>
    value.shape?.length === row.length && (width === 1 || value.shape[1] === width)
      ? value
      : b.reshape(value, row),
  );
  const rows = b.concat(parts, 0);
  return width === 1 ? rows : b.reshape(rows, [-1]);
}

/** The narrowest parameter's number of columns where every parameter is so many rows of it, else 1. */
function commonWidth(shapes: readonly (readonly number[])[]): number {
  const narrowest = Math.min(...shapes.map((dims) => (dims.length === 2 ? (dims[1] ?? 1) : 1)));
  const fits = shapes.every((dims) => elementCount(dims) % narrowest === 0);
  return fits && Number.isFinite(narrowest) ? Math.max(1, narrowest) : 1;
}

function sameDims({ shape }: Value, dims: readonly number[]): boolean {
  return shape?.length === dims.length && dims.every((size, axis) => size === shape[axis]);
}
