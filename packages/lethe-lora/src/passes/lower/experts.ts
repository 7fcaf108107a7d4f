/** @file Lowers mixtures of experts to products that all experts take part in, so that the routing has a gradient. */
import {
  inferNode,
  int,
  rankOf,
  sizeAt,
  tensorOver,
  type Builder,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/** The weights of one product of all experts, [E, out, in], and its bias [E, out]. */
interface ExpertLayer {
  weight: Value;
  bias: Value | null;
}

interface Experts {
  first: ExpertLayer;
  second: ExpertLayer;
  /** What the first layer's result is multiplied with, where it is gated by a product of its own. */
  gate: ExpertLayer | null;
}

/**
 * com.microsoft.MoE and QMoE (x, router logits [N, E], …): softmax over the experts, of which each token has the k most probable; their
 * results summed with these probabilities (Shazeer et al. 2017, arXiv 1701.06538). Where tokens are generated the fused operator stays,
 * which computes the chosen experts only; here all experts see all tokens, and those that were not chosen count zero.
 */
export function lowerExperts(node: Node, context: LoweringContext): void {
  const { b, graph, options } = context;
  if (options.cache) {
    inferNode(node);
    return;
  }
  if (node.int('use_sparse_mixer', 0) === 1)
    throw new UnsupportedOperatorError(node, 'use_sparse_mixer=1');
  const experts = node.opType === 'QMoE' ? quantisedExperts(b, node) : plainExperts(node);
  const x = node.need(0);
  const width = sizeAt(experts.second.weight, 1);
  const tokens = b.unsqueeze(b.reshape(x, [-1, width]), [0]);
  const inner = activated(b, node, product(b, tokens, experts.first));
  const gated = experts.gate ? b.mul(inner, product(b, tokens, experts.gate)) : inner;
  const results = product(b, gated, experts.second);
  const shares = b.unsqueeze(b.transpose(routing(b, node), [1, 0]), [2]);
  const sum = b.reduceSum(b.mul(results, shares), [0], false);
  graph.replaceUses(node.out(), b.reshapeLike(sum, x));
}

/** The share of each expert in each token's result, [N, E]: zero but for the k most probable. */
function routing(b: Builder, node: Node): Value {
  const logits = node.need(1);
  const probabilities = b.op('Softmax', [logits], { axis: int(-1) });
  const count = b.integers([node.int('k', 1)]);
  const best = b.node('TopK', [probabilities, count], 2, { axis: int(-1) });
  let shares = best.out(0);
  if (node.int('normalize_routing_weights', 0) === 1)
    shares = b.div(shares, b.reduceSum(shares, [-1], true));
  const zeros = b.filledLike(probabilities);
  return b.op('ScatterElements', [zeros, best.out(1), shares], { axis: int(-1) });
}

/** [1 or E, N, in] to [E, N, out]. */
function product(b: Builder, x: Value, { weight, bias }: ExpertLayer): Value {
  const y = b.op('MatMul', [x, b.transpose(weight, [0, 2, 1])]);
  return bias ? b.add(y, b.unsqueeze(bias, [1])) : y;
}

function activated(b: Builder, node: Node, x: Value): Value {
  const name = node.string('activation_type', 'relu');
  switch (name) {
    case 'identity':
      return x;
    case 'relu':
      return b.op('Relu', [x]);
    case 'silu':
      return b.mul(x, b.op('Sigmoid', [x]));
    case 'gelu': {
      const inner = b.add(x, b.mul(b.mul(b.mul(x, x), x), 0.044715));
      const t = b.op('Tanh', [b.mul(inner, Math.sqrt(2 / Math.PI))]);
      return b.mul(b.mul(x, 0.5), b.add(t, 1));
    }
    case 'swiglu':
      return swiglu(b, node, x);
    default:
      throw new UnsupportedOperatorError(node, `activation "${name}"`);
  }
}

/** g·σ(αg)·(l + β) with the gate g and the linear part l side by side: every other one, or one half each. */
function swiglu(b: Builder, node: Node, x: Value): Value {
  const fusion = node.int('swiglu_fusion', 0);
  const half = sizeAt(x, 2) / 2;
  if (fusion !== 1 && fusion !== 2)
    throw new UnsupportedOperatorError(node, `swiglu_fusion=${fusion}`);
  const pairs = fusion === 1 ? b.reshape(x, [0, 0, half, 2]) : x;
  const parts = b.node('Split', [pairs, b.integers(fusion === 1 ? [1, 1] : [half, half])], 2, {
    axis: int(-1),
  });
  let [gate, linear] = [0, 1].map((index) =>
    fusion === 1 ? b.reshape(parts.out(index), [0, 0, half]) : parts.out(index),
  ) as [Value, Value];
  const limit = node.float('swiglu_limit', Infinity);
  if (limit < Infinity) {
    gate = b.op('Min', [gate, b.scalar(limit, x.type)]);
    linear = b.op('Max', [b.op('Min', [linear, b.scalar(limit)]), b.scalar(-limit)]);
  }
  const open = b.op('Sigmoid', [b.mul(gate, node.float('activation_alpha', 1))]);
  return b.mul(b.mul(gate, open), b.add(linear, node.float('activation_beta', 0)));
}

function plainExperts(node: Node): Experts {
  const layer = (index: number): ExpertLayer => ({
    weight: node.need(index),
    bias: node.input(index + 1),
  });
  return { first: layer(2), second: layer(4), gate: node.input(6) && layer(6) };
}

function quantisedExperts(b: Builder, node: Node): Experts {
  const kind = node.string('quant_type', 'int');
  if (kind !== 'int') throw new UnsupportedOperatorError(node, `quant_type "${kind}"`);
  if (node.int('weights_prepacked', 0) === 1)
    throw new UnsupportedOperatorError(node, 'weights_prepacked=1');
  if (node.input(14)) throw new UnsupportedOperatorError(node, 'router weights of their own');
  const layer = (index: number, zero: number): ExpertLayer => ({
    weight: dequantised(b, node, index, zero),
    bias: node.input(index + 2),
  });
  return { first: layer(2, 11), second: layer(5, 12), gate: node.input(8) && layer(8, 13) };
}

/** Weights [E, out, in] from bytes of 4- or 8-bit elements in blocks along the last axis, each with a scale. */
function dequantised(b: Builder, node: Node, index: number, zeroIndex: number): Value {
  const bits = node.int('expert_weight_bits', 4);
  const { tensor, name } = node.need(index);
  if ((bits !== 4 && bits !== 8) || !tensor)
    throw new UnsupportedOperatorError(node, `${bits}-bit weights of this form`);
  if (node.input(zeroIndex)) throw new UnsupportedOperatorError(node, 'zero points');
  const [experts = 1, rows = 1, packed = 1] = tensor.dims;
  const columns = (packed * 8) / bits;
  const type = bits === 4 ? 'uint4' : 'uint8';
  const scales = node.need(index + 1);
  const blocks = rankOf(scales) === 3 ? sizeAt(scales, 2) : 1;
  const stored = b.graph.addInitializer(`${name}.${type}`, {
    type,
    dims: [experts * rows * blocks, columns / blocks],
    bytes: tensor.bytes,
  });
  const flatScales = b.reshape(scales, [experts * rows * blocks]);
  const middle = tensorOver(
    type,
    [experts * rows * blocks],
    new Uint8Array(Math.ceil((experts * rows * blocks * bits) / 8)).fill(bits === 4 ? 0x88 : 128),
  );
  const zero = b.graph.addInitializer(`${name}.zero`, middle);
  const weight = b.op('DequantizeLinear', [stored, flatScales, zero], { axis: int(0) });
  return b.reshape(weight, [experts, rows, columns]);
}
