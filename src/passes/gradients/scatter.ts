/** @file Gradients of operators that pick elements by indices, and of those that put elements at indices. */
import {
  contentOf,
  int,
  normalAxis,
  text,
  type Attributes,
  type Builder,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import { cotangentOf, type GradientRule } from './rule.ts';

const adding: Attributes = { reduction: text('add') };

/** Sizes [from, to) of a shape that is a tensor, multiplied: int64 [1]. */
function product(b: Builder, shape: Value, from: number, to: number): Value {
  // The leading one makes the product of no sizes 1 on every provider.
  const sizes = b.concat([b.integers([1]), b.slice(shape, 0, from, to)], 0);
  return b.op('ReduceProd', [sizes], { keepdims: int(1) });
}

const last = 2 ** 31 - 1;

/**
 * Gather along an axis: the cotangents added at the places that they came from, which may repeat. One constant index selects: there
 * the cotangent stands among zeros by a product with a mask, which every provider has.
 */
const gather: GradientRule = (input) => {
  const { b, node } = input;
  const dy = cotangentOf(input);
  const data = node.need(0);
  const indices = node.need(1);
  const given = node.int('axis', 0);
  const axis = data.shape ? normalAxis(given, data.shape.length) : given;
  if (axis === 0)
    return [b.op('ScatterND', [b.filledLike(data), b.unsqueeze(indices, [-1]), dy], adding)];
  const selected = selection(b, data, indices, dy, axis);
  if (selected) return [selected];
  // Seen as [before, size, after], with the axis moved to the front.
  const shape = b.shapeOf(data);
  const before = product(b, shape, 0, axis);
  const after = axis === -1 ? b.integers([1]) : product(b, shape, axis + 1, last);
  const size = b.slice(shape, 0, axis, axis === -1 ? last : axis + 1);
  const open = b.integers([-1]);
  const parts = b.op('Reshape', [dy, b.concat([before, open, after], 0)]);
  const zeros = b.op('Expand', [b.scalar(0, dy.type), b.concat([size, before, after], 0)]);
  const rows = b.op('Reshape', [indices, b.integers([-1, 1])]);
  const added = b.op('ScatterND', [zeros, rows, b.transpose(parts, [1, 0, 2])], adding);
  return [b.op('Reshape', [b.transpose(added, [1, 0, 2]), shape])];
};

/** The gradient of a Gather by one constant index along an axis of a known size; undefined for others. */
function selection(
  b: Builder,
  data: Value,
  indices: Value,
  dy: Value,
  axis: number,
): Value | undefined {
  const content = contentOf(indices);
  const size = data.shape?.[axis];
  const index = content?.[0];
  if (content?.length !== 1 || typeof index !== 'number' || typeof size !== 'number')
    return undefined;
  if (!data.shape || !indices.shape || indices.shape.length > 1) return undefined;
  const chosen = Array.from({ length: size }, (_, i) => (i === normalAxis(index, size) ? 1 : 0));
  const shape = Array.from({ length: data.shape.length - axis }, (_, i) => (i === 0 ? size : 1));
  const mask = b.reshape(b.cast(b.integers(chosen), dy.type ?? 'float32'), shape);
  return b.mul(indices.shape.length === 0 ? b.unsqueeze(dy, [axis]) : dy, mask);
}

/** GatherElements: the cotangents added at the places that they came from. */
const gatherElements: GradientRule = (input) => {
  const { b, node } = input;
  const zeros = b.filledLike(node.need(0));
  const attributes = { axis: int(node.int('axis', 0)), ...adding };
  return [b.op('ScatterElements', [zeros, node.need(1), cotangentOf(input)], attributes)];
};

/** GatherND: the same for whole slices. */
const gatherND: GradientRule = (input) => {
  const { b, node } = input;
  if (node.int('batch_dims', 0) !== 0)
    throw new Error(`${node.label}: a gradient with batch_dims is not supported.`);
  const zeros = b.filledLike(node.need(0));
  return [b.op('ScatterND', [zeros, node.need(1), cotangentOf(input)], adding)];
};

/** Whether a scatter adds; throws for other reductions than none and add. */
function adds(node: Node): boolean {
  const reduction = node.string('reduction', 'none');
  if (reduction !== 'add' && reduction !== 'none')
    throw new Error(`${node.label}: the gradient of reduction "${reduction}" is not supported.`);
  return reduction === 'add';
}

/**
 * ScatterND and ScatterElements (data, indices, updates): the updates get the cotangent from their places, the data that of what was not
 * written over.
 */
function scatter(pick: string, put: string): GradientRule {
  return (input) => {
    const { b, node, wanted } = input;
    const dy = cotangentOf(input);
    const indices = node.need(1);
    const attributes: Attributes = put === 'ScatterND' ? {} : { axis: int(node.int('axis', 0)) };
    const isAdded = adds(node);
    const ofData = (): Value =>
      isAdded ? dy : b.op(put, [dy, indices, b.filledLike(node.need(2))], attributes);
    return [
      wanted[0] ? ofData() : null,
      null,
      wanted[2] ? b.op(pick, [dy, indices], attributes) : null,
    ];
  };
}

/** TopK: the values' cotangents at the places that they were taken from. */
const topK: GradientRule = (input) => {
  const { b, node } = input;
  const indices = node.outputs[1];
  if (!indices) throw new Error(`${node.label}: its output of indices is needed for its gradient.`);
  const attributes = { axis: int(node.int('axis', -1)) };
  return [
    b.op('ScatterElements', [b.filledLike(node.need(0)), indices, cotangentOf(input)], attributes),
  ];
};

export const scatterRules: Record<string, GradientRule> = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterND: scatter('GatherND', 'ScatterND'),
  ScatterElements: scatter('GatherElements', 'ScatterElements'),
  TopK: topK,
};
