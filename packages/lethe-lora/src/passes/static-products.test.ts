/** Dynamically quantised products, as `q8` and `int8` files have them, against ONNX Runtime's own integer kernels. */
import { describe, expect, it } from 'vitest';
import {
  Builder,
  dataTypes,
  float32Tensor,
  Graph,
  int,
  tensorOver,
  type Value,
} from '../onnx/index.ts';
import { largestDifference, outputOf } from './lower/fused-kernel.ts';
import { findProjections, prepare } from './index.ts';
import * as ort from 'onnxruntime-node';

const [rows, inner, outer] = [3, 32, 8];

interface Form {
  kind?: 'MatMulInteger' | 'MatMulIntegerToFloat' | 'DynamicQuantizeMatMul';
  /** Zero points of W. */
  zero?: boolean;
  /** A scale and zero point a feature. */
  byFeature?: boolean;
  type?: 'int8' | 'uint8';
  /** Each factor multiplied by itself. */
  apart?: boolean;
  bias?: boolean;
}

const path = '/model/layers.0/self_attn/q_proj';

/** y = x·W as `quantize_dynamic` writes it, or as the runtime's optimiser fuses that. */
function quantised(form: Form): Graph {
  const { kind = 'MatMulInteger', zero, byFeature, type = 'int8', apart, bias } = form;
  const graph = new Graph();
  graph.opsets.set('', 21);
  graph.opsets.set('com.microsoft', 1);
  const x = graph.addInput('x', 'float32', [1, rows, inner]);
  const b = new Builder(graph, path);
  const shift = type === 'int8' ? 63 : 0;
  // Of 7 bits: without VNNI the kernel adds two products in 16 bits, and 255 · 127 twice would be cut off.
  const bytes = Int8Array.from({ length: inner * outer }, (_, i) => ((i * 37) % 127) - shift);
  const weight = graph.addInitializer('w_quantized', tensorOver(type, [inner, outer], bytes));
  const dims = byFeature ? [outer] : [];
  const features = Array.from({ length: byFeature ? outer : 1 }, (_, n) => n);
  const scales = features.map((n) => 0.013 + n / 1000);
  const scale = graph.addInitializer('w_scale', float32Tensor(scales, dims));
  const points = Int8Array.from(features, (n) => 3 + n);
  const weightZero = zero ? graph.addInitializer('w_zero', tensorOver(type, dims, points)) : null;
  const added = bias
    ? graph.addInitializer('b', float32Tensor(new Float32Array(outer).fill(0.5), [outer]))
    : null;
  let y: Value;
  if (kind === 'DynamicQuantizeMatMul')
    y = b.op(`com.microsoft::${kind}`, [x, weight, scale, weightZero, added]);
  else {
    const [xq, xs, xz] = b.node('DynamicQuantizeLinear', [x], 3).outputs as [Value, Value, Value];
    if (kind === 'MatMulIntegerToFloat')
      y = b.op(`com.microsoft::${kind}`, [xq, weight, xs, scale, xz, weightZero, added]);
    else {
      const sums = graph.addValue('sums');
      graph.addNode(kind, [xq, weight, xz, weightZero], [sums], {}, `${path}/MatMul_quant`);
      const real = b.op('Cast', [sums], { to: int(dataTypes.float32) });
      y = apart
        ? b.op('Mul', [scale, b.op('Mul', [xs, real])])
        : b.op('Mul', [real, b.op('Mul', [xs, scale])]);
    }
  }
  y.type = 'float32';
  graph.addOutput('y', y);
  // Something behind it, so that it is no head.
  const logits = new Builder(graph, 'head').op('MatMul', [
    y,
    graph.addInitializer('head', float32Tensor(new Float32Array(outer * 2), [outer, 2])),
  ]);
  logits.type = 'float32';
  graph.addOutput('logits', logits);
  return graph;
}

