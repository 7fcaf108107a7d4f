/** Products with weights in few bits, lowered, against ONNX Runtime's own kernels for them on the CPU. */
import { describe, expect, it } from 'vitest';
import {
  float32Tensor,
  int,
  tensorOver,
  type Builder,
  type Graph,
  type Value,
} from '../../onnx/index.ts';
import { bytesOf, compare, modelOf, slopeError, wave } from './fused-kernel.ts';
import { lower } from './index.ts';

interface Form {
  bits: number;
  block: number;
  rows: number;
  columns: number;
  zeroPoints?: 'packed' | 'real';
  bias?: boolean;
  opset?: number;
}

function product({ bits, block, rows, columns, zeroPoints, bias }: Form) {
  return (b: Builder, graph: Graph, x: Value): Value => {
    const blocks = Math.ceil(columns / block);
    const weight = (name: string, dims: number[], seed: number): Value =>
      graph.addInitializer(name, tensorOver('uint8', dims, bytesOf(dims, seed)));
    const real = (name: string, dims: number[], seed: number, shift = 0): Value =>
      graph.addInitializer(
        name,
        float32Tensor(
          wave(dims, seed, 0.05).map((v) => v + shift),
          dims,
        ),
      );
    const zero =
      zeroPoints === 'packed'
        ? weight('zero', [rows, Math.ceil((blocks * bits) / 8)], 5)
        : zeroPoints === 'real'
          ? real('zero', [rows, blocks], 6, 7.5)
          : null;
    const y = b.op(
      'com.microsoft::MatMulNBits',
      [
        x,
        weight('w', [rows, blocks, (block * bits) / 8], 1),
        real('scales', [rows, blocks], 2),
        zero,
        null,
        bias ? real('bias', [rows], 3) : null,
      ],
      { K: int(columns), N: int(rows), bits: int(bits), block_size: int(block) },
    );
    y.type = 'float32';
    return y;
  };
}

describe('MatMulNBits, dequantised and multiplied, agrees with the fused kernel', () => {
  const forms: Form[] = [
    ...[16, 32, 64, 128, 256].map((block) => ({ bits: 4, block, rows: 6, columns: 256 })),
    { bits: 4, block: 32, rows: 5, columns: 96, zeroPoints: 'packed' },
    { bits: 4, block: 16, rows: 4, columns: 64, zeroPoints: 'packed' },
    { bits: 4, block: 32, rows: 5, columns: 96, zeroPoints: 'real' },
    { bits: 4, block: 32, rows: 3, columns: 80 },
    { bits: 8, block: 32, rows: 6, columns: 64 },
    { bits: 2, block: 32, rows: 6, columns: 64 },
    { bits: 2, block: 16, rows: 5, columns: 80, zeroPoints: 'packed' },
    { bits: 2, block: 32, rows: 3, columns: 80 },
    { bits: 2, block: 32, rows: 4, columns: 64, zeroPoints: 'real' },
    { bits: 8, block: 32, rows: 6, columns: 96, zeroPoints: 'packed' },
    { bits: 4, block: 32, rows: 6, columns: 64, bias: true },
    { bits: 4, block: 32, rows: 6, columns: 64, opset: 14 },
  ];
  it.each(forms.map((form) => [JSON.stringify(form), form] as const))('%s', async (_, form) => {
    const dims = [2, 3, form.columns];
    const graph = modelOf(product(form), dims, form.opset);
    // Sums of 64 to 256 products of size about 0.7 · 0.05 · 8, in another order: float32 rounding.
    expect(await compare(graph, dims)).toBeLessThan(2e-5);
    expect(await slopeError(graph, dims)).toBeLessThan(1e-5);
  });

  it('multiplies 8-bit weights with real zero points, for which the CPU has no kernel', async () => {
    const dims = [2, 3, 64];
    const form: Form = { bits: 8, block: 32, rows: 4, columns: 64 };
    const whole = modelOf(product({ ...form, zeroPoints: 'packed' }), dims);
    const zero = whole.initializers.find(({ name }) => name === 'zero');
    const real = whole.clone();
    const numbers = float32Tensor(zero?.tensor?.bytes ?? [], [4, 2]);
    real.nodes
      .find(({ opType }) => opType === 'MatMulNBits')
      ?.setInput(3, real.addInitializer('real', numbers));
    // Kept fused or not, it is lowered; sums of 64 products of about 0.7 · 0.05 · 128.
    for (const fusedProducts of [false, true]) {
      const lowered = lower(real, { cache: false, fusedProducts });
      expect(lowered.nodes.map(({ opType }) => opType)).not.toContain('MatMulNBits');
    }
    expect(await compare(real, dims, undefined, whole)).toBeLessThan(2e-4);
  });

  it('refuses an order of columns of its own, and widths it does not know, with advice', () => {
    const dims = [1, 2, 64];
    const form: Form = { bits: 4, block: 32, rows: 4, columns: 64 };
    const ordered = modelOf(product(form), dims);
    const node = ordered.nodes.find(({ opType }) => opType === 'MatMulNBits');
    node?.setInput(
      4,
      ordered.addInitializer('g_idx', tensorOver('int32', [64], new Int32Array(64))),
    );
    expect(() => lower(ordered, { cache: false })).toThrow(/MatMulNBits "[^"]+".*g_idx.*variant/);
    const narrow = modelOf(product({ ...form, bits: 1 }), dims);
    expect(() => lower(narrow, { cache: false })).toThrow(/1-bit weights/);
  });
});
