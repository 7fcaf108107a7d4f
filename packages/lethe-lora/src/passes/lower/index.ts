/** @file Lowering: fused operators become primitives that have gradient rules, and that every provider runs. */
import { ownEntry } from '../../own-entry.ts';
import { inferNode, type Graph, type Node } from '../../onnx/index.ts';
import { unfuseProducts } from '../unfuse.ts';
import { lowerGelu, lowerProduct, lowerQuickGelu } from './activation.ts';
import { lowerGroupQueryAttention } from './group-query-attention.ts';
import { chooseOp, lowerChoice, openChoices, refuseCaptures } from './choice.ts';
import { LoweringContext, type LoweringOptions } from './context.ts';
import { lowerExperts } from './experts.ts';
import { lowerFusedMatMul } from './product.ts';
import { toFloat32 } from './float32.ts';
import {
  lowerBatchNormalisation,
  lowerGroupNormalisation,
  lowerLpNormalisation,
} from './group-normalisation.ts';
import { lowerMultiHeadAttention, lowerOnnxAttention } from './multi-head-attention.ts';
import { lowerSkipNormalisation } from './normalisation.ts';
import { keepOpaque, opaqueOperators } from './opaque.ts';
import { modernOpset, raiseOpset } from './opset.ts';
import { lowerGather, lowerGatherBlockQuantized } from './gather-quantised.ts';
import { cacheAxes, dropNothing, dropPast, isPast, maskJoin, stateJoins } from './past.ts';
import { isQuantisedProduct, lowerQuantisedProduct } from './quantised.ts';
import { unpackAttention } from './packed-attention.ts';
import { keepIntegers, lowerQuantizeLinear } from './rounded.ts';
import { anglesOf, lowerTrigonometry } from './trigonometry.ts';
import { lowerOnnxRotaryEmbedding, lowerRotaryEmbedding } from './rotary.ts';
import { lowerCausalConv } from './short-convolution.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

export { UnsupportedOperatorError };
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
  'com.microsoft::MatMulNBits': lowerQuantisedProduct,
  'com.microsoft::MatMulBnb4': lowerQuantisedProduct,
  'com.microsoft::GatherBlockQuantized': lowerGatherBlockQuantized,
  'com.microsoft::FusedMatMul': lowerFusedMatMul,
  Gather: lowerGather,
  QuantizeLinear: lowerQuantizeLinear,
  DynamicQuantizeLinear: keepIntegers,
  MatMulInteger: keepIntegers,
  ConvInteger: keepIntegers,
  QLinearMatMul: keepIntegers,
  'com.microsoft::DynamicQuantizeMatMul': keepIntegers,
  'com.microsoft::MatMulIntegerToFloat': keepIntegers,
  'com.microsoft::QAttention': keepIntegers,
  'com.microsoft::QGemm': keepIntegers,
  'com.microsoft::QLinearAdd': keepIntegers,
  'com.microsoft::QLinearMul': keepIntegers,
  'com.microsoft::Gelu': lowerGelu,
  'com.microsoft::BiasGelu': lowerGelu,
  'com.microsoft::FastGelu': lowerGelu,
  'com.microsoft::QuickGelu': lowerQuickGelu,
  Gelu: lowerGelu,
  Mul: lowerProduct,
  [chooseOp]: lowerChoice,
  ...Object.fromEntries(opaqueOperators.map((op) => [op, keepOpaque])),
  CausalConvWithState: lowerCausalConv,
  'com.microsoft::CausalConvWithState': lowerCausalConv,
  'com.microsoft::MoE': lowerExperts,
  'com.microsoft::QMoE': lowerExperts,
  GroupNormalization: lowerGroupNormalisation,
  InstanceNormalization: lowerGroupNormalisation,
  BatchNormalization: lowerBatchNormalisation,
  LpNormalization: lowerLpNormalisation,
  Dropout: lowerDropout,
};

/** Lowers a node. Where all that cannot be lowered are wanted, such a one stays as it is, and so does what cannot go on from it. */
function attempt(work: () => void, unsupported: UnsupportedOperatorError[] | undefined): void {
  try {
    work();
  } catch (error) {
    if (!unsupported) throw error;
    if (error instanceof UnsupportedOperatorError) unsupported.push(error);
    else if (unsupported.length === 0) throw error;
  }
}

/** Nothing is dropped outside of training; a mask that is asked for stays the operator's own. */
function lowerDropout(node: Node, { graph }: LoweringContext): void {
  if (node.outputs[1]) inferNode(node);
  else graph.replaceUses(node.out(), node.need(0));
}

/**
 * A copy of the graph in primitives, with every shape inferred. Without `cache` the outputs `present.*` and the inputs
 * `past_key_values.*` are gone and `attention_mask` has the shape of `input_ids`.
 */
export function lower(source: Graph, options: LoweringOptions): Graph {
  const graph = source.clone();
  graph.prune();
  unpackAttention(graph);
  unfuseProducts(graph);
  openChoices(graph);
  refuseCaptures(graph);
  toFloat32(graph);
  const quantised = graph.nodes.some(
    (node) => isQuantisedProduct(node) || node.op === 'com.microsoft::QMoE',
  );
  // Blocks of `DequantizeLinear` came with version 21.
  raiseOpset(graph, quantised && !(options.cache && options.fusedProducts) ? 21 : modernOpset);
  const mask = graph.inputs.find((value) => value.name === 'attention_mask');
  const [batch = 'batch', time = 'time'] = graph.input('input_ids').shape ?? [];
  const goesOn = options.cache && graph.inputs.some(isPast);
  // A file may call the mask as wide as the tokens, although it covers those of the cache too.
  if (mask && goesOn && mask.shape?.[1] === time) mask.shape = [batch, `past_and_${time}`];
  if (mask && !goesOn) mask.shape = [batch, time];
  const caches = cacheAxes(graph);
  if (!options.cache) {
    const kept = graph.outputs.filter((value) => !value.name.startsWith('present'));
    graph.outputs.splice(0, graph.outputs.length, ...kept);
    graph.prune();
    dropPast(graph, caches);
  }
  const context = new LoweringContext(graph, options);
  const joins = options.cache ? stateJoins(caches) : new Map<Node, number>();
  const position = graph.inputs.find((value) => value.name === 'position_ids');
  if (position) graph.replaceUses(position, context.positions);
  const angles = anglesOf(graph);
  for (const node of [...graph.nodes]) {
    const state = joins.get(node);
    if (state !== undefined) maskJoin(node, state, context);
    const lowering = angles.has(node) ? lowerTrigonometry : ownEntry(lowerings, node.op);
    attempt(() => {
      if (lowering) lowering(node, context);
      else if (options.cache || !dropNothing(graph, node)) inferNode(node);
    }, options.unsupported);
  }
  graph.prune();
  graph.dropUnusedInputs(new Set(['input_ids', 'attention_mask']));
  return graph;
}
