/** @file Element types, symbolic shapes and the contents of small integer tensors, node by node. */
import { ownEntry } from '../own-entry.ts';
import { contentOf, normalAxis, numbersOf } from './content.ts';
import {
  addDims,
  broadcastShapes,
  chooseDims,
  divideDims,
  lessDims,
  maxDims,
  minDims,
  multiplyDims,
  highest,
  lowest,
  subtractDims,
  unknownDim,
  type Dim,
} from './dims.ts';
import { inferContent } from './infer-content.ts';
import { rareRules } from './infer-rare.ts';
import type { Rule } from './infer-rule.ts';
import type { Graph, Node, Shape, Value } from './graph.ts';
import { dataTypes, type DataType } from './tensor.ts';

/**
 * Works out what one node's outputs are, as far as its inputs tell. What the rules cannot tell stays unknown; what the file
 * declared of an output is kept where inference has nothing better.
 */
export function inferNode(node: Node): void {
  const rule = ownEntry(rules, node.op);
  if (rule) {
    rule(node).forEach((inferred, index) => {
      const output = node.outputs[index];
      if (!output || !inferred) return;
      if (inferred.type) output.type = inferred.type;
      if (inferred.shape) output.shape = inferred.shape;
    });
  }
  inferContent(node).forEach((content, index) => {
    const output = node.outputs[index];
    if (output) output.content = content;
  });
}

/** Infers the whole graph in topological order. */
export function inferGraph(graph: Graph): void {
  for (const node of graph.nodes) inferNode(node);
}

const same: Rule = (node) => {
  const { type, shape } = node.need(0);
  return [{ type, shape }];
};

const broadcast: Rule = (node) => [{ type: node.need(0).type, shape: broadcastInputs(node, 0) }];

const comparison: Rule = (node) => [{ type: 'bool', shape: broadcastInputs(node, 0) }];

function broadcastInputs(node: Node, from: number): Shape | undefined {
  let shape: Shape = [];
  for (let index = from; index < node.inputs.length; index++) {
    const operand = node.need(index).shape;
    if (!operand) return undefined;
    try {
      shape = broadcastShapes(shape, operand);
    } catch (cause) {
      throw new Error(`${node.label}: ${(cause as Error).message}`, { cause });
    }
  }
  return shape;
}

/** Axes from an input (opset 13 and later) or from the attribute. */
export function axesOf(node: Node, inputIndex: number): number[] | undefined {
  const attribute = node.ints('axes');
  return attribute ? [...attribute] : numbersOf(node.input(inputIndex));
}

const reduce: Rule = (node) => {
  const { type, shape } = node.need(0);
  if (!shape) return [{ type }];
  const given = axesOf(node, 1);
  if (!given && node.input(1)) return [{ type }];
  if (!given && node.int('noop_with_empty_axes', 0) === 1) return [{ type, shape }];
  const axes = (given ?? shape.map((_, axis) => axis)).map((axis) =>
    normalAxis(axis, shape.length),
  );
  return [{ type, shape: reducedShape(shape, axes, node.int('keepdims', 1) === 1) }];
};

function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Dim[] {
  return keep
    ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.includes(axis));
}

const argReduce: Rule = (node) => {
  const { shape } = node.need(0);
  if (!shape) return [{ type: 'int64' }];
  const axis = normalAxis(node.int('axis', 0), shape.length);
  return [{ type: 'int64', shape: reducedShape(shape, [axis], node.int('keepdims', 1) === 1) }];
};

const matMul: Rule = (node) => {
  const a = node.need(0);
  const b = node.need(1);
  if (!a.shape || !b.shape) return [{ type: a.type }];
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
  const rows = a.shape.length === 1 ? [] : [left[left.length - 2] as Dim];
  const columns = b.shape.length === 1 ? [] : [right[right.length - 1] as Dim];
  return [{ type: a.type, shape: [...batch, ...rows, ...columns] }];
};

