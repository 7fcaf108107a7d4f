/** @file A decoder's file as it is, run by the runtime's own kernels: for asking where it cannot be rewritten. */
import { Builder, type Graph } from '../onnx/index.ts';

/** The input that says of which places logits are wanted. */
export const placesInput = 'lethe.places';

/**
 * A copy of a file as it was read, with one thing more: its output `logits` [B, T, V] (or [B, V], of the last place) becomes float32 [N, V] of the N `places` int64
 * [N, 2] (row, and place in the row's logits), so that a prompt's other logits need not leave the device. Everything else is the file's.
 */
export function pickLogits(file: Graph): Graph {
  const graph = file.clone();
  const logits = graph.output('logits');
  const others = graph.outputs.filter((output) => output !== logits);
  const b = new Builder(graph, 'picked');
  const places = graph.addInput(placesInput, 'int64', ['places', 2]);
  const byPlace =
    logits.shape?.length === 2 ? b.op('Reshape', [logits, b.integers([0, 1, -1])]) : logits;
  const picked = b.cast(b.op('GatherND', [byPlace, places]), 'float32');
  graph.outputs.splice(0, graph.outputs.length, ...others);
  graph.addOutput('logits', picked);
  return graph;
}
