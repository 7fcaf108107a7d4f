/** @file Lowers `GroupQueryAttention` to products, a softmax and moves. */
import { int, rankOf, sizeAt, type Node, type Value } from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
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
  bias: 10,
  sink: 11,
} as const;

/**
 * com.microsoft.GroupQueryAttention: queries [B, T, H·D], keys and values [B, T, G·D] (or all three packed in one), rotary
 * embedding inside or not. Query heads of one group lie side by side, so a group's queries are seen as one longer
 * sequence and keys are never repeated.
 */
export function lowerGroupQueryAttention(node: Node, context: LoweringContext): void {
  const { b } = context;
  refuseRarities(node);
  const heads = node.int('num_heads', 1);
  const groups = node.int('kv_num_heads', heads);
  const { query, key, value, size } = readHeads(node, context, heads, groups);

  const [pastKey, pastValue] = [node.input(slot.pastKey), node.input(slot.pastValue)];
  const keys = withPast(context, node, 1, pastKey, key);
  const values = withPast(context, node, 2, pastValue, value);

  const scale = node.float('scale', 0) || 1 / Math.sqrt(size);
  const share = heads / groups;
  const grouped = share === 1 ? query : b.reshape(query, [0, groups, -1, size]);
  let scores = b.mul(b.op('MatMul', [grouped, b.transposeLast(keys)]), scale);
  if (share !== 1) scores = b.reshape(scores, [0, heads, -1, 0]);
  const cap = node.float('softcap', 0);
  if (cap > 0) scores = b.mul(b.op('Tanh', [b.div(scores, cap)]), cap);
  const bias = node.input(slot.bias);
  if (bias) scores = b.add(scores, bias);
  scores = b.add(scores, context.causalMask(Math.max(0, node.int('local_window_size', -1))));
  let weights = b.op('Softmax', [scores], { axis: int(-1) });
  if (share !== 1) weights = b.reshape(weights, [0, groups, -1, 0]);
  let mixed = b.op('MatMul', [weights, values]);
  if (share !== 1) mixed = b.reshape(mixed, [0, heads, -1, size]);
  const output = b.reshape(b.transpose(mixed, [0, 2, 1, 3]), [0, 0, heads * size]);
  context.graph.replaceUses(node.out(), output);
}

function refuseRarities(node: Node): void {
  if (node.int('rotary_interleaved', 0) === 1)
    throw new UnsupportedOperatorError(node, 'rotary_interleaved=1');
  if (node.int('smooth_softmax', 0) === 1)
    throw new UnsupportedOperatorError(node, 'smooth_softmax=1');
  if (node.input(slot.sink)) throw new UnsupportedOperatorError(node, 'attention sinks');
  for (let index = slot.sink + 1; index < node.inputs.length; index++)
    if (node.input(index)) throw new UnsupportedOperatorError(node, `its input ${index}`);
}

interface Heads {
  /** [B, H, T, D] */
  query: Value;
  /** [B, G, T, D] */
  key: Value;
  /** [B, G, T, D] */
  value: Value;
  /** D */
  size: number;
}

function readHeads(node: Node, context: LoweringContext, heads: number, groups: number): Heads {
  const { b } = context;
  const query = node.need(slot.query);
  const key = node.input(slot.key);
  const packed = !key;
  const size = sizeAt(query, -1) / (packed ? heads + 2 * groups : heads);
  const byHead = (value: Value, count: number): Value =>
    b.transpose(b.reshape(value, [0, 0, count, size]), [0, 2, 1, 3]);
  const turn = (value: Value): Value =>
    node.int('do_rotary', 0) === 1 ? rotate(node, context, value) : value;
  if (!packed)
    return {
      query: turn(byHead(query, heads)),
      key: turn(byHead(key, groups)),
      value: byHead(node.need(slot.value), groups),
      size,
    };
  // Queries and keys lie side by side and turn alike: one rotation serves both.
  const all = byHead(query, heads + 2 * groups);
  const parts = b.node('Split', [all, b.integers([heads + groups, groups])], 2, { axis: int(1) });
  const turned = turn(parts.out(0));
  const turnedParts = b.node('Split', [turned, b.integers([heads, groups])], 2, { axis: int(1) });
  return { query: turnedParts.out(0), key: turnedParts.out(1), value: parts.out(1), size };
}

/**
 * Rotary position embedding of x [B, H, T, D], half-split form: x·cos + (−x₂, x₁)·sin (Su et al. 2021, arXiv 2104.09864).
 * A cache narrower than D turns only the first part.
 */
function rotate(node: Node, context: LoweringContext, x: Value): Value {
  const { b } = context;
  const [cosine, sine] = [node.need(slot.cosine), node.need(slot.sine)];
  const size = sizeAt(x, rankOf(x) - 1);
  const half = sizeAt(cosine, 1);
  const whole = 2 * half === size;
  const parts = whole
    ? b.node('Split', [x, b.integers([half, half])], 2, { axis: int(-1) })
    : b.node('Split', [x, b.integers([half, half, size - 2 * half])], 3, { axis: int(-1) });
  const turning = whole ? x : b.concat([parts.out(0), parts.out(1)], -1);
  const crossed = b.concat([b.op('Neg', [parts.out(1)]), parts.out(0)], -1);
  const turned = b.add(
    b.mul(turning, context.rotaryTable(cosine)),
    b.mul(crossed, context.rotaryTable(sine)),
  );
  return whole ? turned : b.concat([turned, parts.out(2)], -1);
}

/** Keys or values with the past before them; the present output of the fused operator becomes this. */
function withPast(
  context: LoweringContext,
  node: Node,
  output: number,
  past: Value | null,
  now: Value,
): Value {
  if (!context.options.cache || !past) return now;
  const all = context.b.concat([past, now], 2);
  const present = node.outputs[output];
  if (present) context.graph.replaceUses(present, all);
  return all;
}