const gemm: Rule = (node) => {
  const a = node.need(0);
  const b = node.need(1);
  if (a.shape?.length !== 2 || b.shape?.length !== 2) return [{ type: a.type }];
  const rows = a.shape[node.int('transA', 0)];
  const columns = b.shape[1 - node.int('transB', 0)];
  return [{ type: a.type, shape: [rows ?? unknownDim(), columns ?? unknownDim()] }];
};

const reshape: Rule = (node) => {
  const { type, shape } = node.need(0);
  const target = contentOf(node.input(1));
  if (!target) return [{ type, shape: unknownShape(node.input(1)) }];
  const allowZero = node.int('allowzero', 0) === 1;
  const copied = target.map((dim, index): Dim =>
    dim === 0 && !allowZero ? (shape?.[index] ?? unknownDim()) : dim,
  );
  const open = copied.indexOf(-1);
  if (open >= 0) {
    const known = copied.filter((_, index) => index !== open).reduce(multiplyDims, 1);
    copied[open] = shape ? divideDims(shape.reduce(multiplyDims, 1), known) : unknownDim();
  }
  return [{ type, shape: copied }];
};

const transpose: Rule = (node) => {
  const { type, shape } = node.need(0);
  if (!shape) return [{ type }];
  const perm = node.ints('perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  return [{ type, shape: perm.map((axis) => shape[axis] as Dim) }];
};

const concat: Rule = (node) => {
  const first = node.need(0);
  const shapes = node.inputs.map((value) => value?.shape);
  if (!first.shape || shapes.some((shape) => !shape)) return [{ type: first.type }];
  const axis = normalAxis(node.int('axis', 0), first.shape.length);
  const total = shapes.map((shape) => shape?.[axis] ?? 0).reduce(addDims, 0);
  // Operands agree along the other axes; a number says more than a name.
  const known = (index: number, dim: Dim): Dim =>
    shapes.map((shape) => shape?.[index]).find((each) => typeof each === 'number') ?? dim;
  return [
    {
      type: first.type,
      shape: first.shape.map((dim, index) => (index === axis ? total : known(index, dim))),
    },
  ];
};

/** Lengths of a Split's outputs along its axis, where known. */
export function splitLengths(node: Node): Dim[] | undefined {
  const { shape } = node.need(0);
  const given = node.ints('split') ?? contentOf(node.input(1));
  if (given) return [...given];
  const count = node.int('num_outputs') ?? node.outputs.length;
  const axis = normalAxis(node.int('axis', 0), shape?.length ?? 0);
  const size = shape?.[axis];
  if (typeof size !== 'number') return undefined;
  const part = Math.ceil(size / count);
  return Array.from({ length: count }, (_, i) => Math.min(part, size - part * i));
}

const split: Rule = (node) => {
  const { type, shape } = node.need(0);
  const lengths = splitLengths(node);
  if (!shape) return node.outputs.map(() => ({ type }));
  const axis = normalAxis(node.int('axis', 0), shape.length);
  return node.outputs.map((_, output) => ({
    type,
    shape: shape.map((dim, i) => (i === axis ? (lengths?.[output] ?? unknownDim()) : dim)),
  }));
};

/** What a Slice takes along one axis; bounds may be expressions. */
export interface SliceRange {
  axis: number;
  start: Dim;
  end: Dim;
  step: number;
}

/** Start, end and step of a Slice by axis, where they and the rank are known. */
export function sliceRanges(node: Node): SliceRange[] | undefined {
  const rank = node.need(0).shape?.length;
  const starts = node.ints('starts') ?? contentOf(node.input(1));
  const ends = node.ints('ends') ?? contentOf(node.input(2));
  const axes =
    node.ints('axes') ??
    (node.input(3) ? numbersOf(node.input(3)) : starts?.map((_, axis) => axis));
  const steps = node.input(4) ? numbersOf(node.input(4)) : starts?.map(() => 1);
  if (!starts || !ends || !axes || !steps || rank === undefined) return undefined;
  return starts.map((start, index) => ({
    axis: normalAxis(axes[index] ?? index, rank),
    start,
    end: ends[index] ?? 0,
    step: steps[index] ?? 1,
  }));
}

/** What no axis is longer than: exporters write it for "to the end". */
const toTheEnd = 2 ** 31 - 1;

/** Where a bound of a Slice with a positive step lies on an axis of a size: negative ones count from its end. */
export function slicePlace(at: Dim, size: Dim): Dim {
  if (typeof at === 'number' && at >= toTheEnd) return size;
  const fromEnd = maxDims(0, addDims(at, size));
  if (typeof at === 'number' ? at < 0 : highest(at) <= 0) return fromEnd;
  const fromStart = minDims(at, size);
  return lowest(at) >= 0 ? fromStart : chooseDims(lessDims(at, 0), fromEnd, fromStart);
}

/** How many elements a Slice takes along an axis. */
function slicedSize(size: Dim, { start, end, step }: SliceRange): Dim {
  if (step > 0) {
    const length = maxDims(0, subtractDims(slicePlace(end, size), slicePlace(start, size)));
    return step === 1 ? length : divideDims(addDims(length, step - 1), step);
  }
  if (typeof size !== 'number' || typeof start !== 'number' || typeof end !== 'number')
    // The whole axis backwards is what exporters write with a negative step.
    return step === -1 && start === -1 && typeof end === 'number' && end <= -toTheEnd
      ? size
      : unknownDim();
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, -1), size - 1);
  return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
}

