/** Products with bitsandbytes' 4-bit weights, against ONNX Runtime's own kernel on the CPU. */
import { describe, expect, it } from 'vitest';
import { float32Tensor, int, tensorOver } from '../../onnx/index.ts';
import { bytesOf, compare, modelOf, slopeError, wave } from './fused-kernel.ts';

describe('MatMulBnb4, unpacked and multiplied, agrees with the fused kernel', () => {
  it.each([
    ['FP4', { kind: 0, block: 64, rows: 6, columns: 64 }],
    ['NF4', { kind: 1, block: 64, rows: 6, columns: 64 }],
    ['NF4 in blocks over several rows', { kind: 1, block: 128, rows: 8, columns: 48 }],
    ['NF4 in several blocks a row', { kind: 1, block: 16, rows: 3, columns: 96 }],
  ] as const)('%s', async (_, { kind, block, rows, columns }) => {
    const dims = [2, 3, columns];
    const count = rows * columns;
    const graph = modelOf(
      (b, g, x) => {
        const bytes = tensorOver('uint8', [count / 2], bytesOf([count / 2], 3));
        const absmax = float32Tensor(
          wave([count / block], 2).map((v) => 0.1 + Math.abs(v)),
          [count / block],
        );
        return b.op(
          'com.microsoft::MatMulBnb4',
          [x, g.addInitializer('w', bytes), g.addInitializer('absmax', absmax)],
          { K: int(columns), N: int(rows), block_size: int(block), quant_type: int(kind) },
        );
      },
      dims,
      18,
    );
    // The same numbers; sums of up to 96 products of about 0.3 in another order.
    expect(await compare(graph, dims)).toBeLessThan(1e-5);
    expect(await slopeError(graph, dims)).toBeLessThan(1e-5);
  });
});