describe('a product with activations quantised on the fly', () => {
  // From 0 to 2.55 in steps of 0.01: what DynamicQuantizeLinear rounds to.
  const x = Float32Array.from({ length: rows * inner }, (_, i) => ((i * 53) % 256) / 100);
  x[0] = 2.55;
  const feeds = { x: new ort.Tensor('float32', x, [1, rows, inner]) };
  const forms: Form[] = [
    {},
    { zero: true },
    { zero: true, byFeature: true },
    { zero: true, type: 'uint8' },
    { zero: true, apart: true },
    { kind: 'MatMulIntegerToFloat', zero: true, byFeature: true, bias: true },
    { kind: 'DynamicQuantizeMatMul', zero: true },
    { kind: 'DynamicQuantizeMatMul', bias: true },
  ];

  it.each(forms)('is the same product where they are on the grid: %o', async (form) => {
    const file = quantised(form);
    const plain = prepare(file.clone());
    expect(plain.nodes.filter(({ opType }) => /Integer|Dynamic/.test(opType))).toEqual([]);
    const theirs = await outputOf(file, feeds);
    // Sums of 32 products of about 1: float32 rounding, and a step of 0.01 that is not exact in float32.
    expect(largestDifference(await outputOf(plain, feeds), theirs)).toBeLessThan(2e-3);
    const [projection] = findProjections(plain);
    expect(projection).toMatchObject({ inFeatures: inner, outFeatures: outer });
    expect(projection?.parts[0]?.name).toContain('layers.0.self_attn.q_proj');
  });

  it.each([true, false])(
    'is one with the rows of a quantised table too, which norms need not lie between (used elsewhere: %s)',
    async (elsewhere) => {
      const graph = quantised({ zero: true });
      const b = new Builder(graph, 'table');
      const values = Uint8Array.from({ length: 4 * inner }, (_, i) => (i * 29) % 251);
      const table = graph.addInitializer('t_quantized', tensorOver('uint8', [4, inner], values));
      const scale = graph.addInitializer('t_scale', float32Tensor([0.02], []));
      const zero = graph.addInitializer('t_zero', tensorOver('uint8', [], Uint8Array.of(128)));
      const ids = graph.addInitializer(
        'ids',
        tensorOver('int64', [1, 2], BigInt64Array.of(3n, 1n)),
      );
      const bytes = b.op('Gather', [table, ids]);
      const [q, s, z] = graph.nodes.find(({ op }) => op === 'DynamicQuantizeLinear')?.outputs ?? [];
      for (const [old, value] of [
        [q, bytes],
        [s, scale],
        [z, zero],
      ] as const)
        graph.replaceUses(old as Value, value);
      if (elsewhere) graph.addOutput('table', b.op('DequantizeLinear', [bytes, scale, zero]));
      graph.prune();
      const plain = prepare(graph.clone());
      expect(plain.nodes.filter(({ opType }) => opType.includes('Integer'))).toEqual([]);
      const theirs = await outputOf(graph, feeds);
      expect(largestDifference(await outputOf(plain, feeds), theirs)).toBeLessThan(1e-5);
      const product = plain.nodes.find(
        ({ op, name }) => op === 'MatMul' && name.includes('q_proj'),
      );
      expect(product?.need(0).producer?.need(1).name).toBe('t_scale');
    },
  );

  it('may be multiplied again at once', async () => {
    const graph = new Graph();
    graph.opsets.set('', 21);
    const b = new Builder(graph, 'chain');
    const square = Int8Array.from({ length: inner * inner }, (_, i) => ((i * 37) % 13) - 6);
    const weight = graph.addInitializer('w', tensorOver('int8', [inner, inner], square));
    const scale = graph.addInitializer('s', float32Tensor([0.01], []));
    let y = graph.addInput('x', 'float32', [1, rows, inner]);
    for (let times = 0; times < 2; times++) {
      const [xq, xs, xz] = b.node('DynamicQuantizeLinear', [y], 3).outputs as [Value, Value, Value];
      const sums = b.op('MatMulInteger', [xq, weight, xz]);
      y = b.op('Mul', [
        b.op('Cast', [sums], { to: int(dataTypes.float32) }),
        b.op('Mul', [xs, scale]),
      ]);
    }
    graph.addOutput('y', y);
    const plain = prepare(graph.clone());
    expect(plain.nodes.filter(({ opType }) => /Integer|Dynamic/.test(opType))).toEqual([]);
    const [own, theirs] = [await outputOf(plain, feeds), await outputOf(graph, feeds)];
    // Theirs rounds what lies between to 8 bits.
    const largest = Math.max(...theirs.map(Math.abs));
    expect(largestDifference(own, theirs)).toBeLessThan(0.02 * largest);
  });

  it('is a depthwise convolution too, and what is rounded and taken back', async () => {
    const graph = new Graph();
    graph.opsets.set('', 21);
    const input = graph.addInput('x', 'float32', [1, rows, inner]);
    const b = new Builder(graph, 'conv');
    const [xq, xs, xz] = b.node('DynamicQuantizeLinear', [input], 3).outputs as [
      Value,
      Value,
      Value,
    ];
    const bytes = tensorOver('uint8', [rows, 1, 3], Uint8Array.of(1, 90, 7, 80, 20, 60, 3, 50, 10));
    const zero = graph.addInitializer('zero', tensorOver('uint8', [], Uint8Array.of(40)));
    const sums = b.op('ConvInteger', [xq, graph.addInitializer('w', bytes), xz, zero], {
      group: int(rows),
    });
    const scale = graph.addInitializer('scale', float32Tensor([0.02], []));
    const y = b.op('Mul', [
      b.op('Cast', [sums], { to: int(dataTypes.float32) }),
      b.op('Mul', [xs, scale]),
    ]);
    y.type = 'float32';
    const back = b.op('DequantizeLinear', [xq, xs, xz]);
    const first = b.op('ReduceMax', [back, b.integers([0, 1, 2])], { keepdims: int(0) });
    first.type = 'float32';
    graph.addOutput('y', b.add(y, first));
    const plain = prepare(graph.clone());
    expect(plain.nodes.map(({ op }) => op)).toEqual([
      'DequantizeLinear',
      'Conv',
      'ReduceMax',
      'Add',
    ]);
    const theirs = await outputOf(graph, feeds);
    expect(largestDifference(await outputOf(plain, feeds), theirs)).toBeLessThan(1e-3);
  });

  it('is a projection with its name', () => {
    const [projection] = findProjections(prepare(quantised({ zero: true })));
    expect(projection).toMatchObject({ inFeatures: inner, outFeatures: outer });
    expect(projection?.parts[0]?.name).toBe('model.layers.0.self_attn.q_proj');
  });
});
