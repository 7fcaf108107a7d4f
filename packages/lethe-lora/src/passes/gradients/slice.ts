/** @file The gradient of a Slice: the cotangent at its places among zeros. */
import {
  int,
  sliceRanges,
  type Builder,
  type Node,
  type SliceRange,
  type Value,
} from '../../onnx/index.ts';
import { cotangentOf, type GradientRule } from './rule.ts';

/** By the bounds that are known; a bound that is computed, and a step other than one, are followed when the graph runs. */
export const slice: GradientRule = (input) => {
  const { b, node } = input;
  const dy = cotangentOf(input);
  const ranges = sliceRanges(node);
  const isPlain = ranges?.every(
    ({ start, end, step }) => step === 1 && typeof start === 'number' && typeof end === 'number',
  );
  if (ranges && isPlain)
    return [ranges.reduce((sum, range) => amongZeros(b, node.need(0), sum, range), dy)];
  return [atPlaces(b, node, dy, ranges)];
};

/** Zeros before and behind along one axis, for bounds that are numbers. */
function amongZeros(b: Builder, x: Value, dy: Value, { axis, start, end }: SliceRange): Value {
  const parts: Value[] = [dy];
  if (start !== 0) parts.unshift(zerosLikePart(b, x, dy, axis, 0, Number(start)));
  const size = x.shape?.[axis];
  const reachesEnd =
    Number(end) >= 2 ** 31 - 1 || (typeof size === 'number' && Number(end) >= size);
  if (!reachesEnd) parts.push(zerosLikePart(b, x, dy, axis, Number(end), 2 ** 31 - 1));
  return b.concat(parts, axis);
}

/** Zeros in the shape of `x[start:end]` along `axis`, and of `like` along the other axes. */
function zerosLikePart(
  b: Builder,
  x: Value,
  like: Value,
  axis: number,
  start: number,
  end: number,
): Value {
  const length = b.op('Gather', [
    b.op('Shape', [b.slice(x, axis, start, end)]),
    b.integers([axis]),
  ]);
  const shape = b.op('Shape', [like]);
  const rank = x.shape?.length ?? 0;
  const parts = [
    ...(axis > 0 ? [b.slice(shape, 0, 0, axis)] : []),
    length,
    ...(axis < rank - 1 ? [b.slice(shape, 0, axis + 1, rank)] : []),
  ];
  return b.op('Expand', [b.scalar(0, like.type), b.concat(parts, 0)]);
}

/**
 * For any bounds and steps: every place of x is numbered, the same Slice is taken of the numbers, and the cotangents are put where their
 * numbers say.
 */
function atPlaces(b: Builder, node: Node, dy: Value, ranges: SliceRange[] | undefined): Value {
  const x = node.need(0);
  const [only] = ranges ?? [];
  // Along one axis alone its numbers, which all rows share, are few.
  if (only && ranges?.length === 1) return alongAxis(b, node, dy, only);
  const flat = b.integers([-1]);
  const count = b.op('Squeeze', [b.op('Reshape', [b.op('Size', [x]), flat])]);
  const numbers = b.op('Range', [b.scalar(0, 'int64'), count, b.scalar(1, 'int64')]);
  const numbered = b.op('Reshape', [numbers, b.shapeOf(x)]);
  const taken = b.op('Slice', [numbered, ...node.inputs.slice(1)], node.attributes);
  const zeros = b.op('Reshape', [b.filledLike(x), flat]);
  const scattered = b.op('ScatterElements', [
    zeros,
    b.op('Reshape', [taken, flat]),
    b.op('Reshape', [dy, flat]),
  ]);
  return b.reshapeLike(scattered, x);
}

function alongAxis(b: Builder, node: Node, dy: Value, range: SliceRange): Value {
  const { axis, step } = range;
  const x = node.need(0);
  const rank = x.shape?.length ?? 0;
  const size = x.shape?.[axis];
  const aligned = (value: Value): Value =>
    b.reshape(
      value,
      Array.from({ length: rank }, (_, i) => (i === axis ? -1 : 1)),
    );
  /** Zeros before and behind along one axis of a rank: sizes int64 [1]. */
  const padded = (value: Value, of: number, at: number, before: Value, after: Value): Value => {
    const around = (own: Value): Value[] => [
      ...(at > 0 ? [b.integers(Array<number>(at).fill(0))] : []),
      own,
      ...(at < of - 1 ? [b.integers(Array<number>(of - 1 - at).fill(0))] : []),
    ];
    const pads = b.concat([...around(before), ...around(after)], 0);
    return b.op('Pad', [value, pads, b.scalar(0, value.type)]);
  };
  const start = Number(range.start);
  const isEvery = typeof size === 'number' && size % step === 0 && start >= 0 && start < step;
  if (step > 1 && isEvery && Number(range.end) >= size) {
    // Each element stands in a group of `step` at the same place.
    const [before, after] = [start, step - 1 - start].map((zeros) => b.integers([zeros]));
    const groups = b.unsqueeze(dy, [axis + 1]);
    return b.reshapeLike(padded(groups, rank + 1, axis + 1, before as Value, after as Value), x);
  }
  const length = b.op('Gather', [b.shapeOf(x), b.integers([axis])]);
  const numbers = b.op('Range', [
    b.scalar(0, 'int64'),
    b.op('Squeeze', [length]),
    b.scalar(1, 'int64'),
  ]);
  const first = b.integers([0]);
  const [from, to] = [node.need(1), node.need(2)];
  const places = b.op('Slice', [numbers, from, to, first, b.integers([step])]);
  if (step === 1) {
    const before = b.op('Shape', [b.op('Slice', [numbers, first, from, first])]);
    const taken = b.op('Add', [before, b.op('Shape', [places])]);
    return padded(dy, rank, axis, before, b.op('Sub', [length, taken]));
  }
  const indices = b.op('Expand', [aligned(places), b.op('Shape', [dy])]);
  return b.op('ScatterElements', [b.filledLike(x), indices, dy], { axis: int(axis) });
}
