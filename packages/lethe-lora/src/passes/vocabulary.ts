/**
 * @file Rows of the vocabulary's size, in pieces: a tensor [N, V] is a list of [N, V₁], [N, V₂] …, so that none is larger than a device's
 * buffers. One piece is the usual case.
 */
import { int, sizeAt, type Builder, type Value } from '../onnx/index.ts';

/** Rows over the whole vocabulary, float32 [N, V], as pieces side by side. */
export type Rows = readonly Value[];

function sumOf(b: Builder, values: readonly Value[]): Value {
  return values.reduce((sum, value) => b.add(sum, value));
}

/** The largest of each row, float32 [N, 1]. */
export function largest(b: Builder, rows: Rows): Value {
  const each = rows.map((piece) => b.reduceMax(piece, [1]));
  return each.length === 1 ? (each[0] as Value) : b.op('Max', each);
}

/** Σⱼ xⱼ of each row, float32 [N, 1]. */
export function total(b: Builder, rows: Rows): Value {
  return sumOf(
    b,
    rows.map((piece) => b.reduceSum(piece, [1], true)),
  );
}

/** The mean of each row, float32 [N, 1]. */
export function mean(b: Builder, rows: Rows): Value {
  if (rows.length === 1) return b.reduceMean(rows[0] as Value, [1]);
  const words = rows.reduce((sum, piece) => sum + sizeAt(piece, 1), 0);
  return b.mul(total(b, rows), 1 / words);
}

/** Piece by piece, f(x, y, …) of rows that are cut alike. */
export function combine(
  work: (...pieces: Value[]) => Value,
  first: Rows,
  ...others: readonly Rows[]
): Value[] {
  return first.map((piece, index) => work(piece, ...others.map((rows) => rows[index] as Value)));
}

export interface Softmax {
  /** The largest logit m of each row, [N, 1]. */
  highest: Value;
  /** log Σⱼ exp(zⱼ − m), [N, 1]. */
  logSum: Value;
  /**
   * softmax(z); of several pieces made anew where it is asked for, so that a forward pass that does without keeps no second set of tensors
   * of the vocabulary's size.
   */
  probabilities: () => Value[];
}

/**
 * softmax(z) of each row. Of one piece the runtime's own, whose largest entry is 1/Σⱼ exp(zⱼ − m); of several, the sum is taken over all
 * of them first.
 */
export function softmax(b: Builder, logits: Rows): Softmax {
  const highest = largest(b, logits);
  const [only] = logits;
  if (only && logits.length === 1) {
    const probabilities = b.op('Softmax', [only], { axis: int(-1) });
    const logSum = b.op('Neg', [b.op('Log', [b.reduceMax(probabilities, [1])])]);
    return { highest, logSum, probabilities: () => [probabilities] };
  }
  const exponentials = logits.map((piece) => b.op('Exp', [b.sub(piece, highest)]));
  const logSum = b.op('Log', [total(b, exponentials)]);
  const probabilities = (): Value[] => {
    const normaliser = b.add(highest, logSum);
    return logits.map((piece) => b.op('Exp', [b.sub(piece, normaliser)]));
  };
  return { highest, logSum, probabilities };
}

interface Place {
  /** Index in the piece, int64 [N, 1]; of a label that lies in another piece, any. */
  index: Value;
  /** Whether the label lies in this piece, bool [N, 1]; null where there is but one. */
  isHere: Value | null;
}

/** Where the labels [N] lie in each piece. */
function places(b: Builder, rows: Rows, target: Value): Place[] {
  const column = b.unsqueeze(target, [1]);
  if (rows.length === 1) return [{ index: column, isHere: null }];
  let start = 0;
  return rows.map((piece) => {
    const local = b.op('Sub', [column, b.scalar(start, 'int64')]);
    const last = b.scalar(sizeAt(piece, 1) - 1, 'int64');
    start += sizeAt(piece, 1);
    const index = b.op('Min', [b.op('Max', [local, b.scalar(0, 'int64')]), last]);
    return { index, isHere: b.op('Equal', [index, local]) };
  });
}

/** Each row's entry at its label, float32 [N, 1]. */
export function atLabel(b: Builder, rows: Rows, target: Value): Value {
  const found = places(b, rows, target);
  return sumOf(
    b,
    rows.map((piece, i) => {
      const { index, isHere } = found[i] as Place;
      const own = b.op('GatherElements', [piece, index], { axis: int(1) });
      return isHere ? b.op('Where', [isHere, own, b.scalar(0)]) : own;
    }),
  );
}

/** The rows with each label's own entry replaced by `entry` [N, 1]. */
export function withLabel(b: Builder, rows: Rows, target: Value, entry: Value): Value[] {
  const found = places(b, rows, target);
  return rows.map((piece, i) => {
    const { index, isHere } = found[i] as Place;
    const kept = isHere && b.op('GatherElements', [piece, index], { axis: int(1) });
    const put = isHere && kept ? b.op('Where', [isHere, entry, kept]) : entry;
    return b.op('ScatterElements', [piece, index, put], { axis: int(1) });
  });
}
