/**
 * @file The weights that a graph makes of constants, made here: the runtime would need a session for each layer, with a copy of the layer's
 * bytes in its model.
 */
import {
  dataTypes,
  elementCount,
  float32Numbers,
  float32Tensor,
  normalAxis,
  type Graph,
  type Node,
  type Tensor,
  type Value,
} from '../onnx/index.ts';

/** A graph's outputs by their names; null where it does more than widen halves and dequantise whole numbers of 4 and 8 bits by rows. */
export function makeWeights(graph: Graph): ReadonlyMap<string, Tensor> | null {
  const made = new Map<string, Tensor>();
  for (const output of graph.outputs) {
    const tensor = made.get(output.name) ?? realOf(output);
    if (!tensor) return null;
    made.set(output.name, tensor);
  }
  return made;
}

/** A value in float32; null where it is made in another way. */
function realOf(value: Value): Tensor | null {
  const { producer, tensor } = value;
  if (tensor) return isReal(tensor) ? float32Tensor(float32Numbers(tensor), tensor.dims) : null;
  if (!producer) return null;
  if (producer.op === 'DequantizeLinear') return dequantised(producer);
  const source = producer.input(0);
  if (!source) return null;
  if (producer.op === 'Cast')
    return producer.int('to') === dataTypes.float32 && source.tensor ? realOf(source) : null;
  if (producer.op !== 'Reshape') return null;
  const dims = value.shape ?? [];
  const isKnown = dims.every((size): size is number => typeof size === 'number');
  const before = isKnown ? realOf(source) : null;
  return before && isKnown && elementCount(dims) === elementCount(before.dims)
    ? { ...before, dims }
    : null;
}

function isReal({ type }: Tensor): boolean {
  return type === 'float32' || type === 'float16' || type === 'bfloat16';
}

/** (q − zero point)·scale where a scale belongs to elements that lie side by side. */
function dequantised(node: Node): Tensor | null {
  const { tensor } = node.need(0);
  const scales = realOf(node.need(1));
  const zero = node.input(2);
  if (!tensor || !scales || node.out().type !== 'float32' || (zero && !zero.tensor)) return null;
  const count = elementCount(tensor.dims);
  const each = elementsOfScale(node, tensor.dims, scales.dims);
  if (each === undefined || each * elementCount(scales.dims) !== count) return null;
  const read = readers[tensor.type];
  const zeros = zero?.tensor ? readers[zero.tensor.type]?.(zero.tensor) : () => 0;
  if (!read || !zeros) return null;
  const numbers = new Float32Array(count);
  const steps = float32Numbers(scales);
  const isPairs = (tensor.type === 'uint4' || tensor.type === 'int4') && each % 2 === 0;
  if (isPairs) fillPairs(numbers, tensor, { each, steps, zeros });
  else fill(numbers, read(tensor), { each, steps, zeros });
  return float32Tensor(numbers, tensor.dims);
}

/** How many neighbouring elements one scale is for; undefined where they are not neighbours. */
function elementsOfScale(
  node: Node,
  dims: readonly number[],
  scales: readonly number[],
): number | undefined {
  const count = elementCount(dims);
  if (elementCount(scales) === 1) return count;
  const axis = normalAxis(node.int('axis', 1), dims.length);
  const block = node.int('block_size', 0);
  if (block > 0)
    return axis === dims.length - 1 && (dims[axis] ?? 0) % block === 0 ? block : undefined;
  return axis === 0 ? count / (dims[0] ?? 1) : undefined;
}

interface Steps {
  /** Elements that one scale is for. */
  each: number;
  steps: Float32Array;
  zeros: (index: number) => number;
}

function fill(
  numbers: Float32Array,
  read: (index: number) => number,
  { each, steps, zeros }: Steps,
): void {
  for (let block = 0, at = 0; block < steps.length; block++) {
    const [step, zero] = [steps[block] ?? NaN, zeros(block)];
    for (const end = at + each; at < end; at++) numbers[at] = (read(at) - zero) * step;
  }
}

/** Two elements a byte: a block's sixteen numbers are worked out once. */
function fillPairs(
  numbers: Float32Array,
  { type, bytes }: Tensor,
  { each, steps, zeros }: Steps,
): void {
  const values = new Float32Array(16);
  for (let block = 0, at = 0, byte = 0; block < steps.length; block++) {
    const [step, zero] = [steps[block] ?? NaN, zeros(block)];
    for (let digit = 0; digit < 16; digit++)
      values[digit] = ((type === 'int4' ? signed(digit) : digit) - zero) * step;
    for (const end = at + each; at < end; at += 2, byte++) {
      const both = bytes[byte] ?? 0;
      numbers[at] = values[both & 15] ?? NaN;
      numbers[at + 1] = values[both >> 4] ?? NaN;
    }
  }
}

function signed(digit: number): number {
  return digit < 8 ? digit : digit - 16;
}

function digitAt({ bytes }: Tensor, index: number): number {
  const both = bytes[index >> 1] ?? 0;
  return index % 2 === 0 ? both & 15 : both >> 4;
}

/** Whole numbers by their place. */
const readers: Partial<Record<Tensor['type'], (tensor: Tensor) => (index: number) => number>> = {
  uint4: (tensor) => (index) => digitAt(tensor, index),
  int4: (tensor) => (index) => signed(digitAt(tensor, index)),
  uint8:
    ({ bytes }) =>
    (index) =>
      bytes[index] ?? NaN,
  int8: ({ bytes }) => {
    const numbers = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    return (index) => numbers[index] ?? NaN;
  },
};
