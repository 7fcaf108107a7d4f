/**
 * Operators that only some decoders have: lowered, they compute what ONNX Runtime's own kernels compute, and the slope of a weighted sum
 * of the result along a direction is what its gradient says.
 */
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  elementCount,
  float,
  float32Tensor,
  int,
  tensorOver,
  text,
  writeModel,
  type Graph,
  type Value,
} from '../../onnx/index.ts';
import { differentiate } from '../differentiate.ts';
import { compare, modelOf, options, wave } from './fused-kernel.ts';
import { lower } from './index.ts';

type Build = (b: Builder, graph: Graph, x: Value) => Value;

const constant = (
  graph: Graph,
  name: string,
  dims: readonly number[],
  seed: number,
  shift = 0,
): Value =>
  graph.addInitializer(
    name,
    float32Tensor(
      wave(dims, seed).map((value) => value + shift),
      dims,
    ),
  );

const typed = (y: Value): Value => {
  y.type = 'float32';
  return y;
};

const experts =
  (
    activation: string,
    attributes: Parameters<Builder['op']>[2],
    { fused = 1, biases = true }: { fused?: number; biases?: boolean } = {},
  ): Build =>
  (b, graph, x) => {
    const [count, width, inner] = [4, 8, 6];
    const router = b.op('MatMul', [
      b.reshape(x, [-1, width]),
      constant(graph, 'r', [width, count], 9),
    ]);
    const bias = (name: string, size: number, seed: number): Value | null =>
      biases ? constant(graph, name, [count, size], seed) : null;
    return typed(
      b.op(
        'com.microsoft::MoE',
        [
          x,
          router,
          constant(graph, 'w1', [count, fused * inner, width], 2),
          bias('b1', fused * inner, 3),
          constant(graph, 'w2', [count, width, inner], 4),
          bias('b2', width, 5),
        ],
        { k: int(2), activation_type: text(activation), ...attributes },
      ),
    );
  };

const quantisedExperts =
  (bits: number, block: number): Build =>
  (b, graph, x) => {
    const [count, width, inner] = [4, 32, 32];
    const router = b.op('MatMul', [
      b.reshape(x, [-1, width]),
      constant(graph, 'r', [width, count], 9),
    ]);
    const layer = (name: string, rows: number, columns: number, seed: number): Value[] => {
      const dims = [count, rows, (columns * bits) / 8];
      const bytes = Uint8Array.from(
        { length: elementCount(dims) },
        (_, i) => (i * (41 + seed)) % 256,
      );
      const blocks = block ? [columns / block] : [];
      const sizes = [count, rows, ...blocks];
      const scales = wave(sizes, seed, 0.1).map((value) => Math.abs(value) / 2 ** (bits - 3));
      return [
        graph.addInitializer(name, tensorOver('uint8', dims, bytes)),
        graph.addInitializer(`${name}.scales`, float32Tensor(scales, sizes)),
      ];
    };
    const [w1, s1] = layer('w1', 2 * inner, width, 2);
    const [w2, s2] = layer('w2', width, inner, 4);
    return typed(
      b.op(
        'com.microsoft::QMoE',
        [x, router, w1 ?? null, s1 ?? null, null, w2 ?? null, s2 ?? null],
        {
          k: int(2),
          activation_type: text('swiglu'),
          swiglu_fusion: int(1),
          normalize_routing_weights: int(1),
          expert_weight_bits: int(bits),
          activation_alpha: float(1.702),
          activation_beta: float(1),
          ...(block && { block_size: int(block) }),
        },
      ),
    );
  };

const packed =
  (attributes: Parameters<Builder['op']>[2] = {}, masked = true): Build =>
  (b, graph, x) => {
    const mask = b.cast(graph.input('attention_mask'), 'int32');
    return typed(
      b.op(
        'com.microsoft::Attention',
        [
          x,
          constant(graph, 'w', [12, 36], 2),
          constant(graph, 'bias', [36], 3),
          masked ? mask : null,
        ],
        { num_heads: int(3), unidirectional: int(1), ...attributes },
      ),
    );
  };

