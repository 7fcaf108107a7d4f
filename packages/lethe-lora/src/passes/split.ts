/** @file Splits a value into any number of parts: a WebGPU shader binds few buffers, so that one Split has few outputs. */
import { int, type Builder, type Value } from '../onnx/index.ts';

/** WebGPU promises eight storage buffers a shader; one of them is what is split. */
const most = 7;

/** Parts of the given lengths along an axis, in order. Many parts are split from parts of parts. */
export function splitInto(
  b: Builder,
  value: Value,
  lengths: readonly number[],
  axis: number,
): Value[] {
  if (lengths.length <= 1) return lengths.map(() => value);
  if (lengths.length <= most) return split(b, value, lengths, axis);
  const each = most ** Math.ceil(Math.log(lengths.length) / Math.log(most) - 1 - 1e-9);
  const groups: number[][] = [];
  for (let start = 0; start < lengths.length; start += each)
    groups.push(lengths.slice(start, start + each));
  const sums = groups.map((group) => group.reduce((sum, length) => sum + length, 0));
  return split(b, value, sums, axis).flatMap((part, index) =>
    splitInto(b, part, groups[index] ?? [], axis),
  );
}

function split(b: Builder, value: Value, lengths: readonly number[], axis: number): Value[] {
  const node = b.node('Split', [value, b.integers(lengths)], lengths.length, { axis: int(axis) });
  return lengths.map((_, index) => node.out(index));
}
