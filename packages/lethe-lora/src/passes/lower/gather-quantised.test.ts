/** Rows of an embedding in few bits, against ONNX Runtime's own kernels on the CPU. */
import { describe, expect, it } from 'vitest';
import { float32Tensor, int, tensorOver, type Builder, type Value } from '../../onnx/index.ts';
import { bytesOf, compare, modelOf, wave } from './fused-kernel.ts';
import { lower } from './index.ts';

/** Of numbers within ±0.7, rows 0 to 6. */
const indicesOf = (b: Builder, x: Value): Value =>
  b.cast(b.op('Floor', [b.mul(b.op('Abs', [x]), 6.9 / 0.7)]), 'int64');

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
        const indices = indicesOf(b, x);
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

  it.each(['int4', 'uint4'] as const)('%s', async (type) => {
    const [rows, columns] = [7, 64];
    const graph = modelOf(
      (b, g, x) => {
        const data = tensorOver(type, [rows, columns], bytesOf([rows, columns / 2], 1));
        const scales = float32Tensor(wave([rows, 2], 2), [rows, 2]);
        const y = b.op(
          'com.microsoft::GatherBlockQuantized',
          [g.addInitializer('w', data), indicesOf(b, x), g.addInitializer('scales', scales)],
          { block_size: int(32), gather_axis: int(0), quantize_axis: int(1) },
        );
        y.type = 'float32';
        return y;
      },
      [2, 5],
    );
    expect(await compare(graph, [2, 5])).toBeLessThan(1e-6);
  });
});

describe('rows of a table in 8 bits', () => {
  it.each([
    ['of one scale', [], undefined],
    ['of a scale a column', [64], 1],
    ['of a scale a row', [7], 0],
  ] as const)('%s are taken before they are dequantised', async (_, dims, axis) => {
    const graph = modelOf(
      (b, g, x) => {
        const table = g.addInitializer('w', tensorOver('uint8', [7, 64], bytesOf([7, 64], 1)));
        const scale = g.addInitializer('s', float32Tensor(wave(dims, 2), dims));
        const zero = g.addInitializer('z', tensorOver('uint8', dims, bytesOf(dims, 3)));
        const attributes = axis === undefined ? {} : { axis: int(axis) };
        const real = b.op('DequantizeLinear', [table, scale, zero], attributes);
        return b.op('Gather', [real, indicesOf(b, x)]);
      },
      [2, 5],
    );
    expect(await compare(graph, [2, 5])).toBeLessThan(1e-5);
    const lowered = lower(graph, { cache: false });
    const first = lowered.nodes.findIndex(({ op }) => op === 'Gather');
    const dequantised = lowered.nodes.findIndex(({ op }) => op === 'DequantizeLinear');
    expect(first).toBeLessThan(dequantised);
  });
});
