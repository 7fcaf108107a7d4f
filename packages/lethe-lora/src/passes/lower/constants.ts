/** @file Constants of quantised weights as other operators read them: the same bytes in another shape or type, or unpacked in the graph. */
import {
  elementCount,
  float32Tensor,
  int,
  type Builder,
  type Node,
  type Tensor,
  type Value,
} from '../../onnx/index.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

export const otherVariant = 'choose another variant of this model, such as q4 or fp16';

/** A constant made once in a graph by its name. */
export function constant(b: Builder, name: string, make: () => Tensor): Value {
  return b.graph.value(name) ?? b.graph.addInitializer(name, make());
}

/** The constant at a node's input; throws where it is computed. */
export function constantOf(node: Node, index: number): Tensor {
  const { tensor } = node.need(index);
  if (!tensor)
    throw new UnsupportedOperatorError(node, `an input ${index} that is computed`, otherVariant);
  return tensor;
}

/** A constant in another shape is a view of the same bytes, which sessions may share. */
export function reshaped(b: Builder, value: Value, dims: readonly number[]): Value {
  const same = value.shape?.length === dims.length && dims.every((d, i) => d === value.shape?.[i]);
  if (same) return value;
  const { tensor, producer } = value;
  if (tensor) return constant(b, `${value.name}[${dims.join()}]`, () => ({ ...tensor, dims }));
  if (producer?.op === 'Cast' && producer.need(0).tensor)
    return b.op('Cast', [reshaped(b, producer.need(0), dims)], producer.attributes);
  return b.reshape(value, dims);
}

/**
 * Constant bytes uint8 [..] as the numbers that each stands for, float32 [.., n]: rows of a table [256, n]. The bytes are read by
 * `DequantizeLinear`, which no runtime folds into a larger constant.
 */
export function unpacked(b: Builder, bytes: Value, name: string, table: readonly number[]): Value {
  const width = table.length / 256;
  const rows = constant(b, name, () => float32Tensor(table, [256, width]));
  const numbers = b.op('DequantizeLinear', [bytes, b.scalar(1)]);
  return b.op('Gather', [rows, b.cast(numbers, 'int32')], { axis: int(0) });
}

/** The numbers that a byte packs, the lowest bits first, for every byte: [256, 8 / bits]. */
export function digits(bits: number): number[] {
  const [count, base] = [8 / bits, 2 ** bits];
  return Array.from(
    { length: 256 * count },
    (_, i) => Math.floor(Math.floor(i / count) / base ** (i % count)) % base,
  );
}

/** The bytes of a constant as uint8 of a shape. */
export function bytesAs(b: Builder, value: Value, tensor: Tensor, dims: readonly number[]): Value {
  if (tensor.bytes.length !== elementCount(dims))
    throw new Error(
      `"${value.name}" has ${tensor.bytes.length} bytes, not the ${elementCount(dims)} of [${dims.join(', ')}].`,
    );
  return constant(b, `${value.name}.uint8[${dims.join()}]`, () => ({
    type: 'uint8',
    dims,
    bytes: tensor.bytes,
  }));
}
