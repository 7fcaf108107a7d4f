/** @file For tests: a graph of which nothing could be inferred but the constants and the types. */
import type { Graph } from '../onnx/index.ts';

/** Takes every inferred shape away. Returns what gives the inputs theirs back, without which ONNX Runtime refuses some. */
export function forgetShapes(graph: Graph): () => void {
  const shapes = new Map(graph.inputs.map((input) => [input, input.shape]));
  for (const value of [...graph.inputs, ...graph.nodes.flatMap(({ outputs }) => outputs)]) {
    if (!value) continue;
    value.shape = undefined;
    value.content = undefined;
  }
  return () => shapes.forEach((shape, input) => (input.shape = shape));
}
