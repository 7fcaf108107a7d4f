/** @file Gradients of operators that move elements about without computing. */
import {
  contentOf,
  int,
  normalAxis,
  rankOf,
  sizeAt,
  sliceRanges,
  text,
  type Builder,
  type Value,
} from '../../onnx/index.ts';
import { cotangentOf, unbroadcast, type GradientRule } from './rule.ts';

const reshape: GradientRule = (input) => [
  input.b.reshapeLike(cotangentOf(input), input.node.need(0)),
];

const transpose: GradientRule = (input) => {
  const { b, node } = input;
  const rank = rankOf(node.need(0));
  const perm = node.ints('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const inverse = perm.map((_, axis) => perm.indexOf(axis));
  return [b.transpose(cotangentOf(input), inverse)];
};

/** Concat: each operand gets its part of the cotangent. */
const concat: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const axis = normalAxis(node.int('axis', 0), rankOf(node.need(0)));
  const sizes = node.inputs.map((value) => value?.shape?.[axis]);
  if (sizes.every((size) => typeof size === 'number'))
    return b.node('Split', [dy, b.integers(sizes)], sizes.length, { axis: int(axis) }).outputs;
  // Sizes that are only known at run time: cut by the operands' own shapes.
  let start: Value = b.integers([0]);
  return node.inputs.map((_, index) => {
    const value = node.need(index);
    const size = b.op('Gather', [b.op('Shape', [value]), b.integers([axis])]);
    const end = b.op('Add', [start, size]);
    const part = wanted[index] ? b.op('Slice', [dy, start, end, b.integers([axis])]) : null;
    start = end;
    return part;
  });
};

/** Split: the parts' cotangents side by side, zeros where none arrived. */
const split: GradientRule = ({ b, node, cotangents }) => {
  const axis = normalAxis(node.int('axis', 0), rankOf(node.need(0)));
  const parts = node.outputs.map((output, index) => {
    if (!output) throw new Error(`${node.label}: an unnamed output leaves its gradient unknown.`);
    return cotangents[index] ?? b.filledLike(output);
  });
  return [b.concat(parts, axis)];
};

/** Slice: the cotangent at its place among zeros. */
const slice: GradientRule = (input) => {
  const { b, node } = input;
  const x = node.need(0);
  const ranges = sliceRanges(node);
  if (!ranges || ranges.some(({ step }) => step !== 1))
    throw new Error(`${node.label}: the gradient of a Slice needs constant bounds and step 1.`);
  let result = cotangentOf(input);
  for (const { axis, start, end } of ranges) {
    const parts: Value[] = [result];
    if (start !== 0) parts.unshift(zerosLikePart(b, x, result, axis, 0, start));
    const size = x.shape?.[axis];
    const reachesEnd = end >= 2 ** 31 - 1 || (typeof size === 'number' && end >= size);
    if (!reachesEnd) parts.push(zerosLikePart(b, x, result, axis, end, 2 ** 31 - 1));
    result = b.concat(parts, axis);
  }
  return [result];
};

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
  const rank = rankOf(x);
  const parts = [
    ...(axis > 0 ? [b.slice(shape, 0, 0, axis)] : []),
    length,
    ...(axis < rank - 1 ? [b.slice(shape, 0, axis + 1, rank)] : []),
  ];
  return b.op('Expand', [b.scalar(0, like.type), b.concat(parts, 0)]);
}

/** Expand: the cotangent summed over the axes that were repeated. */
const expand: GradientRule = (input) => [
  unbroadcast(input.b, cotangentOf(input), input.node.need(0)),
];

/**
 * Gather. Of rows (axis 0, an embedding): the cotangents added at their rows, which may repeat. Along another axis by one
 * constant index (a selection): the cotangent at that place among zeros.
 */
const gather: GradientRule = (input) => {
  const { b, node } = input;
  const dy = cotangentOf(input);
  const data = node.need(0);
  const indices = node.need(1);
  const rank = rankOf(data);
  const axis = normalAxis(node.int('axis', 0), rank);
  if (axis === 0) {
    const zeros = b.filledLike(data);
    return [b.op('ScatterND', [zeros, b.unsqueeze(indices, [-1]), dy], { reduction: text('add') })];
  }
  const index = contentOf(indices)?.[0];
  if (typeof index !== 'number' || (contentOf(indices)?.length ?? 0) !== 1)
    throw new Error(
      `${node.label}: the gradient of a Gather along axis ${axis} needs one constant index.`,
    );
  const size = sizeAt(data, axis);
  const chosen = Array.from({ length: size }, (_, i) => (i === normalAxis(index, size) ? 1 : 0));
  const shape = Array.from({ length: rank - axis }, (_, i) => (i === 0 ? size : 1));
  const mask = b.reshape(b.cast(b.integers(chosen), dy.type ?? 'float32'), shape);
  return [b.mul(rankOf(indices) === 0 ? b.unsqueeze(dy, [axis]) : dy, mask)];
};

/** GatherElements: the cotangents added at the places they came from. */
const gatherElements: GradientRule = (input) => {
  const { b, node } = input;
  const data = node.need(0);
  return [
    b.op('ScatterElements', [b.filledLike(data), node.need(1), cotangentOf(input)], {
      axis: int(node.int('axis', 0)),
      reduction: text('add'),
    }),
  ];
};

export const shapeRules: Record<string, GradientRule> = {
  Reshape: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Flatten: reshape,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Expand: expand,
  Gather: gather,
  GatherElements: gatherElements,
};
