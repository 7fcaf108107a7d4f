/** @file Lowers products with weights kept in 2, 4 or 8 bits. The bytes stay as they are stored. */
import {
  inferNode,
  int,
  tensorOver,
  type Builder,
  type Node,
  type Tensor,
  type Value,
} from '../../onnx/index.ts';
import { dequantisedBnb4 } from './bnb4.ts';
import {
  bytesAs,
  constant,
  constantOf,
  digits,
  otherVariant,
  reshaped,
  unpacked,
} from './constants.ts';
import type { LoweringContext } from './context.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

const products = new Set(['com.microsoft::MatMulNBits', 'com.microsoft::MatMulBnb4']);

/** Whether a node multiplies with the transpose of a weight [N, K] (its attributes N and K) that it dequantises itself. */
export function isQuantisedProduct(node: Node): boolean {
  return products.has(node.op);
}

/** How the weight [N, K] of a MatMulNBits lies in its bytes: N rows of `blocks` blocks of `block` elements. */
interface Packing {
  bits: 2 | 4 | 8;
  rows: number;
  columns: number;
  block: number;
  blocks: number;
}

/**
 * com.microsoft.MatMulNBits (x, W, scales, zero points?, g_idx?, bias?): x·Wᵀ with W = (q − zero point)·scale by block, and
 * com.microsoft.MatMulBnb4 (x, W, absmax), W = table[q]·absmax by block. Kept as it is where `fusedProducts` says so, else an ordinary
 * product with the dequantised weight.
 */
export function lowerQuantisedProduct(node: Node, context: LoweringContext): void {
  const { b } = context;
  if (node.opType === 'MatMulNBits') packingOf(node);
  if (context.options.fusedProducts && hasKernel(node)) {
    keepExact(node, context);
    return;
  }
  const weight = dequantisedWeight(b, node);
  let product = b.op('MatMul', [node.need(0), b.transpose(weight, [1, 0])]);
  const bias = node.input(5);
  if (bias) product = b.add(product, bias);
  replace(context, node, product);
}

/** Whether every provider computes the product: the processor does not with real zero points of 8 bits. */
function hasKernel(node: Node): boolean {
  return node.int('bits', 4) !== 8 || !node.input(3)?.type?.startsWith('float');
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
  if (bits !== 2 && bits !== 4 && bits !== 8)
    throw new UnsupportedOperatorError(node, `${bits}-bit weights`, otherVariant);
  if (node.input(4))
    throw new UnsupportedOperatorError(node, 'g_idx (columns in another order)', otherVariant);
  const [rows, columns] = [node.int('N', 0), node.int('K', 0)];
  const block = node.int('block_size', 32);
  return { bits, rows, columns, block, blocks: Math.ceil(columns / block) };
}

/** The weight W of a quantised product in float32 [N, K]. */
export function dequantisedWeight(b: Builder, node: Node): Value {
  if (node.opType === 'MatMulBnb4') return dequantisedBnb4(b, node);
  const packing = packingOf(node);
  const { rows, columns, block, blocks } = packing;
  const byBlock = packing.bits === 2 ? ofTwoBits(b, node, packing) : ofElements(b, node, packing);
  const weight = b.reshape(byBlock, [rows, blocks * block]);
  return columns === blocks * block ? weight : b.slice(weight, 1, 0, columns);
}

/**
 * Bytes seen as uint4 (or uint8) for `DequantizeLinear`. Blocks lie along K; a last block that K does not fill is cut off after
 * dequantising.
 */
function ofElements(b: Builder, node: Node, packing: Packing): Value {
  const { bits, rows, block, blocks } = packing;
  const stored = constantOf(node, 1);
  const type = bits === 4 ? 'uint4' : 'uint8';
  const dims = [rows, blocks * block];
  const seen = (source: Value, tensor: Tensor): Value =>
    constant(b, `${source.name}.${type}[${tensor.dims.join()}]`, () => tensor);
  const elements = seen(node.need(1), { type, dims, bytes: stored.bytes });
  const scales = reshaped(b, node.need(2), [rows, blocks]);
  const attributes = { axis: int(1), block_size: int(block) };
  const given = node.input(3);
  if (given?.type?.startsWith('float')) {
    // Real zero points: (q − z)·s = q·s − z·s.
    const scaled = b.op('DequantizeLinear', [elements, scales], attributes);
    const shift = b.mul(reshaped(b, given, [rows, blocks]), scales);
    return b.sub(b.reshape(scaled, [rows, blocks, block]), b.unsqueeze(shift, [2]));
  }
  const zeroPoints = given
    ? seen(given, unevenRows(constantOf(node, 3), packing))
    : constant(b, `zero:${type}:${rows}x${blocks}`, () => middle(packing));
  return b.op('DequantizeLinear', [elements, scales, zeroPoints], attributes);
}

/** Four elements a byte, which no type of `DequantizeLinear` has on every provider: float32 [N, blocks, block]. */
function ofTwoBits(b: Builder, node: Node, { rows, block, blocks }: Packing): Value {
  const numbers = (index: number, width: number): Value =>
    unpacked(
      b,
      bytesAs(b, node.need(index), constantOf(node, index), [rows, width]),
      'digits of 2 bits',
      digits(2),
    );
  const given = node.input(3);
  let zero: Value | number = 2;
  if (given?.type?.startsWith('float')) zero = reshaped(b, given, [rows, blocks, 1]);
  else if (given) {
    const width = Math.ceil(blocks / 4);
    const all = b.reshape(numbers(3, width), [rows, 4 * width, 1]);
    zero = blocks === 4 * width ? all : b.slice(all, 1, 0, blocks);
  }
  const elements = b.reshape(numbers(1, (blocks * block) / 4), [rows, blocks, block]);
  return b.mul(b.sub(elements, zero), reshaped(b, node.need(2), [rows, blocks, 1]));
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
