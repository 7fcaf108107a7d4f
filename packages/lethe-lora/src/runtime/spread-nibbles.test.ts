/** Weights in 4 bits fed as bytes, against the runtime's own kernels for them. */
import { describe, expect, it } from 'vitest';
import {
  Builder,
  Graph,
  int,
  tensorOver,
  type Tensor as Constant,
  type Value,
} from '../onnx/index.ts';
import { loadBackend } from './backend.ts';
import { Session } from './session.ts';
import { spread, spreadFeeds } from './spread-nibbles.ts';

const [N, K, block] = [512, 128, 32];
const blocks = K / block;
const draw = (count: number, most: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: count }, (_, i) => (i * 7919 + (i >> 3) * 31) % most);

const packed = tensorOver('uint8', [N, blocks, block / 2], draw((N * K) / 2, 256));
const seen: Constant = { type: 'uint4', dims: [N, K], bytes: packed.bytes };
const scales = tensorOver(
  'float32',
  [N * blocks],
  Float32Array.from({ length: N * blocks }, (_, i) => 0.01 + (i % 7) / 300),
);
const points = draw((N * blocks) / 2, 256);

/** x·Wᵀ + (x·Wᵀ)·W, as a forward and a backward pass have them. */
function graphOf(zeros: 'given' | 'none'): { graph: Graph; constants: Map<string, Constant> } {
  const graph = new Graph();
  graph.opsets.set('', 21);
  graph.opsets.set('com.microsoft', 1);
  const x = graph.addInput('x', 'float32', ['batch', 3, K]);
  const b = new Builder(graph, 'test');
  const constants = new Map<string, Constant>();
  const weight = (name: string, tensor: Constant): Value => {
    constants.set(name, tensor);
    return graph.addInitializer(name, tensor);
  };
  const zeroBytes = zeros === 'given' ? points : new Uint8Array(points.length).fill(0x88);
  const zeroOfProduct =
    zeros === 'given' ? weight('z', tensorOver('uint8', [N, blocks / 2], points)) : null;
  const y = b.op(
    'com.microsoft::MatMulNBits',
    [x, weight('w', packed), weight('s', scales), zeroOfProduct],
    { K: int(K), N: int(N), bits: int(4), block_size: int(block) },
  );
  y.type = 'float32';
  y.shape = ['batch', 3, N];
  const real = b.op(
    'DequantizeLinear',
    [
      weight('w4', seen),
      b.reshape(graph.value('s') as Value, [N, blocks]),
      weight('z4', { type: 'uint4', dims: [N, blocks], bytes: zeroBytes }),
    ],
    { axis: int(1), block_size: int(block) },
  );
  graph.outputs.push(y, b.op('MatMul', [y, real]));
  return { graph, constants };
}

describe('weights in 4 bits that are fed as bytes', () => {
  it.each(['given', 'none'] as const)('give the same numbers, zero points %s', async (zeros) => {
    const backend = await loadBackend({ device: 'cpu', threads: 1, reason: 'chosen' });
    const { ort } = backend;
    const x = new ort.Tensor(
      'float32',
      Float32Array.from({ length: 2 * 3 * K }, (_, i) => Math.sin(i)),
      [2, 3, K],
    );
    const own = graphOf(zeros);
    const plain = await Session.create(own.graph.clone(), backend, { readBack: 0 });
    const expected = Object.values(await plain.run({ x }));
    const fed = spreadFeeds(own.graph, [own.constants]);
    expect(fed.size).toBe(2);
    expect(own.graph.nodes.some(({ op }) => op.endsWith('MatMulNBits'))).toBe(false);
    const bytes = Object.fromEntries(
      [...fed].map(([name, [nibbles]]) => {
        if (!nibbles) throw new Error('nothing is fed');
        const array = new Int8Array(N * K);
        spread(nibbles, array);
        return [name, new ort.Tensor('int8', array, [N * blocks, block])];
      }),
    );
    const session = await Session.create(own.graph, backend, { readBack: 0 });
    const found = Object.values(await session.run({ x, ...bytes }));
    expected.forEach((tensor, at) => {
      const [right, ours] = [tensor, found[at]].map((each) => each?.data as Float32Array);
      expect(right?.some((value) => Math.abs(value) > 0.1)).toBe(true);
      ours?.forEach((value, i) => {
        expect(Math.abs(value - (right?.[i] ?? NaN))).toBeLessThan(2e-5 * 100);
      });
    });
  });
});
