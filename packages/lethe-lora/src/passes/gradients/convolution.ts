/** @file Gradients of convolutions, as the short filters of some decoders use them. */
import { int, ints, rankOf, sizeAt, type Node, type Value } from '../../onnx/index.ts';
import { cotangentOf, type GradientRule, type RuleInput } from './rule.ts';

interface Filter {
  /** Sizes, dilations and strides of the filter by spatial axis. */
  sizes: readonly number[];
  dilations: readonly number[];
  strides: readonly number[];
  /** Padding before each spatial axis, then after each. */
  pads: readonly number[];
  group: number;
}

function filterOf(node: Node): Filter {
  const weight = node.need(1);
  const sizes =
    node.ints('kernel_shape') ??
    Array.from({ length: rankOf(weight) - 2 }, (_, axis) => sizeAt(weight, axis + 2));
  const axes = [...sizes.keys()];
  const ones = axes.map(() => 1);
  const dilations = node.ints('dilations') ?? ones;
  const strides = node.ints('strides') ?? ones;
  return {
    sizes,
    dilations,
    strides,
    pads: padding(node, sizes, dilations, strides),
    group: node.int('group', 1),
  };
}

function padding(
  node: Node,
  sizes: readonly number[],
  dilations: readonly number[],
  strides: readonly number[],
): readonly number[] {
  const mode = node.string('auto_pad', 'NOTSET');
  if (mode === 'NOTSET') return node.ints('pads') ?? sizes.flatMap(() => [0, 0]);
  if (mode === 'VALID') return sizes.flatMap(() => [0, 0]);
  if (strides.some((stride) => stride !== 1))
    throw new Error(`${node.label}: its gradient with auto_pad=${mode} needs strides of 1.`);
  const total = sizes.map((size, axis) => (size - 1) * (dilations[axis] ?? 1));
  const less = total.map((pad) => Math.floor(pad / 2));
  const more = total.map((pad) => Math.ceil(pad / 2));
  return mode === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less];
}

/** Y = X ∗ W (+ B), X [B, C, …], W [M, C / group, …]. dX is the transposed convolution of dY with the same W. */
const conv: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const filter = filterOf(node);
  const rank = filter.sizes.length + 2;
  const others = [0, ...filter.sizes.map((_, axis) => axis + 2)];
  return [
    wanted[0] ? ofInput(input, filter) : null,
    wanted[1] ? ofWeight(input, filter) : null,
    wanted[2] ? b.reduceSum(dy, others.slice(0, rank - 1), false) : null,
  ];
};

function ofInput(input: RuleInput, { sizes, dilations, strides, pads, group }: Filter): Value {
  const { b, node } = input;
  const isStrided = strides.some((stride) => stride !== 1);
  const none = sizes.map(() => 0);
  const back = b.op('ConvTranspose', [cotangentOf(input), node.need(1)], {
    group: int(group),
    kernel_shape: ints(sizes),
    dilations: ints(dilations),
    strides: ints(strides),
    pads: ints(isStrided ? [...pads.slice(0, sizes.length), ...none] : pads),
  });
  if (!isStrided) return back;
  // A stride may leave over what no filter reached at the end, which then is missing here.
  const missing = b.op('Sub', [b.shapeOf(node.need(0)), b.op('Shape', [back])]);
  const before = b.integers([0, 0, ...none]);
  return b.op('Pad', [back, b.concat([before, missing], 0)]);
}

/** Of a filter a channel along one axis: tap j gets Σ dy[b, c, t]·x[b, c, t + j·dilation]. */
function ofWeight(input: RuleInput, { sizes, dilations, strides, pads, group }: Filter): Value {
  const { b, node } = input;
  const x = node.need(0);
  const weight = node.need(1);
  const [size, dilation] = [sizes[0] ?? 1, dilations[0] ?? 1];
  if (sizes.length !== 1 || sizeAt(weight, 0) !== group || sizeAt(weight, 1) !== 1)
    throw new Error(
      `${node.label}: the gradient of its weight is known for one filter a channel along one axis only.`,
    );
  if (strides[0] !== 1)
    throw new Error(`${node.label}: the gradient of its weight needs strides of 1.`);
  const [before = 0, after = 0] = pads;
  const padded =
    before === 0 && after === 0 ? x : b.op('Pad', [x, b.integers([0, 0, before, 0, 0, after])]);
  const dy = cotangentOf(input);
  const taps = sizes.flatMap(() =>
    Array.from({ length: size }, (_, tap) => {
      const end = (tap + 1 - size) * dilation;
      const part = b.slice(padded, 2, tap * dilation, end === 0 ? 2 ** 31 - 1 : end);
      return b.unsqueeze(b.reduceSum(b.mul(dy, part), [0, 2], false), [1, 2]);
    }),
  );
  return b.concat(taps, 2);
}

export const convolutionRules: Record<string, GradientRule> = { Conv: conv };
