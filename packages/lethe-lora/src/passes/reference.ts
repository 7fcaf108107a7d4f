/** @file The same computation with another parameter vector: the frozen model that an objective compares with. */
import type { Graph, Node, Value } from '../onnx/index.ts';

/** The name of the graph input that holds the reference's parameters, float32 [P], laid out as `adapter`. */
export const referenceInput = 'reference_adapter';

/**
 * The values that `values` would be, were `from` replaced by `to`. Nodes between them are copied; whatever does not depend on
 * `from` is shared. No gradient reaches `from` through the copies, so this is a forward pass of a frozen model.
 */
export function substitute(
  graph: Graph,
  values: readonly Value[],
  from: Value,
  to: Value,
): Value[] {
  const dependent = reach([from], (value) => value.uses.map(({ node }) => node), outputsOf);
  const needed = reach(values, (value) => (value.producer ? [value.producer] : []), inputsOf);
  const nodes = [...dependent].filter((node) => needed.has(node));
  const twins = new Map<Value, Value>([[from, to]]);
  for (const node of nodes)
    for (const output of outputsOf(node)) {
      const twin = graph.addValue(`reference/${output.name}`);
      twin.type = output.type;
      twin.shape = output.shape;
      twin.content = output.content;
      twins.set(output, twin);
    }
  const twinOf = (value: Value | null): Value | null => value && (twins.get(value) ?? value);
  for (const { op, inputs, outputs, attributes, name } of nodes)
    graph.addNode(op, inputs.map(twinOf), outputs.map(twinOf), attributes, `reference/${name}`);
  return values.map((value) => twins.get(value) ?? value);
}

const outputsOf = ({ outputs }: Node): Value[] => outputs.filter((value) => value !== null);
const inputsOf = ({ inputs }: Node): Value[] => inputs.filter((value) => value !== null);

/** The nodes met by going from `start` to neighbouring nodes, and from each to its values beyond. */
function reach(
  start: readonly Value[],
  nodesOf: (value: Value) => readonly Node[],
  beyond: (node: Node) => readonly Value[],
): Set<Node> {
  const met = new Set<Node>();
  const waiting = [...start];
  for (let value = waiting.pop(); value; value = waiting.pop())
    for (const node of nodesOf(value)) {
      if (met.has(node)) continue;
      met.add(node);
      waiting.push(...beyond(node));
    }
  return met;
}
