/** @file Token sequences as the tensors of a score or train graph. */
import { int64Rows, type Backend, type Tensor } from '../runtime/index.ts';
import type { Role } from './types.ts';

/** A token sequence of which the tokens from `from` on are counted. */
export interface LabelledSequence {
  ids: readonly number[];
  from: number;
}

/** A sequence that is taught, and what it is to the objective. */
export type Example = LabelledSequence & { role: Role };

/** On a GPU sequences are padded to a multiple of this, so that few shader variants are compiled. */
const multiple = 16;

/** The length that sequences of one batch are padded to on a GPU. */
export function paddedTime(sequences: readonly { ids: readonly number[] }[]): number {
  return Math.ceil(longestOf(sequences) / multiple) * multiple;
}

function longestOf(sequences: readonly { ids: readonly number[] }[]): number {
  return Math.max(...sequences.map(({ ids }) => ids.length));
}

/** `input_ids`, `attention_mask`, `labels` int64 [B, T], padded on the right: on a processor to the longest of them, which is less to compute. */
export function labelledBatch(
  backend: Backend,
  sequences: readonly LabelledSequence[],
  pad: number,
): { input_ids: Tensor; attention_mask: Tensor; labels: Tensor } {
  const isOnGpu = backend.choice.device === 'webgpu';
  const time = isOnGpu ? paddedTime(sequences) : longestOf(sequences);
  const rows = (fill: (sequence: LabelledSequence) => number[], rest: number): Tensor =>
    int64Rows(
      backend,
      sequences.map((sequence) => [
        ...fill(sequence),
        ...Array<number>(time - sequence.ids.length).fill(rest),
      ]),
    );
  return {
    input_ids: rows(({ ids }) => [...ids], pad),
    attention_mask: rows(({ ids }) => ids.map(() => 1), 0),
    labels: rows(({ ids, from }) => ids.map((id, index) => (index >= from ? id : -100)), -100),
  };
}

/** Splits items into batches of at most so many tokens (longest times count), in order; each holds at least one. */
export function splitByTokens<T extends { ids: readonly number[] }>(
  items: readonly T[],
  budget: number,
): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let longest = 0;
  for (const item of items) {
    const length = Math.max(longest, Math.ceil(item.ids.length / multiple) * multiple);
    if (batch.length > 0 && length * (batch.length + 1) > budget) {
      batches.push(batch);
      batch = [];
      longest = 0;
    }
    batch.push(item);
    longest = Math.max(longest, Math.ceil(item.ids.length / multiple) * multiple);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** Within a batch for a processor the longest sequence is at most this many times as long as the shortest. */
const spread = 1.5;

/**
 * Splits items into batches for a processor, which computes padding as it computes text: alike long ones together, the shortest first,
 * at most so many tokens in each (longest times count), and at least one item.
 */
export function splitByLength<T extends { ids: readonly number[] }>(
  items: readonly T[],
  budget: number,
): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  for (const item of [...items].sort((a, b) => a.ids.length - b.ids.length)) {
    const { length } = item.ids;
    const shortest = batch[0]?.ids.length ?? length;
    if (length > spread * shortest || length * (batch.length + 1) > budget) batch = [];
    if (batch.length === 0) batches.push(batch);
    batch.push(item);
  }
  return batches;
}
