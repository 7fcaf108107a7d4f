/** @file A part of a graph as a graph of its own: what some values are computed by, back to others that become its inputs. */
import { Graph, type Value } from '../onnx/index.ts';

export interface Extract {
  graph: Graph;
  /** The copy of each value that was met, inputs and constants included. */
  copies: ReadonlyMap<Value, Value>;
}

/**
 * Copies the nodes that `ends` are computed by. The walk ends at the values of `cuts`, which become inputs under the names that are given;
 * it may end at others, which the original graph has as inputs. Constants are shared, types and shapes kept. The ends are no outputs
 * of the copy yet.
 */
export function extract(
  source: Graph,
  ends: readonly Value[],
  cuts: ReadonlyMap<Value, string>,
): Extract {
  const graph = new Graph();
  graph.irVersion = source.irVersion;
  for (const [domain, version] of source.opsets) graph.opsets.set(domain, version);
  const copies = new Map<Value, Value>();
  const needed = nodesBetween(ends, cuts);
  const made = (from: Value, to: Value): Value => {
    to.type = from.type;
    to.shape = from.shape;
    to.content = from.content;
    copies.set(from, to);
    return to;
  };
  const copyOf = (value: Value): Value => {
    const copy = copies.get(value);
    if (copy) return copy;
    if (value.tensor && !cuts.has(value))
      return made(value, graph.addInitializer(value.name, value.tensor));
    const name = cuts.get(value) ?? value.name;
    return made(value, graph.addInput(name, value.type ?? 'float32', value.shape ?? []));
  };
  for (const value of ends) if (cuts.has(value) || !value.producer) copyOf(value);
  for (const node of source.nodes) {
    if (!needed.has(node)) continue;
    const inputs = node.inputs.map((value) => value && copyOf(value));
    const outputs = node.outputs.map((value) =>
      value ? made(value, graph.addValue(value.name)) : null,
    );
    graph.addNode(node.op, inputs, outputs, node.attributes, node.name);
  }
  return { graph, copies };
}

type Node = Graph['nodes'][number];

/** The nodes that `ends` are computed by, back to the values of `cuts`. */
export function nodesBetween(
  ends: readonly Value[],
  cuts: { has: (value: Value) => boolean },
): Set<Node> {
  const met = new Set<Node>();
  const waiting = ends.filter((value) => !cuts.has(value));
  for (let value = waiting.pop(); value; value = waiting.pop()) {
    const { producer } = value;
    if (!producer || met.has(producer)) continue;
    met.add(producer);
    for (const input of producer.inputs) if (input && !cuts.has(input)) waiting.push(input);
  }
  return met;
}

/**
 * The same in the graph itself: in the nodes that `ends` are computed by the values of `cuts` become inputs under the names that are given.
 * Returns the inputs that were made, by the values they stand for. What refers to values of the graph stays valid.
 */
export function detach(
  graph: Graph,
  ends: readonly Value[],
  cuts: ReadonlyMap<Value, string>,
): Map<Value, Value> {
  const made = new Map<Value, Value>();
  for (const node of nodesBetween(ends, cuts))
    node.inputs.forEach((value, index) => {
      const name = value ? cuts.get(value) : undefined;
      if (!value || name === undefined) return;
      let input = made.get(value);
      if (!input) {
        input = graph.addInput(name, value.type ?? 'float32', value.shape ?? []);
        input.content = value.content;
        made.set(value, input);
      }
      node.setInput(index, input);
    });
  return made;
}
