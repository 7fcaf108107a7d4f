/** @file Lowers products with, and rows of, weights kept in 4 or 8 bits. The bytes stay as they are stored. */
import {
  elementCount,
  inferNode,
  int,
  rankOf,
  sizeAt,
  tensorOver,
  type Builder,
  type Node,
  type Tensor,
  type Value,
} from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

const otherVariant = 'choose another variant of this model, such as q4 or fp16';

/** How the weight [N, K] of a MatMulNBits lies in its bytes: N rows of `blocks` blocks of `block` elements. */
interface Packing {
  bits: 4 | 8;
  rows: number;
  columns: number;
  block: number;
  blocks: number;
}

/**
 * com.microsoft.MatMulNBits (x, W, scales, zero points?, g_idx?, bias?): x·Wᵀ with W = (q − zero point)·scale by block. Kept as it is
 * where `fusedProducts` says so, else an ordinary product with the dequantised weight.
 */
export function lowerMatMulNBits(node: Node, context: LoweringContext): void {
  const { b } = context;
  packingOf(node);
  if (context.options.fusedProducts) {
    keepExact(node, context);
    return;
  }
  const weight = dequantisedWeight(b, node);
  let product = b.op('MatMul', [node.need(0), b.transpose(weight, [1, 0])]);
  const bias = node.input(5);
  if (bias) product = b.add(product, bias);
  replace(context, node, product);
}

/** The same name, so that an adapter finds the product again. */
function replace({ graph }: LoweringContext, node: Node, by: Value): void {
  const { name } = node.out();
  graph.replaceUses(node.out(), by);
  graph.rename(by, name);
}

/**
 * Keeps the fused product, but not its leave to round the activations to 8 bits (`accuracy_level`): what a model says and how
 * likely a score graph finds it must come from the same numbers.
 */
function keepExact(node: Node, context: LoweringContext): void {
  const { accuracy_level: level, ...attributes } = node.attributes;
  if (level) replace(context, node, context.b.op(node.op, node.inputs, attributes));
  else inferNode(node);
}

function packingOf(node: Node): Packing {
  const bits = node.int('bits', 4);
  if (bits !== 4 && bits !== 8)
    throw new UnsupportedOperatorError(node, `${bits}-bit weights`, otherVariant);
  if (node.input(4))
    throw new UnsupportedOperatorError(node, 'g_idx (columns in another order)', otherVariant);
  const [rows, columns] = [node.int('N', 0), node.int('K', 0)];
  const block = node.int('block_size', 32);
  return { bits, rows, columns, block, blocks: Math.ceil(columns / block) };
}

/**
 * The weight W of a MatMulNBits in float32 [N, K]: its bytes seen as uint4 (or uint8) for `DequantizeLinear`. Blocks lie along K; a last
 * block that K does not fill is cut off after dequantising.
 */
export function dequantisedWeight(b: Builder, node: Node): Value {
  const packing = packingOf(node);
  const { bits, rows, columns, block, blocks } = packing;
  const stored = constantOf(node, 1);
  const type = bits === 4 ? 'uint4' : 'uint8';
  const dims = [rows, blocks * block];
  const seen = (source: Value, tensor: Tensor): Value =>
    constant(b, `${source.name}.${type}[${tensor.dims.join()}]`, tensor);
  const elements = seen(node.need(1), { type, dims, bytes: stored.bytes });
  const scales = reshaped(b, node.need(2), [rows, blocks]);
  const attributes = { axis: int(1), block_size: int(block) };
  const given = node.input(3);
  let weight: Value;
  if (given?.type?.startsWith('float')) {
    // Real zero points: (q − z)·s = q·s − z·s.
    const scaled = b.op('DequantizeLinear', [elements, scales], attributes);
    const shift = b.mul(reshaped(b, given, [rows, blocks]), scales);
    const byBlock = b.sub(b.reshape(scaled, [rows, blocks, block]), b.unsqueeze(shift, [2]));
    weight = b.reshape(byBlock, dims);
  } else {
    const zero = given ? unevenRows(constantOf(node, 3), packing) : middle(packing);
    const zeroPoints = given
      ? seen(given, zero)
      : constant(b, `zero:${type}:${rows}x${blocks}`, zero);
    weight = b.op('DequantizeLinear', [elements, scales, zeroPoints], attributes);
  }
  return columns === blocks * block ? weight : b.slice(weight, 1, 0, columns);
}

