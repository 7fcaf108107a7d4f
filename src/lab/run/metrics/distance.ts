/** @file How far training has moved the weights, whatever the factors by which it did. */
import type { ArenaSlice } from 'lethe-lora/engine';

/** scale·B·A of one adapted matrix: the rows of A, and the columns of B, one a rank. */
interface Update {
  rows: Float32Array[];
  columns: Float32Array[];
}

/**
 * ‖ΔW′ − ΔW‖ (Frobenius, all adapted matrices together), where ΔW = scale·B·A for each pair `….lora_A` [r, in], `….lora_B` [out, r] of
 * the layout, and scale = alpha/r. Worked out without the products: ⟨B·A, B′·A′⟩ = Σ over ranks k, l of ⟨bₖ, b′ₗ⟩·⟨aₖ, a′ₗ⟩.
 */
export function distanceMoved(
  layout: readonly ArenaSlice[],
  scale: number,
  from: Float32Array,
  to: Float32Array,
): number {
  const ups = new Map(layout.map((slice) => [slice.name, slice]));
  let squares = 0;
  for (const down of layout) {
    const up = ups.get(down.name.replace(/lora_A$/, 'lora_B'));
    if (!down.name.endsWith('.lora_A') || !up) continue;
    const [before, after] = [from, to].map((values) => updateOf(values, down, up)) as [
      Update,
      Update,
    ];
    squares += product(after, after) - 2 * product(before, after) + product(before, before);
  }
  return scale * Math.sqrt(Math.max(0, squares));
}

function updateOf(values: Float32Array, down: ArenaSlice, up: ArenaSlice): Update {
  const [rank = 0, width = 0] = down.dims;
  const height = up.dims[0] ?? 0;
  const ranks = Array.from({ length: rank }, (_, k) => k);
  return {
    rows: ranks.map((k) => values.subarray(down.offset + k * width, down.offset + (k + 1) * width)),
    columns: ranks.map((k) =>
      Float32Array.from({ length: height }, (_, row) => values[up.offset + row * rank + k] ?? NaN),
    ),
  };
}

function product(left: Update, right: Update): number {
  let sum = 0;
  left.rows.forEach((row, k) => {
    right.rows.forEach((other, l) => {
      sum += dot(row, other) * dot(left.columns[k], right.columns[l]);
    });
  });
  return sum;
}

function dot(a: Float32Array = empty, b: Float32Array = empty): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

const empty = new Float32Array();
