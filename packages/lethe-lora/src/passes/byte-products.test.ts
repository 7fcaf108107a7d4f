import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  float32Tensor,
  Graph,
  int,
  realTensor,
  tensorOver,
  writeModel,
} from '../onnx/index.ts';
import { hasSpreadableProducts, spreadBytes, spreadNibbles } from './byte-products.ts';
import { bytesOf, wave } from './lower/fused-kernel.ts';

const [K, N, block] = [320, 256, 32];

/** Two products of one weight. */
function model(form: { zeros?: boolean; bias?: boolean; half?: boolean }): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  graph.opsets.set('com.microsoft', 1);
  const x = graph.addInput('x', 'float32', ['batch', 'time', K]);
  const b = new Builder(graph, 'test');
  const bits = graph.addInitializer(
    'bits',
    tensorOver('uint8', [N, K / block, block / 2], bytesOf([(N * K) / 2], 3)),
  );
  const numbers = wave([(N * K) / block], 5) as Float32Array<ArrayBuffer>;
  const type = form.half ? 'float16' : 'float32';
  const stored = graph.addInitializer('scales', realTensor(type, numbers, [numbers.length]));
  const scales = b.cast(stored, 'float32');
  const zeros = form.zeros
    ? graph.addInitializer('zeros', tensorOver('uint8', [N * 5], bytesOf([N * 5], 7)))
    : null;
  const bias = form.bias ? graph.addInitializer('bias', float32Tensor(wave([N], 9), [N])) : null;
  const attributes = { K: int(K), N: int(N), bits: int(4), block_size: int(block) };
  const product = (of: typeof x) =>
    b.op('com.microsoft::MatMulNBits', [of, bits, scales, zeros, null, bias], attributes);
  graph.addOutput('y', b.add(product(x), product(b.mul(x, 2))));
  return graph;
}

async function outputOf(graph: Graph, dims: readonly number[]): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(writeModel(graph), { logSeverityLevel: 3 });
  const { y } = await session.run({ x: new ort.Tensor('float32', wave(dims, 1), dims) });
  expect(y?.dims).toEqual([...dims.slice(0, -1), N]);
  return y?.data as Float32Array;
}

describe('products of 4-bit weights kept as bytes', () => {
  it.each([
    ['', {}],
    ['with zero points', { zeros: true }],
    ['with a bias', { bias: true }],
    ['with scales in half precision', { half: true }],
  ])('are the fused ones %s', async (_, form) => {
    for (const dims of [
      [1, 1, K],
      [3, 5, K],
    ]) {
      const graph = model(form);
      expect(hasSpreadableProducts(graph)).toBe(true);
      // One weight is kept once.
      expect(spreadBytes(graph)).toBe(K * N);
      const expected = await outputOf(graph, dims);
      spreadNibbles(graph);
      expect(graph.nodes.some(({ opType }) => opType === 'MatMulNBits')).toBe(false);
      const found = await outputOf(graph, dims);
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      found.forEach((value, i) =>
        expect(Math.abs(value - (expected[i] ?? NaN))).toBeLessThan(1e-5 * largest),
      );
    }
  });
});
