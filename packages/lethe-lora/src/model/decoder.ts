/** @file What generates: a graph with adapters, or a file's own. */
import type { Graph } from '../onnx/index.ts';
import type { Tensor } from '../runtime/index.ts';
import type { LabelledSequence } from './sequences.ts';

/** One text that is being continued. */
export interface Row {
  prompt: number[];
  tokens: number[];
  logProb: number;
  done: boolean;
}

/** Logits float32 [B, V] of each next position, one token later each time. */
export type Logits = AsyncGenerator<Float32Array, undefined>;

export interface Decoder {
  /** Whether texts of several lengths may be continued in one batch. */
  readonly mayPad: boolean;
  /** Rows of up to `time` tokens, prompt and answer, that one run may take; at least one. */
  rowsAtOnce(time: number): number;
  /**
   * Goes on from the rows' prompts, and each time from the tokens that they have by then. Finished rows go on beside the others; what
   * they say is not kept. `adapter` is float32 [P].
   */
  steps(rows: readonly Row[], adapter: Tensor): Logits;
  /** Logits float32 [N, V] by which the labelled tokens are predicted, sequence by sequence. */
  labelled(sequences: readonly LabelledSequence[], adapter: Tensor): Promise<Float32Array>;
}

/** Rows that a graph takes, where its file was made for so many only. */
export function rowsOf(graph: Graph): number {
  const [rows] = graph.input('input_ids').shape ?? [];
  return typeof rows === 'number' ? rows : Infinity;
}

/** The last token of each row, or what stands for it where there is none. */
export function lastTokens(rows: readonly Row[], pad: number): number[][] {
  return rows.map(({ tokens }) => [tokens[tokens.length - 1] ?? pad]);
}

/** Rows of one length, by default the longest one's, filled up on the right. */
export function filledRight(
  rows: readonly (readonly number[])[],
  fill: number,
  time = Math.max(...rows.map(({ length }) => length)),
): number[][] {
  return rows.map((row) => [...row, ...Array<number>(time - row.length).fill(fill)]);
}

export function dataOf(tensor: Tensor | undefined): Float32Array {
  if (!tensor) throw new Error('The graph did not give an expected output.');
  return tensor.data as Float32Array;
}