/** A constant made once in a graph by its name. */
function constant(b: Builder, name: string, tensor: Tensor): Value {
  return b.graph.value(name) ?? b.graph.addInitializer(name, tensor);
}

function constantOf(node: Node, index: number): Tensor {
  const { tensor } = node.need(index);
  if (!tensor)
    throw new UnsupportedOperatorError(node, `an input ${index} that is computed`, otherVariant);
  return tensor;
}

/** A constant in another shape is a view of the same bytes, which sessions may share. */
function reshaped(b: Builder, value: Value, dims: readonly number[]): Value {
  const same = value.shape?.length === dims.length && dims.every((d, i) => d === value.shape?.[i]);
  if (same) return value;
  const { tensor, producer } = value;
  if (tensor) return constant(b, `${value.name}[${dims.join()}]`, { ...tensor, dims });
  if (producer?.op === 'Cast' && producer.need(0).tensor)
    return b.op('Cast', [reshaped(b, producer.need(0), dims)], producer.attributes);
  return b.reshape(value, dims);
}

/** The zero point where none is given: the middle of the range. */
function middle({ bits, rows, blocks }: Packing): Tensor {
  return bits === 4
    ? tensorOver('uint4', [rows, blocks], new Uint8Array(Math.ceil((rows * blocks) / 2)).fill(0x88))
    : tensorOver('uint8', [rows, blocks], new Uint8Array(rows * blocks).fill(128));
}

/** Zero points as one run of elements: 4-bit rows of odd length are stored with half a byte of padding each. */
function unevenRows({ bytes }: Tensor, { bits, rows, blocks }: Packing): Tensor {
  const dims = [rows, blocks];
  if (bits === 8) return { type: 'uint8', dims, bytes };
  if (blocks % 2 === 0) return { type: 'uint4', dims, bytes };
  const stride = (blocks + 1) / 2;
  const packed = new Uint8Array(Math.ceil((rows * blocks) / 2));
  for (let i = 0; i < rows * blocks; i++) {
    const [row, column] = [Math.floor(i / blocks), i % blocks];
    const byte = bytes[row * stride + (column >> 1)] ?? 0;
    const nibble = column % 2 === 0 ? byte & 15 : byte >> 4;
    packed[i >> 1] = (packed[i >> 1] ?? 0) | (i % 2 === 0 ? nibble : nibble << 4);
  }
  return { type: 'uint4', dims, bytes: packed };
}

/**
 * com.microsoft.GatherBlockQuantized (data, indices, scales, zero points?): rows of an embedding kept in 4 or 8 bits. Only the rows
 * that are asked for are unpacked, by arithmetic that every provider has.
 */
export function lowerGatherBlockQuantized(node: Node, { b, graph }: LoweringContext): void {
  const data = node.need(0);
  const scales = node.need(2);
  const block = node.int('block_size', 128);
  const packed = data.type === 'uint8';
  const bits = packed ? node.int('bits', 4) : data.type === 'uint4' ? 4 : 0;
  if (bits !== 4 && bits !== 8)
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
    const high = b.op('Floor', [b.mul(bytes, 1 / 16)]);
    const low = b.sub(bytes, b.mul(high, 16));
    const pairs = b.concat(
      [low, high].map((half) => b.unsqueeze(half, [-1])),
      -1,
    );
    return b.reshape(pairs, [...kept, -1]);
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
  if (tensor?.type !== 'uint4') return unchanged ? source : value;
  const rows = tensor.dims[0] ?? 1;
  const dims = [rows, Math.ceil(elementCount(tensor.dims) / rows / 2)];
  return b.graph.addInitializer(`${value.name}.bytes`, { ...tensor, type: 'uint8', dims });
}
