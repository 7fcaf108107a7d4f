/** @file Operators over whole sequences that have no lowering: they run where a model is asked, one length of prompt at a time. */
import { ownEntry } from '../../own-entry.ts';
import { inferNode, type Graph, type Node } from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/** Each with what it would take to lower it. */
const opaque: Readonly<Record<string, string | undefined>> = {
  'com.microsoft::SparseAttention': 'attention over blocks of keys',
  'com.microsoft::PagedAttention': 'keys in pages',
  'com.microsoft::DecoderMaskedMultiHeadAttention': 'a cache of fixed length',
  'com.microsoft::LinearAttention': 'a state that each token changes',
  LinearAttention: 'a state that each token changes',
};

export const opaqueOperators: readonly string[] = Object.keys(opaque);

/** Leaves the operator where a model is asked; throws where every sequence starts at its first token and is differentiated. */
export function keepOpaque(node: Node, { options }: LoweringContext): void {
  if (!options.cache)
    throw new UnsupportedOperatorError(node, ownEntry(opaque, node.op) ?? node.op);
  inferNode(node);
}

/** Whether a graph has such an operator: none of them looks at a mask, so that padding on the left would be read as text. */
export function hasOpaque(graph: Graph): boolean {
  return graph.nodes.some(({ op }) => ownEntry(opaque, op) !== undefined);
}
