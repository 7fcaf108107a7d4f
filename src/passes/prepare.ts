/** @file What is done once to a model as it was read, before its projections are looked for. */
import type { ExternalFiles, Graph } from '../onnx/index.ts';
import { takeBranches } from './branches.ts';
import { makeProductsStatic } from './static-products.ts';

/** Changes a graph as it was read: conditional parts become plain ones, and 8-bit activations real ones. Returns it. */
export function prepare(graph: Graph, external?: ExternalFiles): Graph {
  return makeProductsStatic(takeBranches(graph, external));
}
