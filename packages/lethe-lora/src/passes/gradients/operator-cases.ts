/** @file For tests: cases of the rules for operators that only some decoders have. */
import {
  float,
  int,
  int64Tensor,
  ints,
  tensorOver,
  text,
  type Attributes,
  type Builder,
  type Value,
} from '../../onnx/index.ts';

export type Real = 'float64' | 'float32';

/** A graph of one operator, and the inputs at which its gradient rule is compared with finite differences. */
export interface Case {
  op: string;
  /** Dimensions of the inputs that are differentiated. */
  dims: readonly (readonly number[])[];
  /** Entries are drawn from [low, high), no two closer than the step where `distinct`. */
  range?: readonly [number, number];
  distinct?: boolean;
  /** Puts constants among the inputs. */
  inputs?: (b: Builder, values: readonly Value[]) => (Value | null)[];
  attributes?: Attributes;
  outputs?: number;
  /** Dimensions given to the graph as symbols, to be checked where sizes are unknown. */
  symbolic?: boolean;
  type?: Real;
  opset?: number;
  /** Sizes that a file always states, of a filter that is a constant, say. */
  needsShapes?: boolean;
}

const smooth = (op: string, range: readonly [number, number], attributes?: Attributes): Case => ({
  op,
  dims: [[3, 7]],
  range,
  ...(attributes && { attributes }),
});

/** Both sides of a bend, away from it. */
const bent = (op: string, attributes: Attributes = {}, at = 0): Case[] => [
  smooth(op, [at - 1.2, at - 0.1], attributes),
  smooth(op, [at + 0.1, at + 1.2], attributes),
];

type Inputs = NonNullable<Case['inputs']>;

const long = (b: Builder, dims: readonly number[], ...values: number[]): Value =>
  b.graph.addInitializer('indices', int64Tensor(values, dims));

/** Constants in the places of `null`. */
const among =
  (...places: (null | ((b: Builder) => Value))[]): Inputs =>
  (b, values) => {
    const left = [...values];
    return places.map((place) => (place ? place(b) : (left.shift() ?? null)));
  };

const gathers: Case[] = (
  [
    [[2, 5, 3], [2, 2], [4, 0, 4, 1], 1],
    [[2, 3, 4], [3], [0, 3, 3], -1],
    [[2, 5], [], [-2], 1],
    [[1, 5, 3], [4], [1, 3, 1, -1], 1],
  ] as const
).map(([dims, shape, values, axis]) => ({
  op: 'Gather',
  dims: [dims],
  inputs: among(null, (b) => long(b, shape, ...values)),
  attributes: { axis: int(axis) },
}));

const conv = (
  x: number[],
  w: number[],
  bias: boolean,
  attributes: Attributes = {},
  frozen = false,
): Case => ({
  op: 'Conv',
  dims: frozen ? [x] : [x, w, ...(bias ? [[w[0] ?? 1]] : [])],
  attributes,
  ...(!frozen && { needsShapes: true }),
  ...(frozen && {
    inputs: among(null, (b) => {
      const count = w.reduce((product, size) => product * size, 1);
      const values = Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + 1));
      return b.graph.addInitializer('w', tensorOver('float32', w, values));
    }),
  }),
  type: 'float32',
});

const einsum = (equation: string, ...dims: number[][]): Case => ({
  op: 'Einsum',
  dims,
  attributes: { equation: text(equation) },
});

/** Rotary embedding by the runtime's operator: as tokens or as heads come first, in pairs of both kinds, of a part of a head. */
const turns = (
  [
    [[2, 3, 16], {}],
    [[2, 2, 3, 8], {}],
    [[2, 2, 3, 8], { interleaved: int(1) }],
    [[2, 2, 3, 12], { rotary_embedding_dim: int(8), num_heads: int(2) }],
    [[2, 3, 24], { rotary_embedding_dim: int(8), num_heads: int(2) }],
  ] as const
).map(([dims, attributes]): Case => {
  const table =
    (turn: (angle: number) => number) =>
    (b: Builder): Value => {
      const angles = Float32Array.from({ length: 24 }, (_, i) => turn(0.7 * i));
      return b.graph.addInitializer('table', tensorOver('float32', [6, 4], angles));
    };
  return {
    op: 'com.microsoft::RotaryEmbedding',
    dims: [dims],
    inputs: among(null, (b) => long(b, [2, 3], 0, 3, 1, 5, 2, 4), table(Math.cos), table(Math.sin)),
    attributes,
    type: 'float32',
  };
});

