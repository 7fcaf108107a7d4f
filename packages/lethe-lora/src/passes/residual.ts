/** @file Finds the residual stream of a decoder: the hidden state that every layer reads, adds to and hands on. */
import type { Graph, Node, Value } from '../onnx/index.ts';
import { findHead, weightOf } from './projections.ts';

/**
 * The residual stream after each layer, first layer first, float32 [B, T, D]; the last one is what the final norm reads. Found by
 * structure alone: between the embedding and the head there are values that everything computed from the tokens goes through; those
 * that are sums of two activations are the states x + f(x), and a layer ends with the last of them before the next one attends (multiplies
 * two activations as matrices). Needs a graph from `lower` that still has its output `logits`; adapters may be injected already.
 * Throws where a graph shows no such states.
 */
export function residualStream(graph: Graph): Value[] {
  return residualStates(graph).layers;
}

/** The residual stream as `layers`, and `first`, the state that the first layer reads, float32 [B, T, D]; null where there is none. */
export function residualStates(graph: Graph): { first: Value | null; layers: Value[] } {
  const stream: Value[] = [];
  let [first, state, before]: (Value | null)[] = [null, null, null];
  let attentions = 0;
  for (const { value, isSum, attends } of bottlenecks(graph)) {
    // Attention that has been met here began at the state before: the end of the layer before.
    if (attends && ++attentions > 1 && state) stream.push(state);
    if (attentions === 1) first ??= before ?? null;
    if (isSum) state = value;
    before = value;
  }
  if (state) stream.push(state);
  if (attentions === 0 || new Set(stream).size !== attentions)
    throw new Error(
      'This model’s graph does not show its residual stream: no sum after every layer that all that follows goes through.',
    );
  return { first: first ?? null, layers: stream };
}

interface Bottleneck {
  /** Every way from the embedding to the head leads through it. */
  value: Value;
  /** It is the sum of two activations. */
  isSum: boolean;
  /** Activations are multiplied as matrices between the bottleneck before and this one. */
  attends: boolean;
}

/**
 * The values through which every way from the embedding to the head leads, in order. In a topological order these are the values that,
 * when they are made, are the only ones made so far that something later reads.
 */
function bottlenecks(graph: Graph): Bottleneck[] {
  graph.prune();
  const { hidden } = findHead(graph);
  const { nodes, values } = activations(graph, hidden);
  const place = new Map(nodes.map((node, index) => [node, index]));
  const lastUse = (value: Value): number =>
    value === hidden
      ? nodes.length
      : Math.max(...value.uses.map(({ node }) => place.get(node) ?? -1));

  const found: Bottleneck[] = [];
  /** What was made so far and is still to be read, by the place of its last reader. */
  const open = new Map<Value, number>();
  let attends = false;
  nodes.forEach((node, index) => {
    const isBinary = node.inputs.filter((input) => input && values.has(input)).length === 2;
    attends ||= node.op === 'MatMul' && isBinary;
    for (const [value, last] of open) if (last <= index) open.delete(value);
    for (const output of node.outputs) if (output) open.set(output, lastUse(output));
    const [only] = open.keys();
    if (open.size !== 1 || only?.producer !== node) return;
    found.push({ value: only, isSum: node.op === 'Add' && isBinary, attends });
    attends = false;
  });
  return found;
}

/** What is computed from the embedded tokens on the way to `end`: nodes in topological order, and their values. */
function activations(graph: Graph, end: Value): { nodes: Node[]; values: Set<Value> } {
  const needed = ancestors(end);
  const ids = new Set([graph.input('input_ids')]);
  const values = new Set<Value>();
  const readsFrom = (set: ReadonlySet<Value>, { inputs }: Node): boolean =>
    inputs.some((input) => input && set.has(input));
  const nodes = graph.nodes.filter((node) => {
    // What depends on the shape alone is the same for all tokens: positions, masks.
    if (!needed.has(node) || node.op === 'Shape') return false;
    const embeds =
      node.op === 'Gather' && weightOf(node.need(0)) !== undefined && ids.has(node.need(1));
    const isActive = embeds || readsFrom(values, node);
    const into = isActive ? values : readsFrom(ids, node) ? ids : null;
    for (const output of node.outputs) if (output) into?.add(output);
    return isActive;
  });
  return { nodes, values };
}

/** The nodes that a value is computed by. */
function ancestors(end: Value): Set<Node> {
  const met = new Set<Node>();
  const waiting = [end.producer];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (!node || met.has(node)) continue;
    met.add(node);
    waiting.push(...node.inputs.map((input) => input?.producer ?? null));
  }
  return met;
}
