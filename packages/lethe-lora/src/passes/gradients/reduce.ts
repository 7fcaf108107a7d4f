/** @file Gradients of reductions and of what is built on them: softmax and the normalisations. */
import {
  axesOf,
  float32Numbers,
  float32Tensor,
  int,
  multiplyDims,
  normalAxis,
  type Builder,
  type Dim,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import { cotangentOf, spreadLike, unbroadcast, type GradientRule, type RuleInput } from './rule.ts';

/** The axes of a reduction: numbers, a value that holds them, or null for all. Negative ones count from x's end. */
function reducedAxes(node: Node): readonly number[] | Value | null {
  const axes = axesOf(node, 1) ?? node.input(1);
  return axes ?? (node.int('noop_with_empty_axes', 0) === 1 ? [] : null);
}

/** A reduction's output or cotangent with the reduced axes put back as ones. All axes at once leave a number, which fits any shape. */
export function withAxes({ b, node }: RuleInput, value: Value): Value {
  const axes = reducedAxes(node);
  if (node.int('keepdims', 1) === 1 || axes === null) return value;
  return 'length' in axes && axes.length === 0
    ? value
    : b.op('Unsqueeze', [value, 'length' in axes ? b.integers(axes) : axes]);
}

/** The sum of a value over the node's axes, kept as ones. */
export function sumAsReduced({ b, node }: RuleInput, value: Value): Value {
  const axes = reducedAxes(node);
  if (axes === null) return b.op('ReduceSum', [value], { keepdims: int(1) });
  if ('length' in axes) return axes.length === 0 ? value : b.reduceSum(value, axes, true);
  return b.op('ReduceSum', [value, axes], {
    keepdims: int(1),
    noop_with_empty_axes: int(node.int('noop_with_empty_axes', 0)),
  });
}

const reduceSum: GradientRule = (input) => [
  spreadLike(input.b, withAxes(input, cotangentOf(input)), input.node.need(0)),
];

const reduceMean: GradientRule = (input) => {
  const { b, node } = input;
  const x = node.need(0);
  const count = meanCount(node);
  const spread = spreadLike(b, withAxes(input, cotangentOf(input)), x);
  if (typeof count === 'number') return [b.mul(spread, 1 / count)];
  const ratio = b.op('Div', [
    b.cast(b.op('Size', [node.out()]), 'float32'),
    b.cast(b.op('Size', [x]), 'float32'),
  ]);
  return [b.mul(spread, b.cast(ratio, spread.type ?? 'float32'))];
};

/** How many elements one mean is taken of, where the sizes tell. */
function meanCount(node: Node): Dim | undefined {
  const { shape } = node.need(0);
  const axes = reducedAxes(node);
  if (!shape || (axes !== null && !('length' in axes))) return undefined;
  return (axes ?? [...shape.keys()])
    .map((axis) => shape[normalAxis(axis, shape.length)] ?? 1)
    .reduce(multiplyDims, 1);
}

const reduceSumSquare: GradientRule = (input) => {
  const { b, node } = input;
  return [b.mul(b.mul(node.need(0), 2), withAxes(input, cotangentOf(input)))];
};

/** ReduceMax and ReduceMin: the cotangent goes to the extreme elements, shared where several are equal. */
const reduceExtremum: GradientRule = (input) => {
  const { b, node } = input;
  const x = node.need(0);
  const chosen = b.cast(b.op('Equal', [x, withAxes(input, node.out())]), x.type ?? 'float32');
  const count = sumAsReduced(input, chosen);
  return [b.mul(b.div(chosen, count), withAxes(input, cotangentOf(input)))];
};

/** d logsumexp(x) = softmax(x), from the output: exp(x − y). */
const reduceLogSumExp: GradientRule = (input) => {
  const { b, node } = input;
  const weights = b.op('Exp', [b.sub(node.need(0), withAxes(input, node.out()))]);
  return [b.mul(weights, withAxes(input, cotangentOf(input)))];
};

/** Softmax since opset 13: over one axis. dx = y ∘ (dy − Σ dy ∘ y). */
const softmax: GradientRule = (input) => {
  const { b, node } = input;
  const y = withoutNaN(node.out());
  const dy = cotangentOf(input);
  const axis = node.int('axis', -1);
  return [b.mul(y, b.sub(dy, b.reduceSum(b.mul(dy, y), [axis], true)))];
};

/**
 * The value as the graph itself goes on with it, where it puts something in the place of its NaN. torch.onnx does so behind each softmax
 * of PyTorch's fused attention: a row in which nothing may be seen is 0/0, and 0 after it; 0 · NaN must not come back.
 */
function withoutNaN(value: Value): Value {
  for (const { node } of value.uses) {
    if (node.op !== 'IsNaN') continue;
    const replaced = node
      .out()
      .uses.find(
        ({ node: where, index }) => where.op === 'Where' && index === 0 && where.input(2) === value,
      );
    if (replaced) return replaced.node.out();
  }
  return value;
}

/** dx = dy − softmax(x) · Σ dy. */
const logSoftmax: GradientRule = (input) => {
  const { b, node } = input;
  const dy = cotangentOf(input);
  const axis = node.int('axis', -1);
  return [b.sub(dy, b.mul(b.op('Exp', [node.out()]), b.reduceSum(dy, [axis], true)))];
};

/** The axes that a normalisation runs over, from `axis` to the last: counted from the end, or worked out in the graph. */
function trailingAxes(b: Builder, node: Node): readonly number[] | Value {
  const axis = node.int('axis', -1);
  const rank = node.need(0).shape?.length;
  if (axis >= 0 && rank === undefined) {
    const all = b.op('Squeeze', [b.op('Shape', [b.op('Shape', [node.need(0)])])]);
    return b.op('Range', [b.scalar(axis, 'int64'), all, b.scalar(1, 'int64')]);
  }
  const count = axis < 0 ? -axis : (rank ?? 0) - axis;
  return Array.from({ length: count }, (_, i) => i - count);
}

/** x ↦ 1/√(mean(x²) + ε), kept as ones. */
function inverseRms(b: Builder, x: Value, axes: readonly number[] | Value, epsilon: number): Value {
  const mean = b.reduceMean(b.mul(x, x), axes);
  return b.op('Reciprocal', [b.op('Sqrt', [b.add(mean, epsilon)])]);
}

/**
 * RMS normalisation y = x̂·g with x̂ = x·r, r = 1/√(mean(x²) + ε) (Zhang and Sennrich 2019, arXiv 1910.07467):
 * dx = r·(dŷ − x̂·mean(dŷ·x̂)) with dŷ = dy·g. Since dŷ·x̂ = dy·y and r = √n/s with s = √(Σx² + nε), that is
 * (√n·g·dy − x·Σ(dy·y)/s)/s.
 */
const rmsNormalisation: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const x = node.need(0);
  const gain = node.need(1);
  const axes = trailingAxes(b, node);
  const epsilon = node.float('epsilon', 1e-5);
  const count = elementsOf(gain);
  if (count === undefined || !('length' in axes) || gain.shape?.length !== axes.length) {
    const r = inverseRms(b, x, axes, epsilon);
    const normal = b.mul(x, r);
    const inner = b.mul(dy, gain);
    const along = b.mul(normal, b.reduceMean(b.mul(inner, normal), axes));
    return [
      wanted[0] ? b.mul(r, b.sub(inner, along)) : null,
      wanted[1] ? unbroadcast(b, b.mul(dy, normal), gain) : null,
    ];
  }
  const size = b.op('Sqrt', [b.add(b.reduceSumSquare(x, axes), count * epsilon)]);
  const root = Math.sqrt(count);
  const along = b.div(b.reduceSum(b.mul(dy, node.out()), axes, true), size);
  const inner = b.mul(dy, multiplied(b, gain, root));
  return [
    wanted[0] ? b.div(b.sub(inner, b.mul(x, along)), size) : null,
    wanted[1] ? unbroadcast(b, b.mul(dy, b.div(b.mul(x, root), size)), gain) : null,
  ];
};