export const operatorCases: Case[] = [
  ...bent('LeakyRelu', { alpha: float(0.2) }),
  ...bent('Elu', { alpha: float(0.7) }),
  ...bent('Selu'),
  ...bent('Celu', { alpha: float(0.6) }),
  ...bent('ThresholdedRelu', { alpha: float(0.5) }, 0.5),
  ...bent('Softsign'),
  smooth('HardSigmoid', [-2, 2], { alpha: float(0.2), beta: float(0.5) }),
  smooth('HardSigmoid', [3, 5]),
  smooth('HardSwish', [-2.5, 2.5]),
  smooth('HardSwish', [3.2, 5]),
  smooth('HardSwish', [-5, -3.2]),
  smooth('Mish', [-3, 3]),
  { ...smooth('Swish', [-3, 3], { alpha: float(1.3) }), opset: 24 },
  ...[1, 1.702].map((alpha): Case => ({
    ...smooth('com.microsoft::QuickGelu', [-3, 3], { alpha: float(alpha) }),
    type: 'float32',
  })),
  ...turns,
  { ...smooth('Shrink', [0.6, 2]), type: 'float32' },
  smooth('Shrink', [-0.3, 0.3]),
  { op: 'PRelu', dims: [[2, 3, 4], [4]], range: [-1.2, -0.1] },
  { op: 'PRelu', dims: [[2, 3], [1]], range: [0.1, 1.2] },
  { op: 'Mean', dims: [[2, 3], [3], [2, 1]] },
  ...['Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Atanh'].map((op) =>
    smooth(op, [-0.8, 0.8]),
  ),
  smooth('Acosh', [1.3, 3]),
  ...['Floor', 'Ceil', 'Round', 'Sign'].map((op) => smooth(op, [0.1, 0.4])),

  ...gathers,
  // Where an expert got no token there is nothing to gather, to multiply and to put back.
  {
    op: 'Gather',
    dims: [[2, 5, 3]],
    inputs: among(null, (b) => long(b, [0])),
    attributes: { axis: int(1) },
  },
  {
    op: 'MatMul',
    dims: [
      [0, 4],
      [4, 3],
    ],
  },
  { op: 'Unsqueeze', dims: [[0, 4]], inputs: among(null, (b) => b.integers([0])) },
  {
    op: 'Mul',
    dims: [
      [0, 4],
      [1, 4],
    ],
  },
  {
    op: 'GatherND',
    dims: [[3, 4, 2]],
    inputs: among(null, (b) => long(b, [2, 2, 2], 0, 1, 2, 3, 0, 1, 1, 0)),
  },
  { op: 'GatherND', dims: [[3, 4]], inputs: among(null, (b) => long(b, [2, 1], 2, 2)) },
  ...['none', 'add'].flatMap((reduction): Case[] => [
    {
      op: 'ScatterND',
      dims: [
        [4, 3],
        [2, 3],
      ],
      inputs: among(null, (b) => long(b, [2, 1], 3, 1), null),
      attributes: { reduction: text(reduction) },
    },
    {
      op: 'ScatterElements',
      dims: [
        [3, 4],
        [3, 2],
      ],
      inputs: among(null, (b) => long(b, [3, 2], 0, 3, 2, 1, 1, 0), null),
      attributes: { reduction: text(reduction), axis: int(1) },
    },
  ]),
  ...[0, 1].map((largest): Case => ({
    op: 'TopK',
    dims: [[3, 5]],
    distinct: true,
    inputs: among(null, (b) => b.integers([2])),
    attributes: { axis: int(-1), largest: int(largest) },
    outputs: 2,
  })),

  { op: 'Tile', dims: [[2, 3]], inputs: among(null, (b) => b.integers([2, 3])) },
  { op: 'Tile', dims: [[2, 1, 2]], inputs: among(null, (b) => b.integers([1, 3, 1])) },
  {
    op: 'Pad',
    dims: [[2, 3]],
    inputs: among(null, (b) => b.integers([1, 0, 0, 2])),
  },
  ...['ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceProd'].flatMap((op): Case[] => [
    { op, dims: [[2, 3, 4]], range: [0.5, 1.5], inputs: among(null, (b) => b.integers([-1])) },
    {
      op,
      dims: [[2, 3, 4]],
      range: [0.5, 1.5],
      inputs: among(null, (b) => b.integers([0, 2])),
      attributes: { keepdims: int(0) },
    },
    { op, dims: [[3, 2]], range: [0.5, 1.5], attributes: { keepdims: int(0) } },
  ]),
  { op: 'ReduceL1', dims: [[2, 5]], range: [-1.5, -0.5] },

  { op: 'Pad', dims: [[3, 4]], inputs: among(null, (b) => b.integers([0, -1, 2, 1])) },
  {
    op: 'Pad',
    dims: [[2, 3]],
    inputs: (b, [x]) => [x ?? null, b.integers([2, 1]), null, b.integers([-1])],
  },
  ...[0, 1].map((upper): Case => ({
    op: 'Trilu',
    dims: [[2, 4, 4]],
    inputs: among(null, (b) => b.scalar(1, 'int64')),
    attributes: { upper: int(upper) },
  })),
  {
    op: 'ReverseSequence',
    dims: [[4, 3]],
    inputs: among(null, (b) => b.integers([2, 4, 1])),
    attributes: { time_axis: int(0), batch_axis: int(1) },
  },
  { op: 'DepthToSpace', dims: [[1, 8, 2, 3]], attributes: { blocksize: int(2) }, type: 'float32' },
  { op: 'SpaceToDepth', dims: [[1, 2, 4, 2]], attributes: { blocksize: int(2) }, type: 'float32' },
  { op: 'CastLike', dims: [[3]], inputs: among(null, (b) => b.scalar(1)), type: 'float32' },

  // The depthwise filters of LFM2: causal by a state before the tokens, and by padding.
  conv([2, 4, 6], [4, 1, 3], true, { group: int(4), kernel_shape: ints([3]) }),
  conv([2, 4, 6], [4, 1, 4], false, {
    group: int(4),
    pads: ints([3, 0]),
    dilations: ints([1]),
  }),
  conv([1, 2, 9], [2, 1, 3], true, { group: int(2), dilations: ints([2]), pads: ints([2, 2]) }),
  conv([1, 2, 6], [2, 1, 4], true, { group: int(2), auto_pad: text('SAME_UPPER') }),
  conv([2, 3, 7], [4, 3, 2], false, {}, true),
  conv(
    [2, 4, 8],
    [4, 2, 3],
    false,
    { group: int(2), strides: ints([2]), pads: ints([1, 0]) },
    true,
  ),
  conv([1, 2, 5, 6], [3, 2, 3, 3], false, { pads: ints([1, 1, 1, 1]) }, true),

  // Four rows of 48 in blocks of 16.
  {
    op: 'com.microsoft::MatMulBnb4',
    dims: [[2, 3, 48]],
    inputs: (b, [x]) => {
      const bytes = Uint8Array.from({ length: 96 }, (_, i) => (i * 73) % 256);
      const scales = Float32Array.from({ length: 12 }, (_, i) => (i + 1) / 12);
      const w = b.graph.addInitializer('w', tensorOver('uint8', [96], bytes));
      const s = b.graph.addInitializer('s', tensorOver('float32', [12], scales));
      return [x ?? null, w, s];
    },
    attributes: { K: int(48), N: int(4), block_size: int(16), quant_type: int(1) },
    type: 'float32',
  },

  einsum('ij,jk->ik', [2, 3], [3, 4]),
  einsum('bhtd,bhsd->bhts', [2, 2, 3, 4], [2, 2, 5, 4]),
  einsum('...ij,jk->...ik', [2, 2, 3], [3, 4]),
  einsum('...ij,...jk', [2, 2, 3], [1, 3, 4]),
  einsum('...ij->...i', [2, 2, 3]),
  einsum('...ij,jkl->...ik', [2, 2, 3], [3, 2, 2]),
  einsum('i,j->ij', [3], [4]),
  einsum('ij->i', [3, 4]),
  einsum('bij,bj', [2, 3, 4], [2, 4]),
  einsum('ab,bc,cd->da', [2, 3], [3, 2], [2, 4]),
];
