/** @file Lowering: fused operators become primitives that have gradient rules, and that every provider runs. */
import { inferNode, type Graph, type Node } from '../../onnx/index.ts';
import { lowerGelu, lowerQuickGelu } from './activation.ts';
import { lowerGroupQueryAttention } from './group-query-attention.ts';
import { LoweringContext, type LoweringOptions } from './context.ts';
import { toFloat32 } from './float32.ts';
import { lowerMultiHeadAttention, lowerOnnxAttention } from './multi-head-attention.ts';
import { lowerSkipNormalisation } from './normalisation.ts';
import { raiseOpset } from './opset.ts';
import { dropNothing, dropPast, isPast } from './past.ts';
import { lowerFusedMatMul } from './product.ts';
import { lowerGatherBlockQuantized, lowerMatMulNBits } from './quantised.ts';
import { lowerOnnxRotaryEmbedding, lowerRotaryEmbedding } from './rotary.ts';

export { UnsupportedOperatorError } from './unsupported.ts';
export type { LoweringOptions } from './context.ts';

type Lowering = (node: Node, context: LoweringContext) => void;

const lowerings: Readonly<Record<string, Lowering | undefined>> = {
  'com.microsoft::GroupQueryAttention': lowerGroupQueryAttention,
  'com.microsoft::MultiHeadAttention': lowerMultiHeadAttention,
  Attention: lowerOnnxAttention,
  'com.microsoft::RotaryEmbedding': lowerRotaryEmbedding,
  RotaryEmbedding: lowerOnnxRotaryEmbedding,
  'com.microsoft::SkipSimplifiedLayerNormalization': lowerSkipNormalisation,
  'com.microsoft::SkipLayerNormalization': lowerSkipNormalisation,
  'com.microsoft::FusedMatMul': lowerFusedMatMul,
  'com.microsoft::MatMulNBits': lowerMatMulNBits,
  'com.microsoft::GatherBlockQuantized': lowerGatherBlockQuantized,
  'com.microsoft::Gelu': lowerGelu,
  'com.microsoft::BiasGelu': lowerGelu,
  'com.microsoft::FastGelu': lowerGelu,
  'com.microsoft::QuickGelu': lowerQuickGelu,
  Gelu: lowerGelu,
};

/**
 * A copy of the graph in primitives, with every shape inferred. Without `cache` the outputs `present.*` and the inputs
 * `past_key_values.*` are gone and `attention_mask` has the shape of `input_ids`.
 */
export function lower(source: Graph, options: LoweringOptions): Graph {
  const graph = source.clone();
  graph.prune();
  toFloat32(graph);
  const quantised = graph.nodes.some(({ op }) => op === 'com.microsoft::MatMulNBits');
  // Blocks of `DequantizeLinear` came with version 21.
  if (quantised && !(options.cache && options.fusedProducts)) raiseOpset(graph, 21);
  const mask = graph.inputs.find((value) => value.name === 'attention_mask');
  if (mask && !(options.cache && graph.inputs.some(isPast)))
    mask.shape = graph.input('input_ids').shape;
  if (!options.cache) {
    const kept = graph.outputs.filter((value) => !value.name.startsWith('present'));
    graph.outputs.splice(0, graph.outputs.length, ...kept);
    graph.prune();
    dropPast(graph);
  }
  const context = new LoweringContext(graph, options);
  const position = graph.inputs.find((value) => value.name === 'position_ids');
  if (position) graph.replaceUses(position, context.positions);
  for (const node of [...graph.nodes]) {
    const lowering = lowerings[node.op];
    if (lowering) lowering(node, context);
    else if (options.cache || !dropNothing(graph, node)) inferNode(node);
  }
  graph.prune();
  graph.dropUnusedInputs(new Set(['input_ids', 'attention_mask']));
  return graph;
}
