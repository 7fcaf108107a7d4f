/** @file One flat float32 vector that holds many parameters, so that a step has three state tensors and not hundreds. */
import { elementCount, type Builder, type Value } from '../onnx/index.ts';

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

/** Per-parameter values (gradients) as one flat vector [P], in the layout's order. */
export function writeArena(b: Builder, values: readonly Value[]): Value {
  return b.concat(
    values.map((value) => (value.shape?.length === 1 ? value : b.reshape(value, [-1]))),
    0,
  );
}
