/** @file Lowers activations that a file rounds to integers of few bits (QDQ form) to real arithmetic, with a gradient straight through the rounding. */
import {
  dataTypeName,
  float32Numbers,
  inferNode,
  tensorNumbers,
  type DataType,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import { weightOf } from '../projections.ts';
import { otherVariant } from './constants.ts';
import type { LoweringContext } from './context.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

const ranges: Partial<Record<DataType, readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
  uint4: [0, 15],
  int4: [-8, 7],
};

/** Added to a number below 2²² and taken off again, it rounds to the nearest whole number, ties to even: float32 has 24 bits. */
const rounding = 1.5 * 2 ** 23;

/**
 * QuantizeLinear of an activation, with the DequantizeLinear nodes that read it: y = (clip(round(x / s) + z) − z)·s. Addition and
 * subtraction round, so the gradient goes straight through (Bengio et al. 2013, arXiv 1308.3432), and the clip stops it where x lies
 * outside of what the integers hold. A weight that is quantised in the graph is left to the runtime.
 */
export function lowerQuantizeLinear(node: Node, { b, graph }: LoweringContext): void {
  const x = node.need(0);
  if (weightOf(x)) {
    inferNode(node);
    return;
  }
  const [scale, zero, type] = stepOf(node);
  const range = ranges[type];
  if (!range) throw new UnsupportedOperatorError(node, `activations in ${type}`, otherVariant);
  const [low, high] = range.map((end) => b.scalar(end - zero));
  const steps = b.op('Clip', [b.div(x, scale), low as Value, high as Value]);
  const whole = b.sub(b.add(steps, rounding), rounding);
  for (const { node: reader } of [...node.out().uses]) {
    if (reader.op !== 'DequantizeLinear')
      throw new UnsupportedOperatorError(reader, 'activations in integers', otherVariant);
    const [step, shift] = stepOf(reader);
    const y = b.mul(shift === zero ? whole : b.add(whole, zero - shift), step);
    graph.replaceUses(reader.out(), y);
  }
}

/** Scale, zero point and type, each one for the whole activation. */
function stepOf(node: Node): [scale: number, zero: number, type: DataType] {
  const [scale, zero] = [node.need(1).tensor, node.input(2)?.tensor];
  const numbers = scale ? float32Numbers(scale) : [];
  const zeros = zero ? numbersOfZero(zero) : [0];
  const isOne = numbers.length === 1 && zeros.length === 1 && (node.input(2) === null || zero);
  if (!isOne)
    throw new UnsupportedOperatorError(
      node,
      'activations of more than one scale, or of one that is computed',
      otherVariant,
    );
  const stated = node.int('output_dtype', 0);
  const type = zero?.type ?? (stated ? dataTypeName(stated) : 'uint8');
  return [numbers[0] ?? NaN, zeros[0] ?? NaN, type];
}

/** Whole numbers of a zero point; of 4 bits the first of a byte. */
function numbersOfZero(zero: NonNullable<Value['tensor']>): number[] {
  if (zero.type !== 'uint4' && zero.type !== 'int4') return tensorNumbers(zero);
  const nibble = (zero.bytes[0] ?? 0) & 15;
  return [zero.type === 'int4' && nibble > 7 ? nibble - 16 : nibble];
}

/** Products of rounded activations with no real form here: no gradient comes back through integers. Where only asked, they are kept. */
export function keepIntegers(node: Node, { options }: LoweringContext): void {
  if (!options.cache)
    throw new UnsupportedOperatorError(node, 'activations in integers', otherVariant);
  inferNode(node);
}