const slice: Rule = (node) => {
  const { type, shape } = node.need(0);
  if (!shape) return [{ type }];
  const ranges = sliceRanges(node);
  const axes = node.ints('axes') ?? numbersOf(node.input(3)) ?? [...shape.keys()];
  const result = [...shape];
  if (ranges)
    for (const range of ranges) result[range.axis] = slicedSize(shape[range.axis] ?? 0, range);
  else for (const axis of axes) result[normalAxis(axis, shape.length)] = unknownDim();
  return [{ type, shape: result }];
};

const gather: Rule = (node) => {
  const data = node.need(0);
  const indices = node.need(1);
  if (!data.shape || !indices.shape) return [{ type: data.type }];
  const axis = normalAxis(node.int('axis', 0), data.shape.length);
  return [
    {
      type: data.type,
      shape: [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)],
    },
  ];
};

const gatherND: Rule = (node) => {
  const data = node.need(0);
  const indices = node.need(1);
  const depth = indices.shape?.[indices.shape.length - 1];
  if (!data.shape || !indices.shape || typeof depth !== 'number') return [{ type: data.type }];
  const batch = node.int('batch_dims', 0);
  return [
    { type: data.type, shape: [...indices.shape.slice(0, -1), ...data.shape.slice(batch + depth)] },
  ];
};

const unsqueeze: Rule = (node) => {
  const { type, shape } = node.need(0);
  const axes = axesOf(node, 1);
  if (!shape || !axes) return [{ type }];
  const rank = shape.length + axes.length;
  const inserted = new Set(axes.map((axis) => normalAxis(axis, rank)));
  const rest = [...shape];
  return [
    {
      type,
      shape: Array.from({ length: rank }, (_, axis) =>
        inserted.has(axis) ? 1 : (rest.shift() as Dim),
      ),
    },
  ];
};

const squeeze: Rule = (node) => {
  const { type, shape } = node.need(0);
  if (!shape) return [{ type }];
  const axes = axesOf(node, 1)?.map((axis) => normalAxis(axis, shape.length));
  return [{ type, shape: shape.filter((dim, axis) => (axes ? !axes.includes(axis) : dim !== 1)) }];
};

