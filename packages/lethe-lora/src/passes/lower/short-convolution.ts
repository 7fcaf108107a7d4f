/** @file Lowers the causal convolution over the last tokens that carries them as its state. */
import {
  int,
  ints,
  rankOf,
  sizeAt,
  type Attributes,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/**
 * CausalConvWithState (x, W, bias?, past state?) of ONNX 27 and of com.microsoft, one filter W [C, 1, K] a channel: x [B, C, T] (or [B, T,
 * C] where `channels_last`) behind its state of (K − 1)·dilation tokens, convolved, activated; the last tokens are the next state.
 */
export function lowerCausalConv(node: Node, context: LoweringContext): void {
  const { b, graph, options } = context;
  if (node.int('ndim', 1) !== 1) throw new UnsupportedOperatorError(node, 'several axes');
  if (node.int('state_window', 0) !== 0) throw new UnsupportedOperatorError(node, 'a state window');
  const isLast = node.int('channels_last', 0) === 1;
  const turned = (value: Value): Value => (isLast ? b.transpose(value, [0, 2, 1]) : value);
  const weight = node.need(1);
  const dilation = node.int('dilation', 1);
  const reach = (sizeAt(weight, 2) - 1) * dilation;
  const given = node.input(3);
  let x = turned(node.need(0));
  if (options.cache) x = b.mul(x, b.unsqueeze(context.realTokens, [1]));
  const joined = given ? b.concat([turned(given), x], 2) : x;
  const attributes: Attributes = {
    group: int(sizeAt(weight, 0)),
    kernel_shape: ints([sizeAt(weight, 2)]),
    dilations: ints([dilation]),
    pads: ints([given ? 0 : reach, 0]),
  };
  const bias = node.input(2);
  const y = b.op('Conv', bias ? [joined, weight, bias] : [joined, weight], attributes);
  graph.replaceUses(node.out(), turned(activated(node, context, y)));
  const present = node.outputs[1];
  if (!present || !options.cache) return;
  if (!given) throw new UnsupportedOperatorError(node, 'a state that comes out but not in');
  graph.replaceUses(present, turned(b.slice(joined, rankOf(joined) - 1, -reach, 2 ** 31 - 1)));
}

function activated(node: Node, { b }: LoweringContext, y: Value): Value {
  const activation = node.string('activation', 'none');
  if (activation === 'none') return y;
  if (activation === 'silu' || activation === 'swish') return b.mul(y, b.op('Sigmoid', [y]));
  throw new UnsupportedOperatorError(node, `activation "${activation}"`);
}
