/** Products with weights in few bits, lowered, against ONNX Runtime's own kernels for them on the CPU. */
import { describe, expect, it } from 'vitest';
import {
  elementCount,
  float32Tensor,
  int,
  tensorOver,
  type Builder,
  type Graph,
  type Value,
} from '../../onnx/index.ts';
import { compare, modelOf, wave } from './fused-kernel.ts';
import { lower } from './index.ts';

const bytesOf = (dims: readonly number[], seed: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: elementCount(dims) }, (_, i) => (i * 73 + seed * 29 + (i >> 3)) % 256);

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

describe('GatherBlockQuantized, unpacked by arithmetic, agrees with the fused kernel', () => {
  it.each([
    { bits: 4, block: 32, zeroPoints: false, shared: false },
    { bits: 4, block: 16, zeroPoints: true, shared: false },
    { bits: 4, block: 32, zeroPoints: false, shared: true },
    { bits: 8, block: 32, zeroPoints: false, shared: false },
    { bits: 8, block: 32, zeroPoints: true, shared: false },
    { bits: 2, block: 32, zeroPoints: false, shared: false },
    { bits: 2, block: 16, zeroPoints: true, shared: false },
  ])('%o', async ({ bits, block, zeroPoints, shared }) => {
    const [rows, columns] = [7, 96];
    const blocks = columns / block;
    const graph = modelOf(
      (b, g, x) => {
        const bytes = (name: string, dims: number[], seed: number): Value =>
          g.addInitializer(name, tensorOver('uint8', dims, bytesOf(dims, seed)));
        const width = (columns * bits) / 8;
        const data = shared
          ? b.reshape(bytes('w', [rows, blocks, width / blocks], 1), [rows, width])
          : bytes('w', [rows, width], 1);
        const scales = g.addInitializer(
          'scales',
          float32Tensor(wave([rows, blocks], 2), [rows, blocks]),
        );
        const indices = b.cast(b.op('Floor', [b.mul(b.op('Abs', [x]), 6.9 / 0.7)]), 'int64');
        const zero = zeroPoints ? bytes('z', [rows, Math.ceil((blocks * bits) / 8)], 4) : null;
        const y = b.op('com.microsoft::GatherBlockQuantized', [data, indices, scales, zero], {
          bits: int(bits),
          block_size: int(block),
          gather_axis: int(0),
          quantize_axis: int(1),
        });
        y.type = 'float32';
        return y;
      },
      [2, 5],
    );
    // The same products of the same numbers.
    expect(await compare(graph, [2, 5])).toBeLessThan(1e-6);
  });
});

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
  });
});
