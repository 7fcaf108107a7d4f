/** @file The 4-bit numbers of bitsandbytes: FP4, and NF4, the quantiles of a normal distribution (Dettmers et al. 2023, arXiv 2305.14314). */
import { type Builder, type Node, type Value } from '../../onnx/index.ts';
import { bytesAs, constantOf, otherVariant, reshaped, unpacked } from './constants.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/** Sign, two bits of exponent and one of fraction, over the largest: 12. */
const magnitudes = [0, 1 / 192, 2 / 3, 1, 1 / 3, 1 / 2, 1 / 6, 1 / 4];
const fp4 = [...magnitudes, ...magnitudes.map((value) => -value)];

/** The paper's appendix E. */
const nf4 = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
  -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
  0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
  0.7229568362236023, 1,
];

const tables = [fp4, nf4];

/** Two numbers a byte, the upper half first: [256, 2]. */
function pairs(table: readonly number[]): number[] {
  return table.flatMap((high) => table.flatMap((low) => [high, low]));
}

/**
 * The weight W of a com.microsoft.MatMulBnb4 in float32 [N, K]: table[q]·absmax, by blocks of the N·K elements in a row. Its bytes are
 * unpacked where they are needed.
 */
export function dequantisedBnb4(b: Builder, node: Node): Value {
  const kind = node.int('quant_type', 1);
  const table = tables[kind];
  const [rows, columns] = [node.int('N', 0), node.int('K', 0)];
  const block = node.int('block_size', 64);
  const count = rows * columns;
  if (!table) throw new UnsupportedOperatorError(node, `quant_type ${kind}`, otherVariant);
  if (node.int('transB', 1) !== 1)
    throw new UnsupportedOperatorError(node, 'a weight that is not transposed', otherVariant);
  if (count % block !== 0 || count % 2 !== 0)
    throw new UnsupportedOperatorError(
      node,
      `${count} weights in blocks of ${block}`,
      otherVariant,
    );
  const bytes = bytesAs(b, node.need(1), constantOf(node, 1), [count / 2]);
  const numbers = unpacked(b, bytes, kind === 1 ? 'pairs of NF4' : 'pairs of FP4', pairs(table));
  const absmax = reshaped(b, node.need(2), [count / block, 1]);
  const byBlock = b.mul(b.reshape(numbers, [count / block, block]), absmax);
  return b.reshape(byBlock, [rows, columns]);
}
