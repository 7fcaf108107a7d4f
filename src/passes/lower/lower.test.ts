/** Lowered graphs against ONNX Runtime's own fused kernels, on random weights. */
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  elementCount,
  float,
  float32Tensor,
  Graph,
  int,
  writeModel,
  type Attributes,
  type Value,
} from '../../onnx/index.ts';
import { lower } from './index.ts';

const options = { logSeverityLevel: 3 } as const;
type Feeds = Record<string, ort.Tensor>;

function wave(dims: readonly number[], seed: number, scale = 0.7): Float32Array {
  return Float32Array.from(
    { length: elementCount(dims) },
    (_, i) => scale * Math.sin(seed + i * (1.7 + seed / 10)),
  );
}

/** A model of one fused operator: `input_ids` and `attention_mask` beside a float input, as the passes expect of a decoder. */
function modelOf(
  build: (b: Builder, graph: Graph, x: Value) => Value,
  dims: readonly number[],
): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  graph.opsets.set('com.microsoft', 1);
  graph.addInput('input_ids', 'int64', dims.slice(0, 2));
  graph.addInput('attention_mask', 'int64', dims.slice(0, 2));
  const x = graph.addInput('x', 'float32', dims);
  const b = new Builder(graph, 'test');
  graph.addOutput('y', build(b, graph, x));
  return graph;
}

async function outputOf(graph: Graph, feeds: Feeds): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(writeModel(graph), options);
  const wanted = Object.fromEntries(
    session.inputNames.map((name) => [name, feeds[name] as ort.Tensor]),
  );
  return (await session.run(wanted))['y']?.data as Float32Array;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

async function compare(graph: Graph, dims: readonly number[], mask?: bigint[]): Promise<number> {
  const [batch = 1, time = 1] = dims;
  const long = (values: BigInt64Array) => new ort.Tensor('int64', values, [batch, time]);
  const feeds: Feeds = {
    x: new ort.Tensor('float32', wave(dims, 1), dims),
    input_ids: long(new BigInt64Array(batch * time)),
    attention_mask: long(
      mask ? BigInt64Array.from(mask) : new BigInt64Array(batch * time).fill(1n),
    ),
  };
  const lowered = lower(graph, { cache: false });
  expect(lowered.nodes.filter(({ domain }) => domain === 'com.microsoft')).toEqual([]);
  return largestDifference(await outputOf(graph, feeds), await outputOf(lowered, feeds));
}

/** GroupQueryAttention over a packed projection, without past. */
function attention({
  heads,
  keyHeads,
  size,
  attributes,
}: {
  heads: number;
  keyHeads: number;
  size: number;
  attributes: Attributes;
}): (b: Builder, graph: Graph, x: Value) => Value {
  return (b, graph, x) => {
    const mask = graph.input('attention_mask');
    const counts = b.op('ReduceSum', [mask, b.integers([1])], { keepdims: int(0) });
    const last = b.cast(b.op('Sub', [counts, b.scalar(1, 'int64')]), 'int32');
    const total = b.cast(b.op('Gather', [b.op('Shape', [mask]), b.scalar(1, 'int64')]), 'int32');
    const half = size / 2;
    const cache = (turn: (angle: number) => number) =>
      graph.addInitializer(
        'cache',
        float32Tensor(
          Float32Array.from({ length: 16 * half }, (_, i) =>
            turn(Math.floor(i / half) * 100 ** (-(i % half) / half)),
          ),
          [16, half],
        ),
      );
    const past = graph.addInitializer('past', float32Tensor([], [2, keyHeads, 0, size]));
    const node = b.node(
      'com.microsoft::GroupQueryAttention',
      [x, null, null, past, past, last, total, cache(Math.cos), cache(Math.sin)],
      3,
      { num_heads: int(heads), kv_num_heads: int(keyHeads), do_rotary: int(1), ...attributes },
    );
    for (const output of node.outputs) if (output) output.type = 'float32';
    return node.out();
  };
}

describe('what cannot be lowered', () => {
  it('is named with its node and attribute', () => {
    const dims = [1, 2, 48];
    const attributes = { rotary_interleaved: int(1) };
    const graph = modelOf(attention({ heads: 1, keyHeads: 1, size: 16, attributes }), dims);
    expect(() => lower(graph, { cache: false })).toThrow(
      /GroupQueryAttention.*rotary_interleaved=1/,
    );
  });
});

describe('a lowered operator computes what the fused kernel computes', () => {
  it.each([
    ['as many heads as keys', { heads: 2, keyHeads: 2, size: 16, attributes: {} }],
    ['shared keys', { heads: 4, keyHeads: 2, size: 16, attributes: {} }],
    ['one key for all', { heads: 4, keyHeads: 1, size: 16, attributes: {} }],
    ['a window', { heads: 2, keyHeads: 1, size: 16, attributes: { local_window_size: int(3) } }],
    ['a soft cap', { heads: 2, keyHeads: 2, size: 16, attributes: { softcap: float(2) } }],
    ['a scale of its own', { heads: 2, keyHeads: 2, size: 16, attributes: { scale: float(0.2) } }],
  ] as const)('GroupQueryAttention with %s', async (_, shape) => {
    const dims = [2, 7, (shape.heads + 2 * shape.keyHeads) * shape.size];
    expect(await compare(modelOf(attention(shape), dims), dims)).toBeLessThan(2e-5);
  });

  it.each([
    ['com.microsoft::SkipSimplifiedLayerNormalization', 1],
    ['com.microsoft::SkipLayerNormalization', 2],
  ] as const)('%s', async (op, weights) => {
    const dims = [2, 3, 10];
    const graph = modelOf((b, g, x) => {
      const weight = (seed: number, shape: number[]) =>
        g.addInitializer('weight', float32Tensor(wave(shape, seed), shape));
      const extra = Array.from({ length: weights }, (_, i) => weight(5 + i, [10]));
      const y = b.op(op, [x, weight(3, dims), ...extra], { epsilon: float(1e-5) });
      y.type = 'float32';
      return y;
    }, dims);
    expect(await compare(graph, dims)).toBeLessThan(1e-5);
  });

  it.each([
    ['com.microsoft::Gelu', {}],
    ['com.microsoft::FastGelu', {}],
    ['com.microsoft::QuickGelu', { alpha: float(1.702) }],
    ['Gelu', {}],
  ] as const)('%s', async (op, attributes) => {
    const dims = [2, 3, 8];
    expect(
      await compare(
        modelOf((b, _g, x) => b.op(op, [x], attributes), dims),
        dims,
      ),
    ).toBeLessThan(1e-5);
  });
});
