/** @file Long files of weights in several arrays, filled as their bytes arrive: no browser need hold a file in one piece. */
import type { PiecedFile, WeightRange } from '../onnx/index.ts';

/** Bytes of the longest array that a file of weights is read into, unless one weight is longer. */
export const longestPiece = 2 ** 30;

/** Bytes that are digested at a time: the browser copies what it digests. */
export const digestBlock = 2 ** 28;

/** Places [start, end) in a file that become one array each: neighbouring weights together, none cut, what lies between them as well. */
export function planPieces(
  weights: readonly WeightRange[],
  longest: number,
): { start: number; end: number }[] {
  const pieces: { start: number; end: number }[] = [];
  for (const { offset, length } of [...weights].sort((a, b) => a.offset - b.offset)) {
    const last = pieces[pieces.length - 1];
    const end = offset + length;
    // Weights may share bytes: a piece that cuts one would not hold the other.
    if (last && (offset < last.end || end - last.start <= longest))
      last.end = Math.max(last.end, end);
    else pieces.push({ start: offset, end });
  }
  return pieces;
}

/**
 * Reads a file of `size` bytes, which arrive in order, into the planned pieces, and the SHA-256 of each of its blocks. A weight beyond
 * the file's end is left to whoever looks for it.
 */
export async function readPieces(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  plan: readonly { start: number; end: number }[],
  allocate: (bytes: number) => Uint8Array<ArrayBuffer>,
): Promise<{ file: PiecedFile; digests: ArrayBuffer[] }> {
  const pieces = plan
    .filter(({ end }) => end <= size)
    .map(({ start, end }) => ({ start, bytes: allocate(end - start) }));
  const digests: ArrayBuffer[] = [];
  const block = allocate(Math.min(size, digestBlock));
  let filled = 0;
  let at = 0;
  for await (const chunk of chunks) {
    for (const { start, bytes } of pieces) {
      const from = Math.max(start, at);
      const to = Math.min(start + bytes.length, at + chunk.length);
      if (from < to) bytes.set(chunk.subarray(from - at, to - at), from - start);
    }
    at += chunk.length;
    for (let used = 0; used < chunk.length;) {
      const part = chunk.subarray(used, used + block.length - filled);
      block.set(part, filled);
      filled += part.length;
      used += part.length;
      if (filled < block.length) continue;
      digests.push(await crypto.subtle.digest('SHA-256', block));
      filled = 0;
    }
  }
  if (filled > 0) digests.push(await crypto.subtle.digest('SHA-256', block.subarray(0, filled)));
  return { file: { length: size, pieces }, digests };
}
