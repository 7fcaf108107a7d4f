/** @file Lowers `GroupQueryAttention` to products, a softmax and moves. */
import {
  float,
  float32Numbers,
  float32Tensor,
  int,
  sizeAt,
  type Node,
  type Tensor,
  type Value,
} from '../../onnx/index.ts';
import type { Angles } from './angles.ts';
import type { LoweringContext } from './context.ts';
import { byToken, joinHeads, splitHeads } from './heads.ts';
import { rotate, scaled } from './rotary.ts';
import { attend, withPast, type Heads } from './scaled-attention.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/** Inputs of com.microsoft.GroupQueryAttention by position. */
const slot = {
  query: 0,
  key: 1,
  value: 2,
  pastKey: 3,
  pastValue: 4,
  cosine: 7,
  sine: 8,
  positions: 9,
  bias: 10,
  sink: 11,
  queryNorm: 14,
  keyNorm: 15,
} as const;

const refused: readonly (readonly [number, string])[] = [
  [12, 'a quantised cache'],
  [13, 'a quantised cache'],
];

/**
 * com.microsoft.GroupQueryAttention: queries [B, T, H·D], keys and values [B, T, G·D] (or all three packed in one), rotary
 * embedding and per-head norms inside or not.
 */
export function lowerGroupQueryAttention(node: Node, context: LoweringContext): void {
  const { b } = context;
  refuseRarities(node);
  const now = readHeads(node, context);
  const all = {
    query: now.query,
    key: withPast(context, node, 1, node.input(slot.pastKey), now.key),
    value: withPast(context, node, 2, node.input(slot.pastValue), now.value),
  };
  const sink = node.input(slot.sink) ?? (node.int('smooth_softmax', 0) === 1 ? 0 : undefined);
  const mixed = attend(context, all, {
    ...(sink !== undefined && { sink }),
    scale: 1,
    softcap: node.float('softcap', 0),
    biases: [
      node.input(slot.bias),
      context.causalMask(Math.max(0, node.int('local_window_size', -1))),
    ],
  });
  context.graph.replaceUses(node.out(), joinHeads(b, mixed));
}

function refuseRarities(node: Node): void {
  if (node.int('causal', 1) !== 1) throw new UnsupportedOperatorError(node, 'causal=0');
  if (node.outputs[3]) throw new UnsupportedOperatorError(node, 'its output of scores');
  for (const [index, what] of refused)
    if (node.input(index)) throw new UnsupportedOperatorError(node, what);
  for (let index = slot.keyNorm + 1; index < node.inputs.length; index++)
    if (node.input(index)) throw new UnsupportedOperatorError(node, `its input ${index}`);
}

function readHeads(node: Node, context: LoweringContext): Heads {
  const { b } = context;
  const heads = node.int('num_heads', 1);
  const groups = node.int('kv_num_heads', heads);
  const query = node.need(slot.query);
  const key = node.input(slot.key);
  const size = sizeAt(query, -1) / (key ? heads : heads + 2 * groups);
  const positions = node.input(slot.positions) ?? context.positions;
  const angles: Angles | null =
    node.int('do_rotary', 0) === 1
      ? {
          cosine: context.angles(node.need(slot.cosine), positions),
          sine: context.angles(node.need(slot.sine), positions),
        }
      : null;
  const scale = node.float('scale', 0) || 1 / Math.sqrt(size);
  const interleaved = node.int('rotary_interleaved', 0) === 1;
  /** [B, T, H·D] normalised by head, turned, and by head; the queries scaled as well, which costs nothing where they are turned. */
  const prepared = (value: Value, count: number, norm: Value | null, factor: number): Value => {
    const heads = norm
      ? b.op('SimplifiedLayerNormalization', [b.reshape(value, [0, 0, count, size]), norm], {
          axis: int(-1),
          epsilon: float(node.float('qk_norm_epsilon', 1e-6)),
        })
      : b.reshape(value, [0, 0, count, size]);
    const byHead = b.transpose(heads, [0, 2, 1, 3]);
    return angles
      ? rotate(context, byHead, angles, interleaved, factor)
      : scaled(b, byHead, factor);
  };
  let parts: readonly (Value | null)[] = [query, key, node.input(slot.value)];
  if (!key) {
    const widths = [heads, groups, groups].map((count) => count * size);
    parts = b.node('Split', [query, b.integers(widths)], 3, { axis: int(-1) }).outputs;
  }
  const [q, k, v] = parts as [Value, Value, Value];
  const together = angles && preparedTogether(context, node, [q, k], angles, scale);
  if (together) return { ...together, value: splitHeads(b, v, groups, size) };
  return {
    query: prepared(q, heads, node.input(slot.queryNorm), scale),
    key: prepared(k, groups, node.input(slot.keyNorm), 1),
    value: splitHeads(b, v, groups, size),
  };
}

