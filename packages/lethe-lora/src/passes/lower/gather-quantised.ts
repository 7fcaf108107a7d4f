/** @file Lowers rows of an embedding that is kept in 2, 4 or 8 bits: only the rows that are asked for are unpacked. */
import {
  elementCount,
  inferNode,
  int,
  normalAxis,
  rankOf,
  sizeAt,
  type Builder,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import { otherVariant } from './constants.ts';
import type { LoweringContext } from './context.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/**
 * com.microsoft.GatherBlockQuantized (data, indices, scales, zero points?): rows of an embedding kept in 2, 4 or 8 bits, unpacked
 * by arithmetic that every provider has.
 */
export function lowerGatherBlockQuantized(node: Node, { b, graph }: LoweringContext): void {
  const data = node.need(0);
  const scales = node.need(2);
  const block = node.int('block_size', 128);
  const packed = data.type === 'uint8';
  const isSigned = data.type === 'int4';
  const bits = packed ? node.int('bits', 4) : isSigned || data.type === 'uint4' ? 4 : 0;
  if (bits !== 2 && bits !== 4 && bits !== 8)
    throw new UnsupportedOperatorError(node, `${data.type} data of ${bits} bits`, otherVariant);
  const rank = rankOf(data);
  const axis = node.int('quantize_axis', 1);
  if (node.int('gather_axis', 0) !== 0 || (axis + rank) % rank !== rank - 1)
    throw new UnsupportedOperatorError(
      node,
      'rows that do not lie along the first axis',
      otherVariant,
    );
  const blocks = sizeAt(scales, -1);
  const indices = node.need(1);
  const kept = Array<number>(rankOf(indices)).fill(0);
  const rows = (value: Value): Value => {
    const gathered = b.op('Gather', [value, indices], { axis: int(0) });
    return gathered.shape?.length === kept.length + 1
      ? gathered
      : b.reshape(gathered, [...kept, -1]);
  };
  const elements = (value: Value): Value => {
    const bytes = b.cast(rows(value), 'float32');
    if (bits === 8) return bytes;
    // From the lowest digit up, the rest what is above it.
    const digits: Value[] = [];
    let rest = bytes;
    while (digits.length + 1 < 8 / bits) {
      const above = b.op('Floor', [b.mul(rest, 2 ** -bits)]);
      digits.push(b.sub(rest, b.mul(above, 2 ** bits)));
      rest = above;
    }
    const all = [...digits, rest].map((digit) => {
      // Of −8 to 7 the upper half stands for the negative ones.
      const sixteens = isSigned ? b.mul(b.op('Floor', [b.mul(digit, 1 / 8)]), 16) : null;
      return b.unsqueeze(sixteens ? b.sub(digit, sixteens) : digit, [-1]);
    });
    return b.reshape(b.concat(all, -1), [...kept, -1]);
  };
  const given = node.input(3);
  let zero: Value | number = packed ? 2 ** (bits - 1) : 0;
  if (given) {
    const all = elements(bytesOf(b, given));
    zero = b.unsqueeze(b.slice(all, kept.length, 0, blocks), [-1]);
  }
  const byBlock = b.reshape(elements(bytesOf(b, data)), [...kept, blocks, block]);
  const scale = b.unsqueeze(rows(scales), [-1]);
  const values = b.mul(b.sub(byBlock, zero), scale);
  graph.replaceUses(node.out(), b.reshape(values, [...kept, blocks * block]));
}

/** The bytes that a constant is stored in, which a head may share: before any move, and 4-bit elements two a byte. */
function bytesOf(b: Builder, value: Value): Value {
  const source = value.producer?.op === 'Reshape' ? value.producer.need(0) : value;
  const unchanged = source.isConstant && source.shape?.[0] === value.shape?.[0];
  const { tensor } = unchanged ? source : value;
  if (tensor?.type !== 'uint4' && tensor?.type !== 'int4') return unchanged ? source : value;
  const rows = tensor.dims[0] ?? 1;
  const dims = [rows, Math.ceil(elementCount(tensor.dims) / rows / 2)];
  return b.graph.addInitializer(`${value.name}.bytes`, { ...tensor, type: 'uint8', dims });
}

/**
 * Gather of rows of a table that `DequantizeLinear` makes out of 8-bit ones: the rows are taken first, so that the rest of the table is
 * never real. Other uses of Gather are left as they are.
 */
export function lowerGather(node: Node, { b, graph }: LoweringContext): void {
  inferNode(node);
  const [table, indices] = [node.need(0), node.need(1)];
  const dequantise = table.producer;
  if (dequantise?.op !== 'DequantizeLinear' || node.int('axis', 0) !== 0) return;
  const [stored, scale, zero] = [0, 1, 2].map((index) => dequantise.input(index));
  if (stored?.tensor?.dims.length !== 2 || !scale?.tensor || dequantise.int('block_size', 0) > 0)
    return;
  if (stored.type !== 'uint8' && stored.type !== 'int8') return;
  const rows = (value: Value): Value => b.op('Gather', [value, indices], { axis: int(0) });
  const isOne = elementCount(scale.tensor.dims) === 1;
  const perRow = !isOne && normalAxis(dequantise.int('axis', 1), 2) === 0;
  let real: Value;
  if (!perRow) {
    const attributes = isOne ? {} : { axis: int(-1) };
    real = b.op('DequantizeLinear', [rows(stored), scale, zero ?? null], attributes);
  } else {
    const numbers = (value: Value): Value => b.op('DequantizeLinear', [rows(value), b.scalar(1)]);
    const steps = zero ? b.sub(numbers(stored), b.unsqueeze(numbers(zero), [-1])) : numbers(stored);
    real = b.mul(steps, b.unsqueeze(rows(scale), [-1]));
  }
  real.shape = node.out().shape;
  graph.replaceUses(node.out(), real);
}
