/**
 * Every gradient rule against central finite differences, (f(x + h) − f(x − h)) / 2h, of a random weighted sum of the outputs, on
 * the CPU provider. In float64 where its kernels exist: agreement to 1e-7 of the largest entry. Else in float32, where rounding
 * over h = 5e-3 and the h² term leave about 1e-3: agreement to 4e-3.
 */
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  elementCount,
  float,
  float32Tensor,
  Graph,
  int,
  ints,
  tensorOver,
  writeModel,
  type Value,
} from '../../onnx/index.ts';
import { differentiate } from '../differentiate.ts';
import { forgetShapes } from '../forget-shapes.ts';
import { gradientRules } from './index.ts';
import { operatorCases, type Case, type Real } from './operator-cases.ts';

const positive = [0.5, 2] as const;
const unary = (op: string, range?: readonly [number, number], type?: Real): Case => ({
  op,
  dims: [[2, 3, 5]],
  ...(range && { range }),
  ...(type && { type }),
});
const broadcasting = (op: string, range?: readonly [number, number]): Case[] =>
  [
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3, 4], [4]],
    [
      [3, 1],
      [2, 1, 4],
    ],
    [[], [2, 2]],
    [
      [1, 1, 5],
      [3, 1],
    ],
  ].map((dims) => ({ op, dims, ...(range && { range }) }));
const withIndices =
  (...values: number[]) =>
  (b: Builder, [x]: readonly Value[]): (Value | null)[] => [x ?? null, b.integers(values)];

