/** @file Gradients of operators that put elements at indices, and that pick them by many. */
import { int, text, type Attributes, type Node, type Value } from '../../onnx/index.ts';
import { cotangentOf, type GradientRule } from './rule.ts';

const adding: Attributes = { reduction: text('add') };

/** GatherND: the cotangents added at the places that they came from. */
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
  GatherND: gatherND,
  ScatterND: scatter('GatherND', 'ScatterND'),
  ScatterElements: scatter('GatherElements', 'ScatterElements'),
  TopK: topK,
};