/** As many unknown sizes as an input that holds a shape has elements. */
function unknownShape(value: Value | null): Dim[] | undefined {
  const length = value?.shape?.[0];
  return typeof length === 'number' ? Array.from({ length }, unknownDim) : undefined;
}

const expand: Rule = (node) => {
  const { type, shape } = node.need(0);
  const target = contentOf(node.input(1));
  if (shape && target) return [{ type, shape: broadcastShapes(shape, target) }];
  const rank = Math.max(shape?.length ?? 0, unknownShape(node.input(1))?.length ?? NaN);
  return [
    { type, shape: Number.isNaN(rank) ? undefined : Array.from({ length: rank }, unknownDim) },
  ];
};

const tile: Rule = (node) => {
  const { type, shape } = node.need(0);
  const repeats = contentOf(node.input(1));
  return [
    {
      type,
      shape: shape?.map((dim, axis) =>
        repeats ? multiplyDims(dim, repeats[axis] ?? 1) : unknownDim(),
      ),
    },
  ];
};

const pad: Rule = (node) => {
  const { type, shape } = node.need(0);
  if (!shape) return [{ type }];
  const pads = node.ints('pads') ?? contentOf(node.input(1));
  const axes = node.input(3) ? numbersOf(node.input(3)) : [...shape.keys()];
  if (!pads || !axes) return [{ type, shape: shape.map(unknownDim) }];
  const result = [...shape];
  axes.forEach((given, index) => {
    const axis = normalAxis(given, shape.length);
    const added = addDims(pads[index] ?? 0, pads[index + axes.length] ?? 0);
    result[axis] = addDims(result[axis] ?? 0, added);
  });
  return [{ type, shape: result }];
};

const filled: Rule = (node) => {
  const value = node.attributes['value'];
  return [
    {
      type: value?.kind === 'tensor' ? value.value.type : 'float32',
      shape: contentOf(node.input(0)) ?? unknownShape(node.input(0)),
    },
  ];
};

const range: Rule = (node) => {
  const [start, limit, step] = [0, 1, 2].map((index) => contentOf(node.input(index))?.[0]);
  const { type } = node.need(0);
  if (start === undefined || limit === undefined || typeof step !== 'number' || step === 0)
    return [{ type, shape: [unknownDim()] }];
  const span = step > 0 ? subtractDims(limit, start) : subtractDims(start, limit);
  const most = Math.abs(step) - 1;
  return [{ type, shape: [divideDims(maxDims(0, addDims(span, most)), Math.abs(step))] }];
};

const topK: Rule = (node) => {
  const { type, shape } = node.need(0);
  const axis = normalAxis(node.int('axis', -1), shape?.length ?? 0);
  const count = node.int('k') ?? contentOf(node.input(1))?.[0] ?? unknownDim();
  const picked = shape?.map((dim, index) => (index === axis ? count : dim));
  return [
    { type, shape: picked },
    { type: 'int64', shape: picked },
  ];
};

const cast: Rule = (node) => {
  const code = node.int('to');
  const type = Object.entries(dataTypes).find(([, value]) => value === code)?.[0];
  return [{ type: type as DataType | undefined, shape: node.need(0).shape }];
};

const normalisation: Rule = (node) => {
  const { type, shape } = node.need(0);
  const axis = normalAxis(node.int('axis', -1), shape?.length ?? 0);
  const statistics = shape && {
    type: 'float32' as const,
    shape: shape.map((dim, index) => (index >= axis ? 1 : dim)),
  };
  return [{ type, shape }, statistics ?? null, statistics ?? null];
};

const quantisedProduct: Rule = (node) => {
  const { type, shape } = node.need(0);
  return [{ type, shape: shape && [...shape.slice(0, -1), node.int('N', 0)] }];
};