/** Queries or keys [B, T, H·D] before the norm of their heads, and its gain [D], where there is one. */
interface HeadNorm {
  source: Value;
  gain: Tensor;
  epsilon: number;
}

/** The norm of a node's own input `slot`, or the one that the file has before the node. */
function headNormOf(
  node: Node,
  value: Value,
  own: Value | null,
  size: number,
): HeadNorm | undefined {
  if (own)
    return own.tensor?.type === 'float32'
      ? { source: value, gain: own.tensor, epsilon: node.float('qk_norm_epsilon', 1e-6) }
      : undefined;
  const norm = value.producer?.op === 'Reshape' ? value.producer.need(0).producer : null;
  const before = norm?.input(0)?.producer;
  if (norm?.op !== 'SimplifiedLayerNormalization' || before?.op !== 'Reshape') return undefined;
  const { tensor } = norm.need(1);
  const source = before.need(0);
  const isByHead = norm.need(0).shape?.at(-1) === size && source.shape?.length === 3;
  if (!isByHead || tensor?.type !== 'float32' || tensor.dims.join() !== String(size))
    return undefined;
  return { source, gain: tensor, epsilon: norm.float('epsilon', 1e-5) };
}

/**
 * Queries and keys side by side [B, T, H + G, D]: normalised by head and turned in one go. Each head has its own gain, and those of the
 * queries hold the scale of the scores as well.
 */
function preparedTogether(
  context: LoweringContext,
  node: Node,
  [query, key]: readonly [Value, Value],
  angles: Angles,
  scale: number,
): Pick<Heads, 'query' | 'key'> | null {
  const { b, graph } = context;
  const heads = node.int('num_heads', 1);
  const groups = node.int('kv_num_heads', heads);
  const size = sizeAt(query, -1) / heads;
  if (!context.keepsFused || context.options.cache) return null;
  const q = headNormOf(node, query, node.input(slot.queryNorm), size);
  const k = headNormOf(node, key, node.input(slot.keyNorm), size);
  if (!q || !k || q.epsilon !== k.epsilon) return null;
  const [first, second] = [q.gain, k.gain].map((gain) => float32Numbers(gain)) as [
    Float32Array,
    Float32Array,
  ];
  const gains = Float32Array.from({ length: (heads + groups) * size }, (_, i) =>
    i < heads * size ? scale * (first[i % size] ?? 0) : (second[i % size] ?? 0),
  );
  const ones = graph.addInitializer('ones', float32Tensor(new Float32Array(size).fill(1), [size]));
  const gain = graph.addInitializer('head gains', float32Tensor(gains, [heads + groups, size]));
  const both = b.reshape(b.concat([q.source, k.source], -1), [0, 0, heads + groups, size]);
  const normal = b.op('SimplifiedLayerNormalization', [both, ones], {
    axis: int(-1),
    epsilon: float(q.epsilon),
  });
  const byHead = b.transpose(b.mul(normal, gain), [0, 2, 1, 3]);
  const turned = rotate(context, byHead, angles, node.int('rotary_interleaved', 0) === 1);
  const tokens = byToken(turned) ?? b.transpose(turned, [0, 2, 1, 3]);
  const parts = b.node('Split', [tokens, b.integers([heads, groups])], 2, { axis: int(2) });
  const [queries, keys] = parts.outputs.map((part) => b.transpose(part as Value, [0, 2, 1, 3]));
  return { query: queries as Value, key: keys as Value };
}