const cases: [string, Build, number[], number?][] = [
  ['MoE of relu', experts('relu', {}), [2, 3, 8]],
  [
    'MoE of silu, its shares made one',
    experts('silu', { normalize_routing_weights: int(1) }),
    [2, 3, 8],
  ],
  ['MoE of gelu without biases', experts('gelu', {}, { biases: false }), [2, 3, 8]],
  [
    'MoE of swiglu, in pairs, with a limit',
    experts(
      'swiglu',
      {
        swiglu_fusion: int(1),
        swiglu_limit: float(0.45),
        activation_alpha: float(1.702),
        activation_beta: float(1),
        normalize_routing_weights: int(1),
      },
      { fused: 2 },
    ),
    [2, 3, 8],
  ],
  ['QMoE in 4 bits', quantisedExperts(4, 0), [2, 3, 32]],
  ['QMoE in 4 bits by block', quantisedExperts(4, 16), [2, 3, 32]],
  ['QMoE in 8 bits', quantisedExperts(8, 0), [2, 3, 32]],
  ['Attention with its projection inside', packed(), [2, 5, 12]],
  ['Attention without a mask', packed({ scale: float(0.3) }, false), [2, 5, 12]],
  [
    'CausalConvWithState without a state',
    (b, graph, x) => {
      const inputs = [x, constant(graph, 'w', [4, 1, 3], 2), constant(graph, 'bias', [4], 3)];
      const node = b.node('com.microsoft::CausalConvWithState', inputs, 2, {
        activation: text('silu'),
      });
      return typed(node.out());
    },
    [2, 4, 6],
  ],
  [
    'GroupNormalization by channel',
    (b, graph, x) =>
      b.op(
        'GroupNormalization',
        [x, constant(graph, 'gain', [6], 2), constant(graph, 'shift', [6], 3)],
        { num_groups: int(2), epsilon: float(1e-3) },
      ),
    [2, 6, 5],
    21,
  ],
  [
    'GroupNormalization by group',
    (b, graph, x) =>
      b.op(
        'GroupNormalization',
        [x, constant(graph, 'gain', [2], 2), constant(graph, 'shift', [2], 3)],
        { num_groups: int(2), epsilon: float(1e-3) },
      ),
    [2, 6, 5],
    18,
  ],
  [
    'InstanceNormalization',
    (b, graph, x) =>
      b.op('InstanceNormalization', [
        x,
        constant(graph, 'gain', [3], 2),
        constant(graph, 'shift', [3], 3),
      ]),
    [2, 3, 5],
  ],
  [
    'BatchNormalization',
    (b, graph, x) =>
      b.op('BatchNormalization', [
        x,
        constant(graph, 'gain', [3], 2),
        constant(graph, 'shift', [3], 3),
        constant(graph, 'mean', [3], 4),
        constant(graph, 'variance', [3], 5, 1),
      ]),
    [2, 3, 5],
  ],
  ['LpNormalization', (b, _, x) => b.op('LpNormalization', [x], { p: int(2) }), [2, 3, 5]],
  [
    'LpNormalization by absolute numbers',
    (b, _, x) => b.op('LpNormalization', [x], { p: int(1), axis: int(1) }),
    [2, 3, 5],
  ],
  ['Dropout', (b, _, x) => b.op('Dropout', [b.mul(x, 2)]), [2, 3, 5]],
];

/** The slope of Σ sin(i)·yᵢ along a direction: by its gradient, and measured. */
async function slopes(graph: Graph, dims: readonly number[]): Promise<[number, number]> {
  const lowered = lower(graph, { cache: false });
  const y = lowered.output('y');
  const x = lowered.input('x');
  const b = new Builder(lowered, 'test');
  const flat = b.reshape(y, [-1]);
  const waves = b.op('Sin', [
    b.cast(
      b.op('Range', [
        b.scalar(0, 'int64'),
        b.op('Squeeze', [b.op('Shape', [flat])]),
        b.scalar(1, 'int64'),
      ]),
      'float32',
    ),
  ]);
  const loss = b.op('ReduceSum', [b.mul(flat, waves)], { keepdims: int(0) });
  loss.shape = [];
  lowered.outputs.splice(0, lowered.outputs.length);
  lowered.addOutput('loss', loss);
  const [gradient] = differentiate(lowered, loss, [x]);
  lowered.addOutput('gradient', gradient as Value);
  lowered.prune();
  const session = await ort.InferenceSession.create(writeModel(lowered), options);
  const [rows = 1, time = 1] = dims;
  const at = wave(dims, 1);
  const along = wave(dims, 4);
  const run = async (shift: number): Promise<{ loss: number; gradient: Float32Array }> => {
    const feeds: Record<string, ort.Tensor> = {
      x: new ort.Tensor(
        'float32',
        at.map((value, i) => value + shift * (along[i] ?? 0)),
        dims,
      ),
      input_ids: new ort.Tensor('int64', new BigInt64Array(rows * time), [rows, time]),
      attention_mask: new ort.Tensor('int64', new BigInt64Array(rows * time).fill(1n), [
        rows,
        time,
      ]),
    };
    const used = session.inputNames.map((name) => [name, feeds[name]]);
    const output = await session.run(Object.fromEntries(used) as typeof feeds);
    return {
      loss: Number(output['loss']?.data[0]),
      gradient: output['gradient']?.data as Float32Array,
    };
  };
  const h = 4e-3;
  const measured = ((await run(h)).loss - (await run(-h)).loss) / (2 * h);
  const { gradient: values } = await run(0);
  return [values.reduce((sum, value, i) => sum + value * (along[i] ?? 0), 0), measured];
}

describe('a lowered operator', () => {
  it.each(cases)('%s computes what the kernel computes', async (_, build, dims, opset) => {
    const graph = modelOf(build, dims, opset);
    expect(await compare(graph, dims)).toBeLessThan(2e-5);
  });

  it.each(cases)('%s has a gradient', async (_, build, dims, opset) => {
    const [slope, measured] = await slopes(modelOf(build, dims, opset), dims);
    // Rounding of a sum of about ten (1e-6) over 2h, and the h² term.
    expect(Math.abs(slope - measured)).toBeLessThan(3e-3 * Math.max(1, Math.abs(slope)));
    expect(Math.abs(slope)).toBeGreaterThan(1e-2);
  });
});