const rules: Record<string, Rule> = {
  Shape: (node) => {
    const rank = node.need(0).shape?.length;
    if (rank === undefined) return [{ type: 'int64', shape: [unknownDim()] }];
    const start = normalAxis(node.int('start', 0), rank);
    const end = normalAxis(node.int('end', rank), rank);
    return [{ type: 'int64', shape: [Math.max(0, Math.min(end, rank) - start)] }];
  },
  Size: () => [{ type: 'int64', shape: [] }],
  Cast: cast,
  CastLike: (node) => [{ type: node.need(1).type, shape: node.need(0).shape }],
  MatMul: matMul,
  Gemm: gemm,
  Reshape: reshape,
  Flatten: (node) => {
    const { type, shape } = node.need(0);
    if (!shape) return [{ type }];
    const axis = normalAxis(node.int('axis', 1), shape.length);
    return [
      {
        type,
        shape: [
          shape.slice(0, axis).reduce(multiplyDims, 1),
          shape.slice(axis).reduce(multiplyDims, 1),
        ],
      },
    ];
  },
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Gather: gather,
  GatherND: gatherND,
  GatherElements: (node) => [{ type: node.need(0).type, shape: node.need(1).shape }],
  Unsqueeze: unsqueeze,
  Squeeze: squeeze,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  TopK: topK,
  ConstantOfShape: filled,
  Range: range,
  Where: (node) => [{ type: node.need(1).type, shape: broadcastInputs(node, 0) }],
  NonZero: (node) => [
    {
      type: 'int64',
      shape: [
        node.need(0).shape?.length ?? unknownDim(),
        numbersOf(node.input(0))?.filter((item) => item !== 0).length ?? unknownDim(),
      ],
    },
  ],
  ArgMax: argReduce,
  ArgMin: argReduce,
  LayerNormalization: normalisation,
  SimplifiedLayerNormalization: normalisation,
  RMSNormalization: normalisation,
  'com.microsoft::MatMulNBits': quantisedProduct,
  'com.microsoft::MatMulBnb4': quantisedProduct,
  DequantizeLinear: (node) => [{ type: node.need(1).type, shape: node.need(0).shape }],
  QuantizeLinear: (node) => [{ type: node.input(2)?.type ?? 'uint8', shape: node.need(0).shape }],
  DynamicQuantizeLinear: (node) => [
    { type: 'uint8', shape: node.need(0).shape },
    { type: 'float32', shape: [] },
    { type: 'uint8', shape: [] },
  ],
  ...rareRules,
  ...allBy(
    same,
    'Abs Neg Sqrt Exp Log Sigmoid Tanh Erf Relu Sin Cos Reciprocal Softplus Gelu Not Floor Ceil Round Sign',
    'Identity Softmax LogSoftmax CumSum Trilu Clip ScatterElements ScatterND Dropout LeakyRelu',
    'Elu Selu Celu ThresholdedRelu HardSigmoid HardSwish Mish Swish Softsign Shrink PRelu Hardmax',
    'Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh ReverseSequence LpNormalization',
    'BatchNormalization InstanceNormalization GroupNormalization MeanVarianceNormalization',
    'com.microsoft::MoE com.microsoft::QMoE com.microsoft::RotaryEmbedding',
    'com.microsoft::Gelu com.microsoft::FastGelu com.microsoft::QuickGelu com.microsoft::BiasGelu',
  ),
  ...allBy(broadcast, 'Add Sub Mul Div Pow Mod Max Min Sum Mean BitwiseAnd BitwiseOr And Or Xor'),
  ...allBy(comparison, 'Equal Greater GreaterOrEqual Less LessOrEqual IsNaN IsInf'),
  ...allBy(
    reduce,
    'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare',
    'ReduceLogSum ReduceLogSumExp',
  ),
};

/** Operators that share a rule. */
function allBy(rule: Rule, ...lines: readonly string[]): Record<string, Rule> {
  return Object.fromEntries(lines.flatMap((line) => line.split(' ')).map((op) => [op, rule]));
}
