/** Lowered graphs against ONNX Runtime's own fused kernels, on random weights. */
import { describe, expect, it } from 'vitest';
import {
  float,
  float32Tensor,
  int,
  type Attributes,
  type Builder,
  type Graph,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import { compare, modelOf, wave } from './fused-kernel.ts';
import { lower } from './index.ts';
import { mayPadLeft } from './past.ts';

/** GroupQueryAttention over a packed projection, without past. */
function attention({
  heads,
  keyHeads,
  size,
  attributes,
  sinks,
  biased = false,
}: {
  heads: number;
  keyHeads: number;
  size: number;
  attributes: Attributes;
  sinks?: readonly number[];
  /** Positions and numbers added to the scores come as inputs. */
  biased?: boolean;
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
      [
        x,
        null,
        null,
        past,
        past,
        last,
        total,
        cache(Math.cos),
        cache(Math.sin),
        biased ? b.op('Expand', [b.integers(range(7)), b.op('Shape', [mask])]) : null,
        biased
          ? graph.addInitializer('bias', float32Tensor(wave([heads * 49], 6), [1, heads, 7, 7]))
          : null,
        sinks ? graph.addInitializer('sinks', float32Tensor(sinks, [heads])) : null,
      ],
      3,
      { num_heads: int(heads), kv_num_heads: int(keyHeads), do_rotary: int(1), ...attributes },
    );
    for (const output of node.outputs) if (output) output.type = 'float32';
    return node.out();
  };
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('what cannot be lowered', () => {
  it('is named with its node and attribute', () => {
    const dims = [1, 2, 48];
    const attributes = { causal: int(0) };
    const graph = modelOf(attention({ heads: 1, keyHeads: 1, size: 16, attributes }), dims);
    expect(() => lower(graph, { cache: false })).toThrow(/GroupQueryAttention.*causal=0/);
  });
});

describe('an operator over whole sequences that has no lowering', () => {
  const dims = [1, 2, 32];
  const sparse = () =>
    modelOf((b, graph, x) => {
      const past = graph.addInput('past_key_values.0.key', 'float32', ['batch', 1, 'past', 16]);
      const places = b.integers([0]);
      const attributes = { num_heads: int(2), kv_num_heads: int(1), sparse_block_size: int(16) };
      const inputs = [x, x, x, past, past, places, places, places, places];
      return b.op('com.microsoft::SparseAttention', inputs, attributes);
    }, dims);

  it('is named where a model is to be taught', () => {
    expect(() => lower(sparse(), { cache: false })).toThrow(
      /SparseAttention "[^"]+" has no lowering for attention over blocks/,
    );
  });

  it('stays where a model is asked, without padding', () => {
    const graph = lower(sparse(), { cache: true });
    expect(graph.nodes.map(({ opType }) => opType)).toContain('SparseAttention');
    expect(mayPadLeft(graph)).toBe(false);
    expect(mayPadLeft(modelOf((b, _g, x) => b.mul(x, 2), dims))).toBe(true);
  });
});

describe('a lowered operator computes what the fused kernel computes', () => {
  it.each([
    ['as many heads as keys', { heads: 2, keyHeads: 2, size: 16, attributes: {} }],
    ['shared keys', { heads: 4, keyHeads: 2, size: 16, attributes: {} }],
    ['one key for all', { heads: 4, keyHeads: 1, size: 16, attributes: {} }],
    ['a window', { heads: 2, keyHeads: 1, size: 16, attributes: { local_window_size: int(3) } }],
    ['a soft cap', { heads: 2, keyHeads: 2, size: 16, attributes: { softcap: float(2) } }],
    [
      'neighbours turned as pairs',
      { heads: 2, keyHeads: 1, size: 16, attributes: { rotary_interleaved: int(1) } },
    ],
    [
      'positions and a bias as inputs',
      { heads: 4, keyHeads: 2, size: 16, attributes: {}, biased: true },
    ],
    [
      'a softmax that may attend to nothing',
      { heads: 4, keyHeads: 2, size: 16, attributes: { smooth_softmax: int(1) } },
    ],
    [
      'a sink of each head, a cap and a window',
      {
        heads: 4,
        keyHeads: 2,
        size: 16,
        attributes: { softcap: float(2), local_window_size: int(3) },
        sinks: [0.3, -1, 2, 0.1],
      },
    ],
    ['a scale of its own', { heads: 2, keyHeads: 2, size: 16, attributes: { scale: float(0.2) } }],
  ] as const)('GroupQueryAttention with %s', async (_, shape) => {
    const dims = [2, 7, (shape.heads + 2 * shape.keyHeads) * shape.size];
    expect(await compare(modelOf(attention(shape), dims), dims)).toBeLessThan(2e-5);
  });

  it('GroupQueryAttention with norms of queries and keys inside, which only GPUs have, as with them outside', async () => {
    const [heads, keyHeads, size] = [4, 2, 16];
    const dims = [2, 7, (heads + 2 * keyHeads) * size];
    const build = (inside: boolean) => (b: Builder, graph: Graph, x: Value) => {
      const gain = (seed: number) =>
        graph.addInitializer('gain', float32Tensor(wave([size], seed), [size]));
      const gains = [gain(3), gain(4)] as const;
      const widths = [heads, keyHeads, keyHeads].map((count) => count * size);
      const parts = b.node('Split', [x, b.integers(widths)], 3, { axis: int(-1) });
      const normal = (index: 0 | 1, count: number): Value => {
        const byHead = b.reshape(parts.out(index), [0, 0, count, size]);
        const attributes = { axis: int(-1), epsilon: float(1e-6) };
        const y = b.op('SimplifiedLayerNormalization', [byHead, gains[index]], attributes);
        return b.reshape(y, [0, 0, count * size]);
      };
      const packed = attention({ heads, keyHeads, size, attributes: {} })(b, graph, x);
      const node = packed.producer as Node;
      node.setInput(0, inside ? parts.out(0) : normal(0, heads));
      node.setInput(1, inside ? parts.out(1) : normal(1, keyHeads));
      node.setInput(2, parts.out(2));
      if (inside) gains.forEach((value, index) => node.setInput(14 + index, value));
      return packed;
    };
    const outside = modelOf(build(false), dims);
    expect(await compare(modelOf(build(true), dims), dims, undefined, outside)).toBeLessThan(2e-5);
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
