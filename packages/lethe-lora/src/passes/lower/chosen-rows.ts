/** @file Rows of a table of which there are two. */
import { int, sizeAt, type Builder, type Value } from '../../onnx/index.ts';

/** Which of two constants stands for a value. */
export interface Choice {
  /** Whether it is the first: for the whole batch, bool []. */
  condition: Value;
  /** The same for each row by its own length, bool [B, 1]; null where the condition is about something else. */
  byRow: Value | null;
  first: Value;
  second: Value;
}

/** Rows [B, T, R] of the chosen table at places [B, T], or [T, R] at [T] by the whole batch's condition. */
export function chosenRows(b: Builder, choice: Choice, places: Value): Value {
  const [one, other] = [choice.first, choice.second].map((table) => {
    // The shorter table has no row for a place that is beyond it, and none is wanted.
    const last = b.scalar(sizeAt(table, 0) - 1, 'int64');
    return b.op('Gather', [table, b.op('Min', [b.cast(places, 'int64'), last])], { axis: int(0) });
  }) as [Value, Value];
  const rows = places.shape?.length === 2 ? choice.byRow : null;
  const condition = rows ? b.unsqueeze(rows, [2]) : choice.condition;
  return b.op('Where', [condition, one, other]);
}
