/** @file What small whole-number tensors hold, in sizes: as they are asked for by rules and passes. */
import type { Dim } from './dims.ts';
import type { Value } from './graph.ts';
import { elementCount, tensorNumbers, type DataType } from './tensor.ts';

/** Most elements of a tensor whose content is followed. */
export const longestContent = 4096;

/** Numbers in rows and columns: flat, the last axis fastest. */
export interface Block {
  dims: readonly number[];
  items: readonly Dim[];
}

/** Whether a tensor of this type may hold sizes, or whether something is so of sizes (1 for true). */
export function isWholeType(type: DataType | undefined): boolean {
  return type === 'int64' || type === 'int32' || type === 'bool';
}

/** What a small whole-number tensor holds, flat: of a constant its numbers, else what was worked out. */
export function contentOf(value: Value | null): readonly Dim[] | undefined {
  if (!value) return undefined;
  if (!value.content && value.tensor && isWholeType(value.tensor.type)) {
    if (elementCount(value.tensor.dims) <= longestContent)
      value.content = tensorNumbers(value.tensor);
  }
  return value.content;
}

/** The same with its shape; undefined where either is not known. */
export function blockOf(value: Value | null): Block | undefined {
  const items = contentOf(value);
  const shape = value?.shape;
  if (!items || !shape?.every((dim) => typeof dim === 'number')) return undefined;
  const dims = shape as readonly number[];
  return elementCount(dims) === items.length ? { dims, items } : undefined;
}

/** A small whole-number tensor's numbers where all are known. */
export function numbersOf(value: Value | null): number[] | undefined {
  const content = contentOf(value);
  return content?.every((dim) => typeof dim === 'number') ? (content as number[]) : undefined;
}

/** An axis counted from the front. */
export function normalAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The steps between neighbours along each axis of a flat block. */
export function strides(dims: readonly number[]): number[] {
  const steps = dims.map(() => 1);
  for (let axis = dims.length - 2; axis >= 0; axis--)
    steps[axis] = (steps[axis + 1] ?? 1) * (dims[axis + 1] ?? 1);
  return steps;
}

/** A block of the given dims whose item at each place is what `item` gives for the place's indices. */
export function blockFrom<T extends Dim | undefined>(
  dims: readonly number[],
  item: (at: readonly number[]) => T,
): { dims: readonly number[]; items: T[] } {
  const steps = strides(dims);
  const items = Array.from({ length: elementCount(dims) }, (_, flat) =>
    item(dims.map((size, axis) => Math.floor(flat / (steps[axis] ?? 1)) % size)),
  );
  return { dims, items };
}

/** The item of a block at a place, whose shorter or repeated axes are broadcast. */
export function itemAt({ dims, items }: Block, at: readonly number[]): Dim | undefined {
  const steps = strides(dims);
  const lead = at.length - dims.length;
  return items[
    dims.reduce(
      (flat, size, axis) => flat + (size === 1 ? 0 : (at[lead + axis] ?? 0)) * (steps[axis] ?? 1),
      0,
    )
  ];
}
