/** @file Lowers ONNX Runtime's `MultiHeadAttention` and ONNX' own `Attention` to products, a softmax and moves. */
import { int, rankOf, sizeAt, type Node, type Value } from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
import { joinHeads, splitHeads } from './heads.ts';
import { attend, withPast, type Heads } from './scaled-attention.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/**
 * com.microsoft.MultiHeadAttention (query, key, value, bias?, key padding mask?, attention bias?, past key?, past value?): all
 * [B, T, H·D], or queries, keys and values packed as [B, T, H, 3, D].
 */
export function lowerMultiHeadAttention(node: Node, context: LoweringContext): void {
  const { b } = context;
  if (node.input(8) ?? node.input(9))
    throw new UnsupportedOperatorError(node, 'a cache of fixed length');
  const now = readHeads(node, context);
  const heads = {
    query: now.query,
    key: withPast(context, node, 1, node.input(6), now.key),
    value: withPast(context, node, 2, node.input(7), now.value),
  };
  const mixed = attend(context, heads, {
    scale: node.float('scale', 0) || 1 / Math.sqrt(sizeAt(now.query, 3)),
    softcap: 0,
    biases: [
      node.input(5),
      paddingBias(node, context, heads.key),
      node.int('unidirectional', 0) === 1 ? context.causalMask(0) : null,
    ],
  });
  context.graph.replaceUses(node.out(), joinHeads(b, mixed));
}

function readHeads(node: Node, { b }: LoweringContext): Heads {
  const heads = node.int('num_heads', 1);
  const query = node.need(0);
  const key = node.input(1);
  const bias = node.input(3);
  if (!key) {
    if (rankOf(query) !== 5 || bias)
      throw new UnsupportedOperatorError(node, 'packed inputs of this form');
    const parts = b.node('Split', [query, b.integers([1, 1, 1])], 3, { axis: int(3) });
    const part = (index: number): Value =>
      b.transpose(b.op('Squeeze', [parts.out(index), b.integers([3])]), [0, 2, 1, 3]);
    return { query: part(0), key: part(1), value: part(2) };
  }
  const value = node.need(2);
  if (rankOf(key) !== 3 || rankOf(value) !== 3)
    throw new UnsupportedOperatorError(node, 'keys and values of another model part');
  const widths = [query, key, value].map((each) => sizeAt(each, -1));
  const biases = bias
    ? b.node('Split', [bias, b.integers(widths)], 3, { axis: int(0) }).outputs
    : [null, null, null];
  const [q, k, v] = [query, key, value].map((each, index) => {
    const own = biases[index];
    return splitHeads(b, own ? b.add(each, own) : each, heads, (widths[index] ?? 0) / heads);
  }) as [Value, Value, Value];
  return { query: q, key: k, value: v };
}

/** The key padding mask as something to add: lengths [B], or 1 for a key that may be seen in [B, S] or [B, T, S]. */
function paddingBias(node: Node, { b }: LoweringContext, key: Value): Value | null {
  const mask = node.input(4);
  if (!mask) return null;
  const rank = rankOf(mask);
  let visible: Value;
  if (rank === 1) {
    if (sizeOrName(mask) !== sizeOrName(key))
      throw new UnsupportedOperatorError(node, 'a key padding mask of this form');
    const total = b.op('Squeeze', [b.op('Gather', [b.op('Shape', [key]), b.integers([2])])]);
    const range = b.op('Range', [b.scalar(0, 'int64'), total, b.scalar(1, 'int64')]);
    const lengths = b.unsqueeze(b.cast(mask, 'int64'), [1]);
    visible = b.unsqueeze(b.op('Less', [b.unsqueeze(range, [0]), lengths]), [1, 2]);
  } else visible = b.unsqueeze(b.cast(mask, 'bool'), rank === 2 ? [1, 2] : [1]);
  const filter = b.scalar(node.float('mask_filter_value', -10000));
  return b.op('Where', [visible, b.scalar(0), filter]);
}

function sizeOrName(value: Value): number | string | undefined {
  return value.shape?.[0];
}

/**
 * ONNX Attention since version 23 (Q, K, V, mask?, past key?, past value?): [B, T, H·D] or [B, H, T, D]; the mask is true where a key
 * may be seen, or added to the capped scores (as ONNX Runtime does; the text of version 23 had it the other way round, which would
 * show hidden keys).
 */
export function lowerOnnxAttention(node: Node, context: LoweringContext): void {
  const { b } = context;
  if (node.outputs[3]) throw new UnsupportedOperatorError(node, 'its output of scores');
  if (node.input(6)) throw new UnsupportedOperatorError(node, 'a cache of fixed length');
  const [q, k, v] = [node.need(0), node.need(1), node.need(2)];
  const flat = rankOf(q) === 3;
  const headsOf = (value: Value, name: string): Value => {
    const count = node.int(name, 0);
    return flat ? splitHeads(b, value, count, sizeAt(value, -1) / count) : value;
  };
  const query = headsOf(q, 'q_num_heads');
  const heads = {
    query,
    key: withPast(context, node, 1, node.input(4), headsOf(k, 'kv_num_heads')),
    value: withPast(context, node, 2, node.input(5), headsOf(v, 'kv_num_heads')),
  };
  const mask = node.input(3);
  const bias = mask?.type === 'bool' ? b.op('Where', [mask, b.scalar(0), b.scalar(-1e9)]) : mask;
  const mixed = attend(context, heads, {
    scale: node.float('scale', 0) || 1 / Math.sqrt(sizeAt(query, 3)),
    softcap: node.float('softcap', 0),
    biases: [
      bias && rankOf(bias) === 3 ? b.unsqueeze(bias, [1]) : bias,
      node.int('is_causal', 0) === 1 ? context.causalMask(0) : null,
    ],
  });
  context.graph.replaceUses(node.out(), flat ? joinHeads(b, mixed) : mixed);
}
