/** @file Gradients of reductions and of what is built on them: softmax and the normalisations. */
import {
  axesOf,
  int,
  multiplyDims,
  normalAxis,
  rankOf,
  type Builder,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import { cotangentOf, unbroadcast, type GradientRule, type RuleInput } from './rule.ts';

/** The axes a reduction runs over, from the front. */
function reducedAxes(node: Node): number[] {
  const rank = rankOf(node.need(0));
  const axes = axesOf(node, 1);
  if (!axes && node.input(1)) throw new Error(`${node.label}: its axes must be constant.`);
  if (!axes && node.int('noop_with_empty_axes', 0) === 1) return [];
  return (axes ?? Array.from({ length: rank }, (_, axis) => axis)).map((axis) =>
    normalAxis(axis, rank),
  );
}

/** A reduction's output or cotangent with the reduced axes put back as ones. */
function withAxes(input: RuleInput, value: Value): Value {
  const { b, node } = input;
  const axes = reducedAxes(node);
  return node.int('keepdims', 1) === 1 || axes.length === 0 ? value : b.unsqueeze(value, axes);
}

function expanded(b: Builder, value: Value, like: Value): Value {
  const result = b.op('Expand', [value, b.shapeOf(like)]);
  result.shape = like.shape;
  return result;
}

const reduceSum: GradientRule = (input) => [
  expanded(input.b, withAxes(input, cotangentOf(input)), input.node.need(0)),
];

const reduceMean: GradientRule = (input) => {
  const { b, node } = input;
  const x = node.need(0);
  const count = reducedAxes(node)
    .map((axis) => x.shape?.[axis] ?? 1)
    .reduce(multiplyDims, 1);
  const spread = expanded(b, withAxes(input, cotangentOf(input)), x);
  if (typeof count === 'number') return [b.mul(spread, 1 / count)];
  const ratio = b.op('Div', [
    b.cast(b.op('Size', [node.out()]), 'float32'),
    b.cast(b.op('Size', [x]), 'float32'),
  ]);
  return [b.mul(spread, b.cast(ratio, spread.type ?? 'float32'))];
};

const reduceSumSquare: GradientRule = (input) => {
  const { b, node } = input;
  return [b.mul(b.mul(node.need(0), 2), withAxes(input, cotangentOf(input)))];
};

/** ReduceMax and ReduceMin: the cotangent goes to the extreme elements, shared where several are equal. */
const reduceExtremum: GradientRule = (input) => {
  const { b, node } = input;
  const x = node.need(0);
  const chosen = b.cast(b.op('Equal', [x, withAxes(input, node.out())]), x.type ?? 'float32');
  const axes = reducedAxes(node);
  const count = axes.length === 0 ? chosen : b.reduceSum(chosen, axes, true);
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
  const y = node.out();
  const dy = cotangentOf(input);
  const axis = node.int('axis', -1);
  return [b.mul(y, b.sub(dy, b.reduceSum(b.mul(dy, y), [axis], true)))];
};

/** dx = dy − softmax(x) · Σ dy. */
const logSoftmax: GradientRule = (input) => {
  const { b, node } = input;
  const dy = cotangentOf(input);
  const axis = node.int('axis', -1);
  return [b.sub(dy, b.mul(b.op('Exp', [node.out()]), b.reduceSum(dy, [axis], true)))];
};

function trailingAxes(node: Node): number[] {
  const rank = rankOf(node.need(0));
  const from = normalAxis(node.int('axis', -1), rank);
  return Array.from({ length: rank - from }, (_, i) => from + i - rank);
}

/** x ↦ 1/√(mean(x²) + ε), kept as ones. */
function inverseRms(b: Builder, x: Value, axes: readonly number[], epsilon: number): Value {
  const mean = b.reduceMean(b.mul(x, x), axes);
  return b.op('Reciprocal', [b.op('Sqrt', [b.add(mean, epsilon)])]);
}

/**
 * RMS normalisation y = x̂·g with x̂ = x·r, r = 1/√(mean(x²) + ε) (Zhang and Sennrich 2019, arXiv 1910.07467):
 * dx = r·(dŷ − x̂·mean(dŷ·x̂)) with dŷ = dy·g.
 */
const rmsNormalisation: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const x = node.need(0);
  const gain = node.need(1);
  const axes = trailingAxes(node);
  const r = inverseRms(b, x, axes, node.float('epsilon', 1e-5));
  const normal = b.mul(x, r);
  const inner = b.mul(dy, gain);
  return [
    wanted[0]
      ? b.mul(r, b.sub(inner, b.mul(normal, b.reduceMean(b.mul(inner, normal), axes))))
      : null,
    wanted[1] ? unbroadcast(b, b.mul(dy, normal), gain) : null,
  ];
};

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
  const axes = trailingAxes(node);
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
