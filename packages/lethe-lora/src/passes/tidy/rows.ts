/**
 * @file What is computed token by token is computed on rows: [B·T, D] in the place of [B, T, D], so that products (of matrices) and what lies
 * between them need no reshapes.
 */
import {
  axesOf,
  int,
  type Attributes,
  type Builder,
  type Graph,
  type Node,
  type Shape,
  type Value,
} from '../../onnx/index.ts';
import { reshaped, tokensOf } from './shapes.ts';

const elementwise = new Set(
  (
    'Add Sub Mul Div Pow Neg Abs Exp Log Sqrt Reciprocal Sigmoid Tanh Erf Relu Softplus Cast ' +
    'com.microsoft::QuickGelu'
  ).split(' '),
);
const normalisations = new Set(
  'SimplifiedLayerNormalization LayerNormalization RMSNormalization'.split(' '),
);
const reductions = new Set('ReduceSum ReduceMean ReduceSumSquare ReduceMax'.split(' '));
const quantised = new Set(['com.microsoft::MatMulNBits', 'com.microsoft::MatMulBnb4']);

/** Whether anything was changed. What stays in three axes gets reshapes around it, which `mergeMoves` takes out where they meet. */
export function computeInRows(graph: Graph, b: Builder): boolean {
  const tokens = tokensOf(graph)?.shape;
  if (!tokens) return false;
  const isByToken = (shape: Shape | undefined): shape is Shape =>
    shape?.length === 3 && shape[0] === tokens[0] && shape[1] === tokens[1];
  const flat = new Map<Value, Value>();
  const rowsOf = (value: Value): Value => {
    const rows = flat.get(value) ?? b.reshape(value, [-1, Number(value.shape?.[2])]);
    flat.set(value, rows);
    return rows;
  };
  let changed = false;
  for (const node of [...graph.nodes]) {
    const places = placesOfTokens(node, isByToken);
    const [output, ...others] = node.outputs;
    const shape = output?.shape;
    if (!places || !output || others.some((each) => each) || !isByToken(shape)) continue;
    if (typeof shape[2] !== 'number') continue;
    const inputs = node.inputs.map((input, i) => (input && places.has(i) ? rowsOf(input) : input));
    if (reductions.has(node.op) && node.input(1)) inputs[1] = b.integers([-1]);
    const rows = b.op(node.op, inputs, inLastAxis(node));
    rows.type ??= output.type;
    const restored = reshaped(b, rows, shape);
    if (!restored) continue;
    restored.type = output.type;
    flat.set(restored, rows);
    graph.replaceUses(output, restored);
    changed = true;
  }
  return changed;
}

/** Which inputs [B, T, D] become rows; undefined where the node does not work token by token. */
function placesOfTokens(
  node: Node,
  isByToken: (shape: Shape | undefined) => boolean,
): Set<number> | undefined {
  const isRows = ({ shape }: Value): boolean => isByToken(shape) && typeof shape?.[2] === 'number';
  if (elementwise.has(node.op)) {
    const places = new Set<number>();
    for (const [index, input] of node.inputs.entries()) {
      if (!input) return undefined;
      if (isRows(input)) places.add(index);
      else if (!input.shape || input.shape.length > 1) return undefined;
    }
    return places.size > 0 ? places : undefined;
  }
  const first = node.input(0);
  if (!first || !isRows(first)) return undefined;
  const isLast = (axis: number | undefined): boolean => axis === -1 || axis === 2;
  const onFirst = new Set([0]);
  if (normalisations.has(node.op) || node.op === 'Softmax')
    return isLast(node.int('axis', -1)) ? onFirst : undefined;
  if (reductions.has(node.op)) {
    const axes = axesOf(node, 1);
    return axes?.length === 1 && isLast(axes[0]) && node.int('keepdims', 1) === 1
      ? onFirst
      : undefined;
  }
  if (node.op === 'MatMul') return node.need(1).shape?.length === 2 ? onFirst : undefined;
  return quantised.has(node.op) ? onFirst : undefined;
}

/** The node's attributes with its axis counted from the end. */
function inLastAxis(node: Node): Attributes {
  const { axis, axes, ...others } = node.attributes;
  return {
    ...others,
    ...(axis && { axis: int(-1) }),
    ...(axes && { axes: { kind: 'ints', value: [-1] } }),
  };
}
