/** @file Parts that are put together again, and reshapes of parts that can be one of the whole. */
import { normalAxis, type Builder, type Graph, type Node, type Value } from '../../onnx/index.ts';

/** Whether any were found. */
export function joinParts(graph: Graph, b: Builder): boolean {
  let changed = false;
  for (const node of [...graph.nodes]) {
    const done =
      node.op === 'Concat'
        ? joinedAgain(graph, node) || reshapedTogether(graph, b, node)
        : node.op === 'Split' && reshapedBefore(graph, b, node);
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
