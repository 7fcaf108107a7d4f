/** @file Files that compute the last token's logits alone: the choice is taken out, as every graph here chooses its places itself. */
import { normalAxis, numbersOf, type Graph, type Node } from '../onnx/index.ts';

/** Operators between the hidden states and the logits that keep the places apart; their first input leads there. */
const alongPlaces = new Set(['Cast', 'Identity', 'MatMul', 'Mul', 'Div', 'Tanh', 'Add']);

/** Whether a node keeps the last place of [B, T, …] alone. */
function keepsLast(node: Node): boolean {
  if (node.op !== 'Slice') return false;
  const [starts, axes] = [1, 3].map((index) => numbersOf(node.input(index)));
  const axis = axes?.[0];
  const step = node.input(4) ? numbersOf(node.input(4))?.[0] : 1;
  return (
    starts?.length === 1 &&
    starts[0] === -1 &&
    axis !== undefined &&
    normalAxis(axis, 3) === 1 &&
    step === 1
  );
}

/** Changes a graph as it was read, so that it has the logits of all places. Throws where it goes on having those of the last one. */
export function keepAllPlaces(graph: Graph): Graph {
  const logits = graph.outputs.find(({ name }) => name === 'logits');
  const shape = logits?.shape;
  const isLastOnly = shape && (shape.length < 3 || shape[1] === 1);
  if (!logits || !isLastOnly || graph.input('input_ids').shape?.[1] === 1) return graph;
  let node = logits.producer;
  while (node && alongPlaces.has(node.op)) node = node.input(0)?.producer ?? null;
  if (!node || !keepsLast(node) || shape.length !== 3)
    throw new Error(
      'This file computes the logits of the last token alone, so it cannot be taught: export it with those of all tokens.',
    );
  const all = node.need(0);
  logits.shape = undefined;
  graph.replaceUses(node.out(), all);
  graph.prune();
  return graph;
}
