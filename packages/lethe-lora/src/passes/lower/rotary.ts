/** @file Rotary position embedding, inside attention and as an operator of its own. */
import { int, rankOf, sizeAt, type Builder, type Node, type Value } from '../../onnx/index.ts';
import type { Angles } from './angles.ts';
import type { LoweringContext } from './context.ts';
import { byToken, joinHeads, splitHeads } from './heads.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/**
 * Turns the first R of x [B, H, T, D] (Su et al. 2021, arXiv 2104.09864) and multiplies all of it by `factor`: pairs are (i, i + R/2), or
 * neighbours where `interleaved`. By the runtime's own operator where fused ones may stay, else spelt out.
 */
export function rotate(
  context: LoweringContext,
  x: Value,
  angles: Angles,
  interleaved: boolean,
  factor = 1,
): Value {
  const { b } = context;
  const size = sizeAt(x, 3);
  const half = sizeAt(angles.cosine, 3);
  const isWhole = 2 * half === size;
  if (context.keepsFused && isByToken(angles, context.graph.input('input_ids'))) {
    const { positions, cosine, sine } = context.turning(angles, isWhole ? factor : 1);
    const attributes = {
      ...(interleaved && { interleaved: int(1) }),
      ...(!isWhole && { rotary_embedding_dim: int(2 * half), num_heads: int(sizeAt(x, 1)) }),
    };
    const turn = (value: Value): Value =>
      b.op('com.microsoft::RotaryEmbedding', [value, positions, cosine, sine], attributes);
    // The operator takes [B, T, H·D] as well: turned as they lie, before heads come first.
    const apart = byToken(x);
    const turned = apart
      ? splitHeads(b, turn(b.reshape(apart, [0, 0, sizeAt(x, 1) * size])), sizeAt(x, 1), size)
      : turn(x);
    return isWhole ? turned : scaled(b, turned, factor);
  }
  if (isWhole) return scaled(b, rotateWhole(b, x, angles, interleaved), factor);
  const parts = b.node('Split', [x, b.integers([2 * half, size - 2 * half])], 2, { axis: int(-1) });
  const turned = rotateWhole(b, parts.out(0), angles, interleaved);
  return scaled(b, b.concat([turned, parts.out(1)], -1), factor);
}

/** x · factor; no node for 1. */
export function scaled(b: Builder, x: Value, factor: number): Value {
  return factor === 1 ? x : b.mul(x, factor);
}

/** Whether there is a row of angles for each token, of all sequences alike or of each. */
function isByToken({ cosine }: Angles, tokens: Value): boolean {
  const [batch, , time] = cosine.shape ?? [];
  return (batch === 1 || batch === tokens.shape?.[0]) && time === tokens.shape?.[1];
}

function rotateWhole(b: Builder, x: Value, { cosine, sine }: Angles, interleaved: boolean): Value {
  const half = sizeAt(cosine, 3);
  const pairs = interleaved ? b.reshape(x, [0, 0, 0, half, 2]) : x;
  const lengths = interleaved ? [1, 1] : [half, half];
  const parts = b.node('Split', [pairs, b.integers(lengths)], 2, { axis: int(-1) });
  const [first, second] = [parts.out(0), parts.out(1)];
  const [c, s] = interleaved
    ? [b.unsqueeze(cosine, [-1]), b.unsqueeze(sine, [-1])]
    : [cosine, sine];
  const turned = b.concat(
    [b.sub(b.mul(first, c), b.mul(second, s)), b.add(b.mul(second, c), b.mul(first, s))],
    -1,
  );
  return interleaved ? b.reshape(turned, [0, 0, 0, 2 * half]) : turned;
}

/** com.microsoft.RotaryEmbedding (x, positions, cosines, sines): x [B, T, H·D] or [B, H, T, D]. */
export function lowerRotaryEmbedding(node: Node, context: LoweringContext): void {
  if (node.int('is_packed_batching', 0) === 1)
    throw new UnsupportedOperatorError(node, 'is_packed_batching=1');
  if (node.float('scale', 1) !== 1) throw new UnsupportedOperatorError(node, 'a scale');
  const [positions, cosine, sine] = [node.need(1), node.need(2), node.need(3)];
  replaceRotated(node, context, {
    cosine: context.angles(cosine, positions),
    sine: context.angles(sine, positions),
  });
}

/** ONNX RotaryEmbedding since version 23 (x, cosines, sines, positions?): without positions the tables are by token already. */
export function lowerOnnxRotaryEmbedding(node: Node, context: LoweringContext): void {
  const { b } = context;
  const positions = node.input(3);
  const at = (table: Value): Value =>
    positions ? context.angles(table, positions) : b.unsqueeze(table, [1]);
  replaceRotated(node, context, { cosine: at(node.need(1)), sine: at(node.need(2)) });
}

function replaceRotated(node: Node, context: LoweringContext, angles: Angles): void {
  const { b, graph } = context;
  const x = node.need(0);
  const interleaved = node.int('interleaved', 0) === 1;
  if (rankOf(x) === 4) {
    graph.replaceUses(node.out(), rotate(context, x, angles, interleaved));
    return;
  }
  const width = sizeAt(x, 2);
  const turned = 2 * sizeAt(angles.cosine, 3);
  const heads = node.int('num_heads', 0) || width / turned;
  const split = splitHeads(b, x, heads, width / heads);
  graph.replaceUses(node.out(), joinHeads(b, rotate(context, split, angles, interleaved)));
}