/** How many elements a value has, where its shape says. */
function elementsOf({ shape }: Value): number | undefined {
  const count = shape?.reduce(multiplyDims, 1);
  return typeof count === 'number' ? count : undefined;
}

/** A value times a number; of a constant another constant. */
function multiplied(b: Builder, value: Value, factor: number): Value {
  const { tensor } = value;
  if (tensor?.type !== 'float32') return b.mul(value, factor);
  const name = `${value.name}·${factor}`;
  const numbers = (): Float32Array => float32Numbers(tensor).map((number) => number * factor);
  return b.graph.value(name) ?? b.graph.addInitializer(name, float32Tensor(numbers(), tensor.dims));
}

/**
 * Layer normalisation y = x̂·g + β with x̂ = (x − mean)/√(var + ε) (Ba et al. 2016, arXiv 1607.06450):
 * dx = r·(dŷ − mean(dŷ) − x̂·mean(dŷ·x̂)).
 */
const layerNormalisation: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const x = node.need(0);
  const gain = node.need(1);
  const bias = node.input(2);
  const axes = trailingAxes(b, node);
  const centred = b.sub(x, b.reduceMean(x, axes));
  const r = inverseRms(b, centred, axes, node.float('epsilon', 1e-5));
  const normal = b.mul(centred, r);
  const inner = b.mul(dy, gain);
  const meanInner = b.reduceMean(inner, axes);
  const along = b.mul(normal, b.reduceMean(b.mul(inner, normal), axes));
  return [
    wanted[0] ? b.mul(r, b.sub(b.sub(inner, meanInner), along)) : null,
    wanted[1] ? unbroadcast(b, b.mul(dy, normal), gain) : null,
    wanted[2] && bias ? unbroadcast(b, dy, bias) : null,
  ];
};

/** Running sum along an axis: the cotangent's running sum from the other end. */
const cumSum: GradientRule = (input) => {
  const { b, node } = input;
  return [
    b.op('CumSum', [cotangentOf(input), node.need(1)], {
      exclusive: int(node.int('exclusive', 0)),
      reverse: int(1 - node.int('reverse', 0)),
    }),
  ];
};

export const reduceRules: Record<string, GradientRule> = {
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  ReduceSumSquare: reduceSumSquare,
  ReduceMax: reduceExtremum,
  ReduceMin: reduceExtremum,
  ReduceLogSumExp: reduceLogSumExp,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  SimplifiedLayerNormalization: rmsNormalisation,
  RMSNormalization: rmsNormalisation,
  LayerNormalization: layerNormalisation,
  CumSum: cumSum,
};