const cases: Case[] = [
  ...['Add', 'Sub', 'Mul'].flatMap((op) => broadcasting(op)),
  ...broadcasting('Div', positive),
  ...['Max', 'Min'].flatMap((op) => broadcasting(op).map((each) => ({ ...each, distinct: true }))),
  { op: 'Sum', dims: [[2, 3], [3], [2, 1]] },
  ...[2, 3, 0.5, -1.5].map((exponent): Case => ({
    op: 'Pow',
    dims: [[3, 4]],
    range: positive,
    inputs: (b, [x]) => [x ?? null, b.scalar(exponent, x?.type ?? 'float32')],
  })),
  {
    op: 'Where',
    dims: [[2, 3], [3]],
    inputs: (b, [x, y]) => [b.cast(b.integers([1, 0, 1]), 'bool'), x ?? null, y ?? null],
  },
  {
    op: 'Clip',
    dims: [[4, 5]],
    distinct: true,
    inputs: (b, [x]) => [
      x ?? null,
      b.scalar(-0.51, x?.type ?? 'float32'),
      b.scalar(0.37, x?.type ?? 'float32'),
    ],
  },
  ...['Neg', 'Exp', 'Sigmoid', 'Tanh', 'Sin', 'Cos', 'Identity'].map((op) => unary(op)),
  unary('Abs', [0.2, 1]),
  unary('Abs', [-1, -0.2]),
  unary('Log', positive),
  unary('Sqrt', positive),
  unary('Reciprocal', positive),
  unary('Softplus', undefined, 'float32'),
  unary('Erf', undefined, 'float32'),
  { ...unary('Relu'), distinct: true },
  { op: 'Cast', dims: [[3]], attributes: { to: int(1) }, type: 'float32' },

  {
    op: 'MatMul',
    dims: [
      [3, 4],
      [4, 5],
    ],
  },
  {
    op: 'MatMul',
    dims: [
      [2, 3, 4],
      [4, 5],
    ],
  },
  {
    op: 'MatMul',
    dims: [
      [2, 2, 3, 4],
      [2, 2, 4, 1],
    ],
  },
  {
    op: 'MatMul',
    dims: [
      [2, 1, 3, 4],
      [3, 4, 2],
    ],
  },
  { op: 'MatMul', dims: [[4], [4, 3]] },
  { op: 'MatMul', dims: [[2, 3, 4], [4]] },
  {
    op: 'MatMul',
    dims: [
      [1, 3],
      [3, 1],
    ],
  },
  ...[0, 1].flatMap((transA) =>
    [0, 1].map((transB): Case => ({
      op: 'Gemm',
      dims: [transA ? [4, 3] : [3, 4], transB ? [5, 4] : [4, 5], transB ? [5] : [3, 1]],
      attributes: {
        transA: int(transA),
        transB: int(transB),
        alpha: float(0.5),
        beta: float(1.5),
      },
    })),
  ),

  ...[4, 8].flatMap((bits) =>
    [
      [2, 48],
      [2, 2, 48],
    ].map((dims): Case => ({
      op: 'com.microsoft::MatMulNBits',
      dims: [dims, [3]],
      type: 'float32',
      // Three rows of two blocks of 32, of which the last is half used.
      inputs: (b, [x, bias]) => {
        const width = 4 * bits;
        const bytes = Uint8Array.from({ length: 6 * width }, (_, i) => (i * 73) % 256);
        const scales = Float32Array.from({ length: 6 }, (_, i) => (i + 1) / 2 ** (bits + 1));
        const w = b.graph.addInitializer('w', tensorOver('uint8', [3, 2, width], bytes));
        const s = b.graph.addInitializer('s', float32Tensor(scales, [3, 2]));
        return [x ?? null, w, s, null, null, bias ?? null];
      },
      attributes: { K: int(48), N: int(3), bits: int(bits), block_size: int(32) },
    })),
  ),

  // FP4 and NF4, of three rows of two blocks.
  ...[0, 1].map((kind): Case => ({
    op: 'com.microsoft::MatMulBnb4',
    dims: [[2, 2, 64]],
    type: 'float32',
    inputs: (b, [x]) => {
      const bytes = Uint8Array.from({ length: 96 }, (_, i) => (i * 73) % 256);
      const largest = Float32Array.from({ length: 6 }, (_, i) => (i + 1) / 8);
      const w = b.graph.addInitializer('w', tensorOver('uint8', [96], bytes));
      return [x ?? null, w, b.graph.addInitializer('s', float32Tensor(largest, [6]))];
    },
    attributes: { K: int(64), N: int(3), block_size: int(32), quant_type: int(kind) },
  })),
  { op: 'Reshape', dims: [[2, 6]], inputs: withIndices(3, -1) },
  { op: 'Squeeze', dims: [[2, 1, 3]], inputs: withIndices(1) },
  { op: 'Unsqueeze', dims: [[2, 3]], inputs: withIndices(0, -1) },
  { op: 'Flatten', dims: [[2, 3, 2]], attributes: { axis: int(1) } },
  { op: 'Transpose', dims: [[2, 3, 4]], attributes: { perm: ints([2, 0, 1]) } },
  { op: 'Transpose', dims: [[2, 3]] },
  {
    op: 'Concat',
    dims: [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    attributes: { axis: int(-1) },
  },
  {
    op: 'Concat',
    dims: [
      [2, 3],
      [4, 3],
    ],
    attributes: { axis: int(0) },
    symbolic: true,
  },
  {
    op: 'Split',
    dims: [[2, 5]],
    inputs: withIndices(2, 3),
    attributes: { axis: int(1) },
    outputs: 2,
  },
  {
    op: 'Slice',
    dims: [[4, 5]],
    inputs: (b, [x]) => [
      x ?? null,
      b.integers([1, -3]),
      b.integers([3, 2 ** 31 - 1]),
      b.integers([0, 1]),
    ],
  },
  {
    op: 'Slice',
    dims: [[4, 7]],
    inputs: (b, [x]) => [
      x ?? null,
      b.integers([1]),
      b.integers([2 ** 31 - 1]),
      b.integers([-1]),
      b.integers([2]),
    ],
  },
  ...[0, 1].map((start): Case => ({
    op: 'Slice',
    dims: [[3, 6, 2]],
    inputs: (b, [x]) => [
      x ?? null,
      b.integers([start]),
      b.integers([2 ** 31 - 1]),
      b.integers([1]),
      b.integers([2]),
    ],
  })),
  {
    op: 'Slice',
    dims: [[3, 5]],
    inputs: (b, [x]) => [
      x ?? null,
      b.integers([-1]),
      b.integers([-(2 ** 31) + 1]),
      b.integers([1]),
      b.integers([-1]),
    ],
  },
  // Bounds that come from a size, from the front and from the end.
  ...[
    [0, 2],
    [-2, 2 ** 31 - 1],
  ].map(([start = 0, end = 0]): Case => ({
    op: 'Slice',
    dims: [[3, 5]],
    inputs: (b, [x]) => {
      const zero = b.op('Sub', [b.op('Shape', [b.integers([1, 2])]), b.integers([2])]);
      const computed = (at: number): Value => b.op('Add', [zero, b.integers([at])]);
      return [x ?? null, computed(start), computed(end), b.integers([1])];
    },
  })),
  { op: 'Expand', dims: [[3, 1]], inputs: withIndices(2, 3, 4) },
  { op: 'Tile', dims: [[2, 3]], inputs: withIndices(2, 1) },
  { op: 'Tile', dims: [[2, 3]], inputs: withIndices(1, 3) },
  {
    op: 'Gather',
    dims: [[4, 3]],
    inputs: withIndices(2, 0, 2),
    attributes: { axis: int(0) },
  },
  { op: 'Gather', dims: [[2, 3, 4]], inputs: withIndices(1), attributes: { axis: int(1) } },
  { op: 'Gather', dims: [[2, 3, 4]], inputs: withIndices(1, 0, 1), attributes: { axis: int(-2) } },
  {
    op: 'GatherElements',
    dims: [[2, 3]],
    inputs: (b, [x]) => [x ?? null, b.reshape(b.integers([0, 2, 2, 1]), [2, 2])],
    attributes: { axis: int(1) },
  },

  ...['ReduceSum', 'ReduceMean', 'ReduceSumSquare', 'ReduceLogSumExp'].flatMap((op): Case[] => [
    { op, dims: [[2, 3, 4]], inputs: withIndices(-1), attributes: { keepdims: int(1) } },
    { op, dims: [[2, 3, 4]], inputs: withIndices(0, 2), attributes: { keepdims: int(0) } },
    { op, dims: [[3, 2]], attributes: { keepdims: int(0) } },
  ]),
  ...['ReduceMax', 'ReduceMin'].map((op): Case => ({
    op,
    dims: [[3, 4]],
    distinct: true,
    inputs: withIndices(1),
  })),
  { op: 'Softmax', dims: [[2, 3, 4]], attributes: { axis: int(-1) } },
  { op: 'Softmax', dims: [[2, 3, 4]], attributes: { axis: int(1) } },
  { op: 'LogSoftmax', dims: [[2, 7]], attributes: { axis: int(-1) } },
  { op: 'LayerNormalization', dims: [[2, 3, 5], [5], [5]], attributes: { epsilon: float(0.01) } },
  {
    op: 'SimplifiedLayerNormalization',
    dims: [[2, 3, 5], [5]],
    attributes: { epsilon: float(0.01) },
  },
  { op: 'RMSNormalization', dims: [[3, 4], [4]], attributes: { epsilon: float(0.01) } },
  ...[0, 1].map((reverse): Case => ({
    op: 'CumSum',
    dims: [[2, 5]],
    inputs: (b, [x]) => [x ?? null, b.scalar(1, 'int64')],
    attributes: { reverse: int(reverse), exclusive: int(reverse) },
  })),
  ...operatorCases,
];

const kinds = {
  float64: { step: 1e-5, tolerance: 1e-7, array: Float64Array },
  float32: { step: 5e-3, tolerance: 4e-3, array: Float32Array },
} as const;

/** Mulberry32: the same numbers in every run. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function draw({ dims, range = [-1, 1], distinct }: Case, seed: number): Float64Array[] {
  const next = uniform(seed);
  const total = dims.reduce((sum, each) => sum + elementCount(each), 0);
  const [low, high] = range;
  // Distinct entries lie on a shuffled grid, each well away from its neighbours.
  const grid = Array.from({ length: total }, (_, i) => (i + 0.5) / total)
    .map((value) => ({ value, order: next() }))
    .sort((a, b) => a.order - b.order);
  let at = 0;
  return dims.map((each) =>
    Float64Array.from({ length: elementCount(each) }, () => {
      const place = grid[at++]?.value ?? 0;
      return low + (high - low) * (distinct ? place : next());
    }),
  );
}

type Runner = (
  inputs: readonly Float64Array[],
) => Promise<{ loss: number; gradients: Float64Array[] }>;

async function build(each: Case, type: Real, seed: number, keepsShapes: boolean): Promise<Runner> {
  const graph = new Graph();
  graph.opsets.set('', each.opset ?? (each.op === 'RMSNormalization' ? 23 : 21));
  graph.opsets.set('com.microsoft', 1);
  const b = new Builder(graph, 'test');
  const values = each.dims.map((dims, i) =>
    graph.addInput(
      `x${i}`,
      type,
      each.symbolic ? dims.map((_, axis) => (axis === 0 ? `n${i}` : (dims[axis] ?? 1))) : dims,
    ),
  );
  const inputs = each.inputs?.(b, values) ?? values;
  const node = b.node(each.op, inputs, each.outputs ?? 1, each.attributes);
  const real = node.outputs.filter((output) => output?.type?.startsWith('float'));
  const weights = real.map((output, i) => graph.addInput(`w${i}`, type, output?.shape ?? []));
  const products = real.map((output, i) => {
    const product = b.mul(b.cast(output as Value, type), weights[i] as Value);
    const axes = (product.shape ?? []).map((_dim, axis) => axis);
    return axes.length === 0 ? product : b.reduceSum(product, axes, false);
  });
  const loss = products.reduce((sum, value) => b.add(sum, value));
  loss.shape = [];
  real.forEach((output, i) => graph.addOutput(`y${i}`, output as Value));
  graph.addOutput('loss', loss);
  const weightShapes = weights.map(({ shape }) => shape ?? []);
  const remember = keepsShapes ? undefined : forgetShapes(graph);
  const gradients = differentiate(graph, loss, values);
  remember?.();
  // One value may be the gradient of two inputs: each gets a name of its own.
  gradients
    .map((gradient) => b.op('Identity', [gradient]))
    .forEach((gradient, i) => graph.addOutput(`g${i}`, gradient));
  graph.prune();
  const session = await ort.InferenceSession.create(writeModel(graph), {
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  });
  const { array } = kinds[type];
  const tensor = (data: ArrayLike<number>, dims: readonly number[]): ort.Tensor =>
    new ort.Tensor(type, array.from(data), dims);
  let weighted: ort.Tensor[] | null = null;
  return async (numbers) => {
    const feeds: Record<string, ort.Tensor> = Object.fromEntries(
      numbers.map((data, i) => [`x${i}`, tensor(data, each.dims[i] ?? [])]),
    );
    if (!weighted) {
      // The outputs' sizes are known after the first run at the latest; their shapes here are static or by input.
      const next = uniform(seed + 1);
      weighted = weightShapes.map((shape) => {
        const dims = shape.map((dim) =>
          typeof dim === 'number' ? dim : each.dims.reduce((sum, d) => sum + (d[0] ?? 0), 0),
        );
        const data = Float64Array.from({ length: elementCount(dims) }, () => next() * 2 - 1);
        return tensor(data, dims);
      });
    }
    weighted.forEach((weight, i) => (feeds[`w${i}`] = weight));
    const output = await session.run(feeds);
    let sum = 0;
    weighted.forEach((weight, i) => {
      const y = output[`y${i}`]?.data as Float64Array;
      (weight.data as Float64Array).forEach((w, k) => (sum += w * (y[k] ?? NaN)));
    });
    return {
      loss: sum,
      gradients: numbers.map((_, i) => Float64Array.from(output[`g${i}`]?.data as Float64Array)),
    };
  };
}

/** The largest difference from central differences, relative to the largest entry; over all inputs. */
async function worstError(
  each: Case,
  type: Real,
  seed: number,
  keepsShapes = true,
): Promise<number> {
  const run = await build(each, type, seed, keepsShapes);
  const { step } = kinds[type];
  const inputs = draw(each, seed);
  const { gradients } = await run(inputs);
  let worst = 0;
  for (const [i, values] of inputs.entries()) {
    const differences: number[] = [];
    for (const [k, value] of values.entries()) {
      values[k] = value + step;
      const above = await run(inputs);
      values[k] = value - step;
      const below = await run(inputs);
      values[k] = value;
      differences.push((above.loss - below.loss) / (2 * step));
    }
    const gradient = gradients[i];
    expect(gradient).toHaveLength(values.length);
    const largest = Math.max(...differences.map(Math.abs), 1e-3);
    differences.forEach((difference, k) => {
      worst = Math.max(worst, Math.abs(difference - (gradient?.[k] ?? NaN)) / largest);
    });
  }
  return worst;
}

describe('gradient rules agree with central finite differences', () => {
  const title = (each: Case): string =>
    `${each.op} of ${each.dims.map((dims) => `[${dims.join(', ')}]`).join(', ')} ${JSON.stringify(each.attributes ?? {})}`;

  it.each(
    [true, false].flatMap((keepsShapes) =>
      cases.flatMap((each, index) => {
        if (each.needsShapes && !keepsShapes) return [];
        const shapes = keepsShapes ? '' : ' without any shape';
        return [[`${title(each)}${shapes}`, each, index, keepsShapes] as const];
      }),
    ),
  )('%s', async (_, each, index, keepsShapes) => {
    let type = each.type ?? 'float64';
    let error: number;
    try {
      error = await worstError(each, type, 100 + index, keepsShapes);
    } catch (reason) {
      // ONNX Runtime has no float64 kernel of this operator or of its gradient's.
      if (
        type === 'float32' ||
        !/NOT_IMPLEMENTED|Could not find an implementation|Type/.test(String(reason))
      )
        throw reason;
      type = 'float32';
      error = await worstError(each, type, 100 + index, keepsShapes);
    }
    expect(error).toBeLessThan(kinds[type].tolerance);
  });

  it('leaves no rule without a case', () => {
    const tested = new Set(cases.map(({ op }) => op));
    expect(Object.keys(gradientRules).filter((op) => !tested.has(op))).toEqual([]);
  });

  it('would notice a wrong rule', async () => {
    const rules = gradientRules as Record<string, (typeof gradientRules)[string]>;
    const right = rules['Tanh'];
    rules['Tanh'] = rules['Sin'];
    try {
      expect(await worstError({ op: 'Tanh', dims: [[2, 3]] }, 'float64', 1)).toBeGreaterThan(1e-3);
    } finally {
      rules['Tanh'] = right;
    }
  });
});
