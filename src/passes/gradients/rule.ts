/** @file What a gradient rule is given and gives. */
import { sameShape, type Builder, type Node, type Value } from '../../onnx/index.ts';

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
 * Sums a cotangent over the axes along which `target` was broadcast, so that it has `target`'s shape.
 * Throws when a symbolic size leaves it open whether an axis was broadcast.
 */
export function unbroadcast(b: Builder, cotangent: Value, target: Value): Value {
  const from = cotangent.shape;
  const to = target.shape;
  if (!from || !to)
    throw new Error(
      `The shape of "${(from ? target : cotangent).name}" is needed for its gradient.`,
    );
  if (sameShape(from, to)) return cotangent;
  const extra = from.length - to.length;
  const axes: number[] = [];
  from.forEach((dim, axis) => {
    const size = axis < extra ? 1 : to[axis - extra];
    if (axis < extra || (size === 1 && dim !== 1)) axes.push(axis);
    else if (
      size !== dim &&
      typeof size === 'string' &&
      typeof dim === 'string' &&
      !dim.startsWith('?')
    )
      throw new Error(
        `Cannot tell whether "${target.name}" [${to.join(', ')}] was broadcast to [${from.join(', ')}].`,
      );
  });
  const summed = axes.length === 0 ? cotangent : b.reduceSum(cotangent, axes, extra === 0);
  if (extra === 0) return summed;
  summed.shape = from.filter((_, axis) => !axes.includes(axis));
  const result = b.reshapeLike(summed, target);
  result.shape = to;
  return result;
}
