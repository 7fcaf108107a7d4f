/** @file Attention heads: split from the width of a token, and joined to it. */
import { sizeAt, type Builder, type Value } from '../../onnx/index.ts';

/** [B, T, H·D] as [B, H, T, D]. */
export function splitHeads(b: Builder, value: Value, heads: number, size: number): Value {
  return b.transpose(b.reshape(value, [0, 0, heads, size]), [0, 2, 1, 3]);
}

/** [B, H, T, D] as [B, T, H·D]. */
export function joinHeads(b: Builder, value: Value): Value {
  const width = sizeAt(value, 1) * sizeAt(value, 3);
  return b.reshape(b.transpose(value, [0, 2, 1, 3]), [0, 0, width]);
}

/** [B, T, H, D] where that was brought to [B, H, T, D]. */
export function byToken({ producer }: Value): Value | undefined {
  const isTransposed = producer?.op === 'Transpose' && producer.ints('perm')?.join() === '0,2,1,3';
  return isTransposed ? producer.need(0) : undefined;
}
