/** @file Takes the cache of past keys and values out of a graph that is to see every sequence from its first token. */
import {
  Builder,
  inferNode,
  int,
  isWholeType,
  normalAxis,
  type Graph,
  type Node,
  type Value,
} from '../../onnx/index.ts';

/** Whether an input of a decoder's file is a cache. */
export function isPast({ name }: Value): boolean {
  return name.startsWith('past');
}

/**
 * Every past is of length 0: its shape says so (masks and positions computed from it begin at the first token), fused attention goes
 * without it, and whatever else reads it reads a tensor without elements, which `dropNothing` takes out of concatenations.
 */
export function dropPast(graph: Graph): void {
  const b = new Builder(graph, 'past');
  for (const past of graph.inputs.filter(isPast)) {
    skipCopies(graph, past);
    let nothing: Value | undefined;
    for (const { node, index } of [...past.uses])
      if (node.op === 'Shape') graph.replaceUses(node.out(), emptyShape(b, past, node));
      else if (node.opType.endsWith('Attention')) node.setInput(index, null);
      else if (node.op === 'Concat' && isAlongTime(past, node)) dropParts(graph, node, [past]);
      else {
        nothing ??= b.op('Expand', [b.scalar(0, past.type), emptyShape(b, past)]);
        node.setInput(index, nothing);
      }
  }
  graph.prune();
}

/** Reads past the casts of a half-precision file whose cache is float32, and past copies. */
function skipCopies(graph: Graph, past: Value): void {
  for (let next: Node | undefined; ;) {
    next = past.uses
      .map(({ node }) => node)
      .find(
        ({ op, inputs, outputs }) =>
          op === 'Identity' ||
          (op === 'Concat' && inputs.length === 1) ||
          (op === 'Cast' && !isWholeType(outputs[0]?.type)),
      );
    if (!next) return;
    graph.replaceUses(next.out(), past);
    next.setInput(0, null);
  }
}

function isAlongTime(past: Value, node: Node): boolean {
  const rank = past.shape?.length ?? 4;
  return normalAxis(node.int('axis', 0), rank) === timeAxis(past);
}

/** The axis that grows: the only one behind the batch that the file leaves open, else the last but one. */
function timeAxis({ shape }: Value): number {
  const open = (shape ?? []).flatMap((dim, axis) =>
    axis > 0 && typeof dim !== 'number' ? [axis] : [],
  );
  return open.length === 1 ? (open[0] as number) : (shape?.length ?? 4) - 2;
}

function dropParts(graph: Graph, node: Node, parts: readonly Value[]): void {
  const others = node.inputs.filter(
    (input): input is Value => input !== null && !parts.includes(input),
  );
  if (others.length === 1) {
    graph.replaceUses(node.out(), others[0] as Value);
    return;
  }
  const joined = graph.addValue(`${node.out().name}.now`);
  inferNode(graph.addNode('Concat', others, [joined], node.attributes, node.name));
  graph.replaceUses(node.out(), joined);
}

/** Takes parts without elements out of a concatenation whose inputs' shapes were inferred. Whether it had any. */
export function dropNothing(graph: Graph, node: Node): boolean {
  if (node.op !== 'Concat') return false;
  const axis = node.int('axis', 0);
  const empty = node.inputs.filter((input): input is Value => input?.shape?.at(axis) === 0);
  if (empty.length === 0 || empty.length === node.inputs.length) return false;
  dropParts(graph, node, empty);
  return true;
}

/** [B, H, 0, D] as the node's Shape would say it. Sizes that the file leaves open do not matter where there is nothing. */
function emptyShape(b: Builder, past: Value, node?: Node): Value {
  const rank = past.shape?.length ?? 4;
  const time = timeAxis(past);
  const sizes = Array.from({ length: rank }, (_, axis) => {
    const dim = past.shape?.[axis];
    return axis === time ? 0 : typeof dim === 'number' ? dim : 1;
  });
  const batch = b.op('Gather', [b.shapeOf(b.graph.input('input_ids')), b.integers([0])], {
    axis: int(0),
  });
  const whole = b.concat([batch, b.integers(sizes.slice(1))], 0);
  const [start, end] = [node?.int('start', 0) ?? 0, node?.int('end', rank) ?? rank];
  return start === 0 && end === rank ? whole : b.slice(whole, 0, start, end);
}
