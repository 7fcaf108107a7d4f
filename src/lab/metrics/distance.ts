/** @file How far training has moved the weights, whatever the factors by which it did. */
import type { ArenaSlice } from '../../model/index.ts';

type Matrix = { values: Float32Array; offset: number; rows: number; columns: number };

/**
 * ‖ΔW′ − ΔW‖ (Frobenius, all adapted matrices together), where ΔW = scale·B·A for each pair `….lora_A` [r, in], `….lora_B` [out, r] of
 * the layout, and scale = alpha/r. Worked out from r×r products: ‖Σᵢ Bᵢ·Aᵢ‖² = Σᵢⱼ ⟨BᵢᵀBⱼ, AᵢAⱼᵀ⟩.
 */
export function distanceMoved(
  layout: readonly ArenaSlice[],
  scale: number,
  from: Float32Array,
  to: Float32Array,
): number {
  let squares = 0;
  const byName = new Map(layout.map((slice) => [slice.name, slice]));
  for (const slice of layout) {
    const up = byName.get(slice.name.replace(/lora_A$/, 'lora_B'));
    if (!slice.name.endsWith('.lora_A') || !up) continue;
    const terms = [from, to].map((values) => ({
      a: matrix(values, slice),
      b: matrix(values, up),
    }));
    terms.forEach((left, i) =>
      terms.forEach((right, j) => {
        squares += (i === j ? 1 : -1) * innerProduct(left, right);
      }),
    );
  }
  return scale * Math.sqrt(Math.max(0, squares));
}

function matrix(values: Float32Array, { offset, dims }: ArenaSlice): Matrix {
  return { values, offset, rows: dims[0] ?? 0, columns: dims[1] ?? 0 };
}

/** ⟨B·A, B′·A′⟩ = Σ over rank pairs (k, l) of ⟨column k of B, column l of B′⟩ · ⟨row k of A, row l of A′⟩. */
function innerProduct(left: { a: Matrix; b: Matrix }, right: { a: Matrix; b: Matrix }): number {
  const rank = left.a.rows;
  let sum = 0;
  for (let k = 0; k < rank; k++)
    for (let l = 0; l < rank; l++) {
      let rows = 0;
      for (let c = 0; c < left.a.columns; c++) rows += at(left.a, k, c) * at(right.a, l, c);
      let columns = 0;
      for (let r = 0; r < left.b.rows; r++) columns += at(left.b, r, k) * at(right.b, r, l);
      sum += rows * columns;
    }
  return sum;
}

function at({ values, offset, columns }: Matrix, row: number, column: number): number {
  return values[offset + row * columns + column] ?? NaN;
}
