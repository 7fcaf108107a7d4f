/** @file Gradients of operators that move elements about without computing. */
import { contentOf, int, ints, normalAxis, text, type Value } from '../../onnx/index.ts';
import { gatherRows } from './gather.ts';
import { cotangentOf, unbroadcast, type GradientRule } from './rule.ts';
import { slice } from './slice.ts';

const reshape: GradientRule = (input) => [
  input.b.reshapeLike(cotangentOf(input), input.node.need(0)),
];

/** Transpose: back by the inverse permutation. Without one it turns the axes round, and that again is its inverse. */
const transpose: GradientRule = (input) => {
  const { b, node } = input;
  const perm = node.ints('perm');
  const inverse = perm && { perm: ints(perm.map((_, axis) => perm.indexOf(axis))) };
  return [b.op('Transpose', [cotangentOf(input)], inverse ?? {})];
};

/** Concat: each operand gets its part of the cotangent. */
const concat: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const axis = node.int('axis', 0);
  const sizes = node.inputs.map((value) => value?.shape?.at(axis));
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
  const parts = node.outputs.map(
    (_, index) => cotangents[index] ?? b.filledLike(node.namedOut(index)),
  );
  return [b.concat(parts, node.int('axis', 0))];
};

/** Expand: the cotangent summed over the axes that were repeated. */
const expand: GradientRule = (input) => [
  unbroadcast(input.b, cotangentOf(input), input.node.need(0)),
];

/**
 * Gather. Of rows (axis 0, an embedding): the cotangents added at their rows, which may repeat. Along another axis by one
 * constant index (a selection): the cotangent at that place among zeros. Else the axis is brought to the front, where its parts are rows.
 */
const gather: GradientRule = (input) => {
  const { b, node } = input;
  const dy = cotangentOf(input);
  const data = node.need(0);
  const indices = node.need(1);
  const axis = node.int('axis', 0);
  if (axis === 0) {
    const zeros = b.filledLike(data);
    return [b.op('ScatterND', [zeros, b.unsqueeze(indices, [-1]), dy], { reduction: text('add') })];
  }
  const index = contentOf(indices)?.[0];
  const size = data.shape?.at(axis);
  if (typeof index !== 'number' || contentOf(indices)?.length !== 1 || typeof size !== 'number')
    return [gatherRows(b, { data, indices, axis, dy })];
  const rank = data.shape?.length ?? 0;
  const place = normalAxis(axis, rank);
  const chosen = Array.from({ length: size }, (_, i) => (i === normalAxis(index, size) ? 1 : 0));
  const shape = Array.from({ length: rank - place }, (_, i) => (i === 0 ? size : 1));
  const mask = b.reshape(b.cast(b.integers(chosen), dy.type ?? 'float32'), shape);
  return [b.mul(indices.shape?.length === 0 ? b.unsqueeze(dy, [place]) : dy, mask)];
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

/** Tile: each repeated axis seen as [times, size], and the cotangent summed over the times. */
const tile: GradientRule = (input) => {
  const { b, node } = input;
  const x = node.need(0);
  const times = node.need(1);
  const rank = x.shape?.length ?? times.shape?.[0];
  if (typeof rank !== 'number')
    throw new Error(`${node.label}: its gradient needs to know how many axes there are.`);
  const pairs = [b.unsqueeze(times, [1]), b.unsqueeze(b.shapeOf(x), [1])];
  const shape = b.op('Reshape', [b.concat(pairs, 1), b.integers([-1])]);
  const parts = b.op('Reshape', [cotangentOf(input), shape]);
  return [
    b.reduceSum(
      parts,
      Array.from({ length: rank }, (_, axis) => 2 * axis),
      false,
    ),
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
  Tile: tile,
  Gather: gather,
  GatherElements: gatherElements,
};
