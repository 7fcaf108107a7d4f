/** @file Token sequences as the tensors of a score or train graph. */
import { int64Rows, type Backend, type Tensor } from '../runtime/index.ts';

/** A token sequence of which the tokens from `from` on are counted. */
export interface LabelledSequence {
  ids: readonly number[];
  from: number;
}

/** Sequences are padded to a multiple of this, so that few shader variants are compiled. */
const multiple = 16;

/** The length that sequences of one batch are padded to. */
export function paddedTime(sequences: readonly { ids: readonly number[] }[]): number {
  return Math.ceil(Math.max(...sequences.map(({ ids }) => ids.length)) / multiple) * multiple;
}

/** `input_ids`, `attention_mask`, `labels` int64 [B, T], padded on the right. */
export function labelledBatch(
  backend: Backend,
  sequences: readonly LabelledSequence[],
  pad: number,
): { input_ids: Tensor; attention_mask: Tensor; labels: Tensor } {
  const time = paddedTime(sequences);
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
