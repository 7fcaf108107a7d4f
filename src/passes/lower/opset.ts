/** @file Raises the version of the default operator set, so that newer operators may be put beside a file's older ones. */
import { int, int64Tensor, type Graph, type Node, type Value } from '../../onnx/index.ts';

/** Operators whose axes (or parts) were an attribute before they became input 1, and since which version. */
const axesSince: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'Mean Max Min Prod L1 L2 SumSquare LogSum LogSumExp'
      .split(' ')
      .map((op) => [`Reduce${op}`, 18]),
  ),
  ReduceSum: 13,
  Squeeze: 13,
  Unsqueeze: 13,
  Split: 13,
};

/**
 * Changes `graph` (of version 13 or later, or with softmaxes over the last axis only) to mean the same under a later version.
 * Of the operators that decoders use only the axes of reductions and the parts of a `Split` changed their place.
 */
export function raiseOpset(graph: Graph, version: number): void {
  const current = graph.opsets.get('') ?? 1;
  if (current >= version) return;
  for (const node of [...graph.nodes]) {
    const since = axesSince[node.op];
    if (since === undefined || current >= since) {
      if (node.op === 'Split' && current < 18) nameParts(graph, node);
      continue;
    }
    const { axes, split, ...rest } = node.attributes;
    const moved = axes ?? split;
    if (moved?.kind === 'ints') {
      const constant = graph.addInitializer(
        `${node.name || node.opType}.axes`,
        int64Tensor(moved.value, [moved.value.length]),
      );
      replace(graph, node, [node.need(0), constant], rest);
    } else if (node.op === 'Split') nameParts(graph, node);
  }
  graph.opsets.set('', version);
  graph.irVersion = Math.max(graph.irVersion, 10);
  graph.prune();
}

/** A Split into equal parts says how many since version 18. */
function nameParts(graph: Graph, node: Node): void {
  if (node.input(1) || node.ints('split')) return;
  replace(graph, node, [node.need(0)], {
    ...node.attributes,
    num_outputs: int(node.outputs.length),
  });
}

function replace(
  graph: Graph,
  node: Node,
  inputs: readonly Value[],
  attributes: Node['attributes'],
): void {
  const outputs = node.outputs.map((output) => {
    if (!output) return null;
    const value = graph.addValue(`${output.name}.raised`);
    value.type = output.type;
    value.shape = output.shape;
    return value;
  });
  graph.addNode(node.op, inputs, outputs, attributes, node.name);
  node.outputs.forEach((output, index) => {
    const value = outputs[index];
    if (!output || !value) return;
    const { name } = output;
    graph.replaceUses(output, value);
    graph.rename(value, name);
  });
}
