/**
 * @file Reshapes that merge axes move behind what is computed element by element or along the last axis, where they meet those that take the
 * axes apart again.
 */
import {
  axesOf,
  int,
  multiplyDims,
  normalAxis,
  type Builder,
  type Dim,
  type Graph,
  type Node,
  type Shape,
  type Value,
} from '../../onnx/index.ts';
import { reshaped } from './shapes.ts';

const elementwise = new Set(['Add', 'Sub', 'Mul', 'Div']);

/** Whether any were found. */
export function delayMerging(graph: Graph, b: Builder): boolean {
  let changed = false;
  for (const node of [...graph.nodes]) {
    const { shape } = node.out();
    if (!shape || shape.length < 3 || !worksAlongLast(node)) continue;
    const groups = node.inputs.map((input) => input && mergedAxes(input)).find((each) => each);
    if (!groups) continue;
    const inputs = node.inputs.map((input, index) =>
      index > 0 && !elementwise.has(node.op) ? input : input && apart(b, input, groups),
    );
    if (inputs.some((input, index) => !input && node.inputs[index])) continue;
    const computed = b.op(node.op, inputs, { ...node.attributes, ...axisFromEnd(node) });
    const result =
      computed.shape?.length === groups.flat().length + 1 && reshaped(b, computed, shape);
    if (!result) continue;
    computed.type ??= node.out().type;
    result.type = computed.type;
    graph.replaceUses(node.out(), result);
    changed = true;
  }
  return changed;
}

function worksAlongLast(node: Node): boolean {
  if (elementwise.has(node.op)) return true;
  const rank = node.need(0).shape?.length ?? 0;
  if (node.op === 'Softmax') return normalAxis(node.int('axis', -1), rank) === rank - 1;
  const axes = node.op === 'ReduceSum' ? axesOf(node, 1) : undefined;
  return axes?.length === 1 && axes[0] === -1 && node.int('keepdims', 1) === 1;
}

function axisFromEnd(node: Node): Record<string, ReturnType<typeof int>> {
  return node.op === 'Softmax' ? { axis: int(-1) } : {};
}

/** The sizes that each axis but the last was merged from; undefined where a value does not come from such a reshape. */
function mergedAxes({ producer, shape }: Value): Dim[][] | undefined {
  const from = producer?.op === 'Reshape' ? producer.need(0).shape : undefined;
  if (!from || !shape || from.length <= shape.length || shape.length < 3) return undefined;
  if (from[from.length - 1] !== shape[shape.length - 1]) return undefined;
  const groups: Dim[][] = [];
  let next = 0;
  for (const size of shape.slice(0, -1)) {
    const group: Dim[] = [];
    let product: Dim = 1;
    do {
      const part: Dim = from[next] ?? 1;
      group.push(part);
      product = multiplyDims(product, part);
      next++;
    } while (product !== size && next < from.length - 1);
    if (product !== size) return undefined;
    groups.push(group);
  }
  return next === from.length - 1 ? groups : undefined;
}

/** A value whose axes are those that were merged, or ones, with them taken apart; a number stays what it is. */
function apart(b: Builder, value: Value, groups: readonly Dim[][]): Value | null {
  const { shape } = value;
  if (shape?.length === 0 || (shape?.length === 1 && typeof shape[0] === 'number')) return value;
  if (shape?.length !== groups.length + 1) return null;
  const target: Dim[] = [];
  for (const [axis, group] of groups.entries()) {
    const size = shape[axis];
    if (size === group.reduce(multiplyDims, 1)) target.push(...group);
    else if (size === 1) target.push(...group.map(() => 1));
    else return null;
  }
  return reshaped(b, value, [...target, shape[shape.length - 1] ?? 1] as Shape) ?? null;
}
