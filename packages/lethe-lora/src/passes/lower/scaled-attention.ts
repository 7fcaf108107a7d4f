/** @file Attention in primitives: what all the fused operators for it have in common. */
import { int, sizeAt, type Builder, type Node, type Value } from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
import { byToken, splitHeads } from './heads.ts';
import { scaled } from './rotary.ts';

/** Queries [B, H, T, D], keys [B, G, S, D] and values [B, G, S, E]; H is a multiple of G. */
export interface Heads {
  query: Value;
  key: Value;
  value: Value;
}

export interface ScoreOptions {
  scale: number;
  /** Scores are squeezed into ±softcap by a tanh; 0: not. */
  softcap: number;
  /** Added to the capped scores, each broadcast to [B, H, T, S]. */
  biases: readonly (Value | null)[];
  /** A score of each head [H] that takes its share of the attention away from all tokens (a sink); one number for all heads. */
  sink?: Value | number;
}

/**
 * softmax(cap(scale·Q·Kᵀ) + biases)·V [B, H, T, E] (Vaswani et al. 2017, arXiv 1706.03762). Query heads of one group lie side by side,
 * so a group's queries are seen as one longer sequence and keys are never repeated. The queries are scaled, which are fewer than the
 * scores.
 */
export function attend(
  context: LoweringContext,
  { query, key, value }: Heads,
  { scale, softcap, biases, sink }: ScoreOptions,
): Value {
  const { b } = context;
  const [heads, groups] = [sizeAt(query, 1), sizeAt(key, 1)];
  const share = heads / groups;
  const own = scaled(b, query, scale);
  const grouped = share === 1 ? own : byGroup(b, own, groups);
  let scores = b.op('MatMul', [grouped, b.transposeLast(key)]);
  // Biases of all heads alike are repeated once for all layers; others need the heads apart.
  const areAlike = sink === undefined && biases.every((bias) => !bias || bias.shape?.at(1) === 1);
  const isApart = share !== 1 && !areAlike;
  if (isApart) scores = b.reshape(scores, [0, heads, -1, 0]);
  if (softcap > 0) scores = b.mul(b.op('Tanh', [b.div(scores, softcap)]), softcap);
  for (const bias of biases)
    if (bias) scores = b.add(scores, isApart ? bias : context.repeated(bias, share));
  let weights = sink === undefined ? softmax(b, scores) : softmaxWithSink(b, scores, sink);
  if (isApart) weights = b.reshape(weights, [0, groups, -1, 0]);
  const mixed = b.op('MatMul', [weights, value]);
  return share === 1 ? mixed : ofGroups(context, mixed, share);
}

/** [B, H, T, D] as [B, G, H/G·T, D]; where heads were brought before the tokens, so that it is seen that groups can be at once. */
function byGroup(b: Builder, query: Value, groups: number): Value {
  const [heads, size] = [sizeAt(query, 1), sizeAt(query, 3)];
  const tokens = byToken(query);
  if (!tokens) return b.reshape(query, [0, groups, -1, size]);
  const apart = b.reshape(tokens, [0, 0, groups, heads / groups, size]);
  return b.reshape(b.transpose(apart, [0, 2, 3, 1, 4]), [0, groups, -1, size]);
}

/** [B, G, S·T, E] as [B, G·S, T, E], by way of [B, T, G, S, E] in a graph without a cache, whose transposes meet others. */
function ofGroups({ b, options }: LoweringContext, mixed: Value, share: number): Value {
  const [groups, size] = [sizeAt(mixed, 1), sizeAt(mixed, 3)];
  if (options.cache) return b.reshape(mixed, [0, groups * share, -1, size]);
  const apart = b.transpose(b.reshape(mixed, [0, groups, share, -1, size]), [0, 3, 1, 2, 4]);
  return splitHeads(b, b.reshape(apart, [0, 0, groups * share * size]), groups * share, size);
}

function softmax(b: Builder, scores: Value): Value {
  return b.op('Softmax', [scores], { axis: int(-1) });
}

/**
 * exp(s)/(exp(sink) + Σ exp(s)) of scores [B, H, T, S]: the sink stands as one more key, whose share is left out. With a sink of 0 this is
 * the "softmax off by one" (Miller 2023); with one that is learnt that of gpt-oss.
 */
function softmaxWithSink(b: Builder, scores: Value, sink: Value | number): Value {
  const heads =
    typeof sink === 'number' ? b.scalar(sink, scores.type) : b.reshape(sink, [1, -1, 1, 1]);
  const column = b.concat([b.slice(b.shapeOf(scores), 0, 0, 3), b.integers([1])], 0);
  const all = b.concat([scores, b.op('Expand', [heads, column])], -1);
  return b.slice(softmax(b, all), 3, 0, -1);
}

/** Keys or values with the past before them; the present output of the fused operator becomes this. */
export function withPast(
  context: LoweringContext,
  node: Node,
  output: number,
  past: Value | null,
  now: Value,
): Value {
  const all = context.options.cache && past ? context.b.concat([past, now], 2) : now;
  const present = node.outputs[output];
  if (present && context.options.cache) context.graph.replaceUses(present, all);
  return all;
}
