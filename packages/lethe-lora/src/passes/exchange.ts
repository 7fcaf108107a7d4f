/** @file Puts nodes in the place of others in a graph as it was read, whose order says in which order adapters are laid out. */
import type { Graph, Node, Value } from '../onnx/index.ts';

/**
 * Replaces nodes by what `make` makes of them: nodes that it adds to the graph, and the value that takes the place of the node's first
 * output (or of `instead`) under its name. Undefined leaves a node as it is. What nothing needs any more is removed; the rest keeps its
 * order, the new nodes standing where the old one stood.
 */
export function exchange(
  graph: Graph,
  make: (node: Node) => { by: Value; instead?: Value } | undefined,
): Graph {
  const order = [...graph.nodes];
  const made = new Map<Node, Node[]>();
  for (const node of order) {
    const before = graph.nodes.length;
    const result = make(node);
    if (!result) continue;
    made.set(node, graph.nodes.slice(before));
    const { by, instead = node.out() } = result;
    by.type ??= instead.type;
    by.shape ??= instead.shape;
    const { name } = instead;
    graph.replaceUses(instead, by);
    if (by.producer && !order.includes(by.producer)) graph.rename(by, name);
  }
  if (made.size === 0) return graph;
  graph.prune();
  const alive = new Set(graph.nodes);
  graph.nodes = order
    .flatMap((node) => [...(made.get(node) ?? []), node])
    .filter((node) => alive.has(node));
  return graph;
}
