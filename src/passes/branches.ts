/** @file Opens conditional graphs: one branch of each `If` takes its place. */
import {
  appendSubgraph,
  numbersOf,
  tensorNumbers,
  type ExternalFiles,
  type Graph,
  type Node,
} from '../onnx/index.ts';

/**
 * Changes a graph as it was read: an `If` over a constant becomes the branch that is meant, and one over an input of the graph becomes
 * the branch for "false". Optimum's merged decoders choose so between a decoder with a cache and one without; the one with was
 * traced for a single token and need not mask later ones, so every use of Lethe takes the one without.
 */
export function takeBranches(graph: Graph, external?: ExternalFiles): Graph {
  let opened = false;
  for (;;) {
    const node = graph.nodes.find(
      (each) => each.op === 'If' && conditionOf(graph, each) !== undefined,
    );
    if (!node) break;
    opened = true;
    const branch = conditionOf(graph, node) ? 'then_branch' : 'else_branch';
    const attribute = node.attributes[branch];
    const proto = attribute?.kind === 'proto' ? attribute.value.g : undefined;
    if (!proto) throw new Error(`${node.label} has no ${branch}; export the model again.`);
    const outputs = appendSubgraph(graph, proto, external);
    node.outputs.forEach((output, index) => {
      const value = outputs[index];
      if (output && value) {
        value.type ??= output.type;
        value.shape ??= output.shape;
        graph.replaceUses(output, value);
      }
    });
    graph.nodes = graph.nodes.filter((each) => each !== node);
    node.inputs.forEach((_, index) => node.setInput(index, null));
  }
  if (!opened) return graph;
  graph.prune();
  graph.dropUnusedInputs(new Set(['input_ids', 'attention_mask']));
  return graph;
}

function conditionOf(graph: Graph, node: Node): boolean | undefined {
  const condition = node.need(0);
  if (condition.tensor) return tensorNumbers(condition.tensor)[0] !== 0;
  if (graph.inputs.includes(condition)) return false;
  const content = numbersOf(condition);
  return content && content[0] !== 0;
}
