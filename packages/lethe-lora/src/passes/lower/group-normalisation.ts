/** @file Spells rarer normalisations in operators that have gradient rules. */
import { int, sizeAt, type Builder, type Node, type Value } from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';

/** Numbers of x [N, C, …] over the last axis of [N, groups, …], without mean and of variance one, in x's shape by channel [N, C, …]. */
function normalByGroup(b: Builder, x: Value, groups: number, epsilon: number): Value {
  const grouped = b.reshape(x, [0, groups, -1]);
  const centred = b.sub(grouped, b.reduceMean(grouped, [-1]));
  const variance = b.reduceMean(b.mul(centred, centred), [-1]);
  return b.div(centred, b.op('Sqrt', [b.add(variance, epsilon)]));
}

/** x·gain + shift, both by the second of three axes. */
function scaled(b: Builder, x: Value, gain: Value, shift: Value): Value {
  return b.add(b.mul(x, b.unsqueeze(gain, [1])), b.unsqueeze(shift, [1]));
}

/**
 * GroupNormalization (x, gain, shift) and InstanceNormalization, whose groups are the channels (Wu and He 2018, arXiv 1803.08494). Before
 * version 21 gain and shift were by group, since then by channel.
 */
export function lowerGroupNormalisation(node: Node, { b, graph }: LoweringContext): void {
  const [x, gain, shift] = [node.need(0), node.need(1), node.need(2)];
  const rows = sizeAt(gain, 0);
  const groups = node.op === 'GroupNormalization' ? node.int('num_groups', 1) : rows;
  const normal = normalByGroup(b, x, groups, node.float('epsilon', 1e-5));
  const byRow = rows === groups ? normal : b.reshape(b.reshapeLike(normal, x), [0, rows, -1]);
  graph.replaceUses(node.out(), b.reshapeLike(scaled(b, byRow, gain, shift), x));
}

/** BatchNormalization (x, gain, shift, mean, variance) as it is after training (Ioffe and Szegedy 2015, arXiv 1502.03167). */
export function lowerBatchNormalisation(node: Node, { b, graph }: LoweringContext): void {
  const [x, gain, shift, mean, variance] = [0, 1, 2, 3, 4].map((index) => node.need(index)) as [
    Value,
    Value,
    Value,
    Value,
    Value,
  ];
  const factor = b.div(gain, b.op('Sqrt', [b.add(variance, node.float('epsilon', 1e-5))]));
  const rows = b.reshape(x, [0, sizeAt(gain, 0), -1]);
  const result = scaled(b, rows, factor, b.sub(shift, b.mul(mean, factor)));
  graph.replaceUses(node.out(), b.reshapeLike(result, x));
}

/** LpNormalization: x over its norm along one axis; zeros stay zeros. */
export function lowerLpNormalisation(node: Node, { b, graph }: LoweringContext): void {
  const x = node.need(0);
  const op = node.int('p', 2) === 1 ? 'ReduceL1' : 'ReduceL2';
  const axis = node.int('axis', -1);
  const norm = b.op(op, [x, b.integers([axis])], { keepdims: int(1) });
  graph.replaceUses(node.out(), b.div(x, b.op('Max', [norm, b.scalar(1e-30, x.type)])));
}
