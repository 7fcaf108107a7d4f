/** @file What a gradient rule is given and gives. */
import { int, isNeverRepeated, type Builder, type Node, type Value } from '../../onnx/index.ts';

export interface RuleInput {
  b: Builder;
  node: Node;
  /** The cotangent of each output; null where none arrives. */
  cotangents: readonly (Value | null)[];
  /** Which inputs need a cotangent; a rule need not compute others. */
  wanted: readonly boolean[];
}

/** From the outputs' cotangents to the inputs', one an input; null or missing: none. */
export type GradientRule = (input: RuleInput) => readonly (Value | null | undefined)[];

/** The only cotangent of a node with one output. */
export function cotangentOf(input: RuleInput): Value {
  const cotangent = input.cotangents[0];
  if (!cotangent) throw new Error(`${input.node.label}: no cotangent arrived at its first output.`);
  return cotangent;
}

/**
 * Sums a cotangent over the axes along which `target` was broadcast, so that it has `target`'s shape. Where the sizes leave it open which
 * axes these are, the graph finds out when it runs.
 */
export function unbroadcast(b: Builder, cotangent: Value, target: Value): Value {
  const from = cotangent.shape;
  const to = target.shape;
  if (!from || !to) return unbroadcastAtRun(b, cotangent, target);
  const extra = from.length - to.length;
  const isOpen = to.some((size, i) => size !== 1 && !isNeverRepeated(size, from[i + extra] ?? 1));
  if (extra < 0 || isOpen) return unbroadcastAtRun(b, cotangent, target);
  const axes = from.flatMap((dim, axis) =>
    axis < extra || (to[axis - extra] === 1 && dim !== 1) ? [axis] : [],
  );
  const summed = axes.length === 0 ? cotangent : b.reduceSum(cotangent, axes, extra === 0);
  if (extra === 0) return summed;
  summed.shape = from.filter((_, axis) => !axes.includes(axis));
  const result = b.reshapeLike(summed, target);
  result.shape = to;
  return result;
}

/** The same with the axes computed in the graph: those that `target` lacks, and those along which it alone has size 1. */
function unbroadcastAtRun(b: Builder, cotangent: Value, target: Value): Value {
  const [from, to] = [b.op('Shape', [cotangent]), b.op('Shape', [target])];
  const lacking = b.op('Sub', [b.op('Shape', [from]), b.op('Shape', [to])]);
  const ones = b.op('Expand', [b.integers([1]), lacking]);
  const one = b.scalar(1, 'int64');
  const isOne = b.op('Equal', [b.concat([ones, to], 0), one]);
  const isRepeated = b.op('And', [isOne, b.op('Not', [b.op('Equal', [from, one])])]);
  const axes = b.op('Reshape', [b.op('NonZero', [isRepeated]), b.integers([-1])]);
  const summed = b.op('ReduceSum', [cotangent, axes], {
    keepdims: int(1),
    noop_with_empty_axes: int(1),
  });
  const result = b.reshapeTo(summed, to);
  if (target.shape) result.shape = target.shape;
  return result;
}

/** The cotangent repeated over a larger shape, where a sum had taken it together. */
export function spreadLike(b: Builder, cotangent: Value, like: Value): Value {
  const result = b.op('Expand', [cotangent, b.shapeOf(like)]);
  if (like.shape) result.shape = like.shape;
  return result;
}
