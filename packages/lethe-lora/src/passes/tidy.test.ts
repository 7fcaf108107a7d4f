import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Builder, elementCount, float, Graph, int, writeModel, type Value } from '../onnx/index.ts';
import { wave } from './lower/fused-kernel.ts';
import { tidy } from './tidy.ts';

type Input = (name: string, dims: (number | string)[]) => Value;

const [batch, time] = [2, 3];

async function outputsOf(graph: Graph): Promise<Record<string, Float32Array>> {
  const session = await ort.InferenceSession.create(writeModel(graph), {
    logSeverityLevel: 3,
    graphOptimizationLevel: 'disabled',
  });
  const feeds = graph.inputs.map((input, seed) => {
    const dims = (input.shape ?? []).map((dim) =>
      typeof dim === 'number' ? dim : dim === 'batch' ? batch : time,
    );
    const data =
      input.type === 'int64'
        ? BigInt64Array.from({ length: elementCount(dims) }, (_, i) => BigInt(i % 3))
        : wave(dims, seed + 1);
    return [
      input.name,
      new ort.Tensor(input.type as 'float32', data as Float32Array, dims),
    ] as const;
  });
  const outputs = await session.run(Object.fromEntries(feeds));
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
  );
}

/** The operators of a graph after tidying; its outputs must be what they were. */
async function tidied(build: (b: Builder, input: Input) => Value[]): Promise<string[]> {
  const graph = new Graph();
  graph.opsets.set('', 21);
  graph.opsets.set('com.microsoft', 1);
  const b = new Builder(graph, 'test');
  graph.addInput('input_ids', 'int64', ['batch', 'time']);
  const input: Input = (name, dims) => graph.addInput(name, 'float32', dims);
  build(b, input).forEach((value, index) => graph.addOutput(`y${index}`, value));
  graph.prune();
  const before = await outputsOf(graph);
  const after = tidy(graph.clone());
  const now = await outputsOf(after);
  for (const [name, values] of Object.entries(before)) {
    expect(now[name]).toHaveLength(values.length);
    // Sums in another order round otherwise.
    values.forEach((value, i) => expect(now[name]?.[i]).toBeCloseTo(value, 5));
  }
  return after.nodes.map(({ opType }) => opType).sort();
}

const count = (ops: readonly string[], op: string): number =>
  ops.filter((each) => each === op).length;

describe('tidying keeps the numbers', () => {
  it('computes what is equal once', async () => {
    const ops = await tidied((b, input) => {
      const x = input('x', [4]);
      return [b.add(b.op('Exp', [x]), b.op('Exp', [x]))];
    });
    expect(count(ops, 'Exp')).toBe(1);
  });

  it('keeps equal outputs apart', async () => {
    const ops = await tidied((b, input) => {
      const x = input('x', [4]);
      return [b.op('Exp', [x]), b.op('Exp', [x])];
    });
    expect(count(ops, 'Exp')).toBe(2);
  });

  it('computes token by token in rows, with one reshape before and one behind', async () => {
    const ops = await tidied((b, input) => {
      const x = input('x', ['batch', 'time', 8]);
      const norm = b.op('SimplifiedLayerNormalization', [x, input('g', [8])], {
        axis: int(2),
        epsilon: float(1e-5),
      });
      const rows = b.op('Gemm', [b.reshape(norm, [-1, 8]), input('w', [8, 8])]);
      return [b.add(x, b.reshapeLike(rows, x))];
    });
    expect(count(ops, 'Reshape')).toBe(2);
    // The sum has gone into the product.
    expect(count(ops, 'Add')).toBe(0);
  });

  it('leaves what is broadcast along the tokens in three axes', async () => {
    const ops = await tidied((b, input) => [
      b.mul(input('x', ['batch', 'time', 8]), input('y', [1, 'time', 8])),
    ]);
    expect(ops).toEqual(['Mul']);
  });

  it('does not add into a product that is used elsewhere or is repeated', async () => {
    const ops = await tidied((b, input) => {
      const product = b.op('Gemm', [input('x', [3, 4]), input('w', [4, 5])]);
      const other = b.op('Gemm', [input('u', [3, 4]), input('v', [4, 5])]);
      return [b.add(product, input('z', [3, 5])), product, b.add(other, input('bias', [5]))];
    });
    expect(count(ops, 'Add')).toBe(2);
  });

  it('takes out transposes and reshapes that undo each other', async () => {
    const ops = await tidied((b, input) => {
      const x = input('x', ['batch', 4, 'time', 8]);
      const there = b.transpose(x, [0, 2, 1, 3]);
      const flat = b.reshape(there, [0, 0, 32]);
      return [b.op('Exp', [b.transpose(b.reshape(flat, [0, 0, 4, 8]), [0, 2, 1, 3])])];
    });
    expect(ops).toEqual(['Exp']);
  });

  it('reads heads and groups as they lie: no transposes around products', async () => {
    const ops = await tidied((b, input) => {
      const q = b.reshape(input('q', ['batch', 'time', 32]), [0, 0, 2, 2, 8]);
      const byGroup = b.reshape(b.transpose(q, [0, 2, 3, 1, 4]), [0, 2, -1, 8]);
      const k = b.reshape(input('k', ['batch', 'time', 16]), [0, 0, 2, 8]);
      const scores = b.op('MatMul', [byGroup, b.transpose(k, [0, 2, 3, 1])]);
      const mask = b.concat(Array<Value>(2).fill(input('mask', ['batch', 1, 'time', 'time'])), 2);
      const weights = b.op('Softmax', [b.add(scores, mask)], { axis: int(-1) });
      const mixed = b.op('MatMul', [weights, b.transpose(k, [0, 2, 1, 3])]);
      const apart = b.reshape(mixed, [0, 2, 2, -1, 8]);
      return [b.reshape(b.transpose(apart, [0, 3, 1, 2, 4]), [0, 0, 32])];
    });
    expect(count(ops, 'Transpose')).toBe(0);
    expect(count(ops, 'Einsum')).toBe(2);
    expect(count(ops, 'MatMul')).toBe(0);
  });

  it('takes parts from where they were before they were put together', async () => {
    const ops = await tidied((b, input) => {
      const both = b.concat(
        [input('x', ['batch', 'time', 8]), input('y', ['batch', 'time', 4])],
        -1,
      );
      const parts = b.node('Split', [both, b.integers([8, 4])], 2, { axis: int(2) });
      return parts.outputs.map((part) => b.op('Exp', [part]));
    });
    expect(count(ops, 'Split')).toBe(0);
  });

  it('does not take parts of other sizes for those', async () => {
    const ops = await tidied((b, input) => {
      const both = b.concat([input('x', [3, 8]), input('y', [3, 4])], -1);
      const parts = b.node('Split', [both, b.integers([6, 6])], 2, { axis: int(1) });
      return parts.outputs.map((part) => b.op('Exp', [part]));
    });
    expect(count(ops, 'Split')).toBe(1);
  });

  it('reshapes rows together that are put below one another', async () => {
    const ops = await tidied((b, input) => {
      const parts = ['x', 'y', 'z'].map((name) => b.reshape(input(name, [16, 2]), [2, 16]));
      return [b.op('Exp', [b.concat(parts, 0)])];
    });
    expect(count(ops, 'Reshape')).toBe(1);
  });
});
