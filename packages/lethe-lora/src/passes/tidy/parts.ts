/** @file Parts that are put together again, and reshapes of parts that can be one of the whole. */
import {
  normalAxis,
  sameShape,
  type Builder,
  type Graph,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import { reshaped } from './shapes.ts';

/** Whether any were found. */
export function joinParts(graph: Graph, b: Builder): boolean {
  let changed = false;
  for (const node of [...graph.nodes]) {
    const done =
      node.op === 'Concat'
        ? joinedAgain(graph, node) || reshapedTogether(graph, b, node)
        : node.op === 'Split' && (splitAgain(graph, b, node) || reshapedBefore(graph, b, node));
    if (done) changed = true;
  }
  return changed;
}

function axisOf(node: Node): number | undefined {
  const rank = node.need(0).shape?.length;
  return rank === undefined ? undefined : normalAxis(node.int('axis', 0), rank);
}

/** All parts of a Split side by side, in order: what was split. */
function joinedAgain(graph: Graph, node: Node): boolean {
  const split = node.need(0).producer;
  if (split?.op !== 'Split' || axisOf(split) !== axisOf(node) || axisOf(node) === undefined)
    return false;
  const { inputs } = node;
  if (inputs.length !== split.outputs.length) return false;
  if (!inputs.every((input, index) => input === split.outputs[index])) return false;
  graph.replaceUses(node.out(), split.need(0));
  return true;
}

/** What was put side by side along the last axis, perhaps reshaped in the others, and is split again there: the parts themselves. */
function splitAgain(graph: Graph, b: Builder, node: Node): boolean {
  const whole = node.need(0).producer;
  const concat = whole?.op === 'Reshape' ? whole.need(0).producer : whole;
  if (concat?.op !== 'Concat' || !isAlongLast(concat) || !isAlongLast(node)) return false;
  const { inputs } = concat;
  const sizes = inputs.map((input) => input?.shape?.at(-1));
  if (sizes.length !== node.outputs.length) return false;
  const parts = node.outputs.map((output, index) => {
    const [part, shape] = [inputs[index], output?.shape];
    const size = shape?.at(-1);
    if (!part?.shape || !shape || typeof size !== 'number' || size !== sizes[index])
      return undefined;
    return sameShape(part.shape, shape) ? part : reshaped(b, part, shape);
  });
  if (!parts.every((part) => part)) return false;
  node.outputs.forEach((output, index) => {
    if (output) graph.replaceUses(output, parts[index] as Value);
  });
  return true;
}

function isAlongLast(node: Node): boolean {
  const rank = node.out().shape?.length;
  return rank !== undefined && normalAxis(node.int('axis', 0), rank) === rank - 1;
}

/** Rows [.., n] of matrices that were reshaped from rows [.., m], one below the other: reshaped together. */
function reshapedTogether(graph: Graph, b: Builder, node: Node): boolean {
  const width = widthOf(node.out());
  if (axisOf(node) !== 0 || width === undefined || node.inputs.length < 2) return false;
  const sources = node.inputs.map((input) =>
    input?.producer?.op === 'Reshape' ? input.producer.need(0) : undefined,
  );
  const own = sources[0] && widthOf(sources[0]);
  if (own === undefined || !sources.every((source) => source && widthOf(source) === own))
    return false;
  const joined = b.concat(sources as Value[], 0);
  graph.replaceUses(node.out(), b.reshape(joined, [-1, width]));
  return true;
}

/** The other way round: rows that are split and each reshaped to rows of one other width. */
function reshapedBefore(graph: Graph, b: Builder, node: Node): boolean {
  const own = widthOf(node.need(0));
  if (axisOf(node) !== 0 || own === undefined) return false;
  const moves = node.outputs.map((output) => {
    const [use, ...others] = output?.uses ?? [];
    return use?.node.op === 'Reshape' && use.index === 0 && others.length === 0
      ? use.node.out()
      : undefined;
  });
  const width = moves[0] && widthOf(moves[0]);
  if (width === undefined || !moves.every((move) => move && widthOf(move) === width)) return false;
  const lengths = moves.map((move) => move?.shape?.[0]);
  if (!lengths.every((length) => typeof length === 'number')) return false;
  const rows = b.reshape(node.need(0), [-1, width]);
  const parts = b.node('Split', [rows, b.integers(lengths)], lengths.length, node.attributes);
  moves.forEach((move, index) => move && graph.replaceUses(move, parts.out(index)));
  return true;
}

/** The number of columns of a matrix. */
function widthOf({ shape }: Value): number | undefined {
  const width = shape?.length === 2 ? shape[1] : undefined;
  return typeof width === 'number' ? width : undefined;
}
