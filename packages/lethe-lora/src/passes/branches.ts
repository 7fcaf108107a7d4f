/** @file Opens conditional graphs: one branch of each `If` takes its place. */
import {
  appendSubgraph,
  inferGraph,
  numbersOf,
  tensorNumbers,
  type ExternalFiles,
  type Graph,
  type Node,
} from '../onnx/index.ts';

/** Whether a graph chooses between branches by one of its inputs, as Optimum's merged decoders do. */
export function isMerged(graph: Graph): boolean {
  return graph.nodes.some((node) => node.op === 'If' && graph.inputs.includes(node.need(0)));
}

/**
 * Changes a graph as it was read: an `If` over a constant, or over sizes that are known, becomes the branch that is meant, and one over an
 * input of the graph the branch for `asked`. Optimum's merged decoders choose so between a decoder that goes on from a cache (true) and one that begins (false).
 * The one with a cache was traced for a single token and need not mask later ones: it may be given one token at a time.
 */
export function takeBranches(graph: Graph, external?: ExternalFiles, asked = false): Graph {
  let opened = false;
  if (graph.nodes.some(({ op }) => op === 'If')) inferGraph(graph);
  const conditionOf = (node: Node): boolean | undefined => {
    const condition = node.need(0);
    if (condition.tensor) return tensorNumbers(condition.tensor)[0] !== 0;
    if (graph.inputs.includes(condition)) return asked;
    const content = numbersOf(condition);
    return content && content[0] !== 0;
  };
  for (;;) {
    const node = graph.nodes.find((each) => each.op === 'If' && conditionOf(each) !== undefined);
    if (!node) break;
    opened = true;
    const branch = conditionOf(node) ? 'then_branch' : 'else_branch';
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
