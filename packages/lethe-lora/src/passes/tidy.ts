/**
 * @file Fewer operations for the same numbers: what a graph that was put together from rules computes twice, moves there and back, or could
 * do in one operation.
 */
import { Builder, type Graph, type Value } from '../onnx/index.ts';
import { mergeEqual } from './merge-equal.ts';
import { addInProducts } from './tidy/add-in-products.ts';
import { delayMerging } from './tidy/merged-axes.ts';
import { mergeMoves } from './tidy/moves.ts';
import { joinParts } from './tidy/parts.ts';
import { foldTransposes } from './tidy/products.ts';
import { computeInRows } from './tidy/rows.ts';

/** What is dequantised anew for the backward pass is so to be free of it in between. */
const mayShare = ({ producer }: Value): boolean => producer?.op !== 'DequantizeLinear';

export interface TidyOptions {
  /**
   * Products of transposed activations become one Einsum (the default): one dispatch on a GPU. The processor's kernel transposes by itself, more
   * slowly than `Transpose` does.
   */
  einsum?: boolean;
}

/** Changes a graph whose shapes were inferred; inputs and outputs stay what they are. Returns it. */
export function tidy(graph: Graph, { einsum = true }: TidyOptions = {}): Graph {
  // What a builder has made before may be gone after a pruning: each gets one of its own.
  const builder = (): Builder => new Builder(graph, 'tidy');
  graph.prune();
  computeInRows(graph, builder());
  const shareEqual = (each: Graph): boolean => mergeEqual(each, mayShare);
  const folds = einsum ? [foldTransposes] : [];
  const rewrites = [shareEqual, mergeMoves, joinParts, addInProducts, ...folds, delayMerging];
  for (let changed = true; changed;) {
    changed = false;
    for (const rewrite of rewrites) {
      if (rewrite(graph, builder())) changed = true;
      graph.prune();
    }
  }
  return graph;
}
