/** @file Gradients of matrix products. */
import {
  float,
  int,
  rankOf,
  sizeAt,
  type Attributes,
  type Builder,
  type Value,
} from '../../onnx/index.ts';
import { dequantisedWeight } from '../lower/quantised.ts';
import { cotangentOf, unbroadcast, type GradientRule } from './rule.ts';

/** alpha · op(a) · op(b) as one Gemm; operands are matrices. */
function product(
  b: Builder,
  x: Value,
  y: Value,
  options: { transA?: boolean; transB?: boolean; alpha?: number } = {},
): Value {
  const attributes: Record<string, Attributes[string]> = {};
  if (options.transA) attributes['transA'] = int(1);
  if (options.transB) attributes['transB'] = int(1);
  if (options.alpha !== undefined && options.alpha !== 1)
    attributes['alpha'] = float(options.alpha);
  return b.op('Gemm', [x, y], attributes);
}

/** x·wᵀ; a quantised w is dequantised again here, so that its numbers need not be kept since the forward pass (QLoRA). */
function transposedProduct(b: Builder, x: Value, w: Value): Value {
  const again = dequantisedAgain(b, w);
  if (!again) return product(b, x, w, { transB: true });
  const { producer } = again;
  return producer?.op === 'Transpose'
    ? product(b, x, producer.need(0))
    : product(b, x, again, { transB: true });
}

/**
 * The same numbers as a value that comes from a `DequantizeLinear` through constants only, by nodes of their own; undefined for other
 * values. The axis is counted from the other end, or the runtime would see that the nodes are alike and make one of them.
 */
function dequantisedAgain(b: Builder, value: Value): Value | undefined {
  const { producer } = value;
  if (!producer) return undefined;
  if (producer.op === 'DequantizeLinear') {
    const rank = rankOf(producer.need(0));
    const axis = producer.int('axis', 1);
    const attributes = { ...producer.attributes, axis: int(axis < 0 ? axis + rank : axis - rank) };
    return b.op('DequantizeLinear', producer.inputs, attributes);
  }
  if (!['Transpose', 'Slice', 'Reshape', 'Sub'].includes(producer.op)) return undefined;
  const source = dequantisedAgain(b, producer.need(0));
  return source && b.op(producer.op, [source, ...producer.inputs.slice(1)], producer.attributes);
}

/**
 * Y = A·B. dA = dY·Bᵀ, dB = Aᵀ·dY; where B is one matrix for the whole batch (a weight), both are single products over all
 * rows, with the transpose inside the product.
 */
const matMul: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const x = node.need(0);
  const y = node.need(1);
  if (rankOf(x) === 1 || rankOf(y) === 1) return vectorProduct(input);
  if (rankOf(y) === 2 && rankOf(x) >= 2) {
    const columns = sizeAt(y, 1);
    const flat = rankOf(x) === 2 ? dy : b.reshape(dy, [-1, columns]);
    const rows = rankOf(x) === 2 || !wanted[1] ? x : b.reshape(x, [-1, sizeAt(y, 0)]);
    return [
      wanted[0] ? b.reshapeLike(transposedProduct(b, flat, y), x) : null,
      wanted[1] ? product(b, rows, flat, { transA: true }) : null,
    ];
  }
  return [
    wanted[0] ? unbroadcast(b, b.op('MatMul', [dy, b.transposeLast(y)]), x) : null,
    wanted[1] ? unbroadcast(b, b.op('MatMul', [b.transposeLast(x), dy]), y) : null,
  ];
};

/** A product with a vector on one side: seen as a matrix of one row or one column. */
const vectorProduct: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const x = node.need(0);
  const y = node.need(1);
  const xRow = rankOf(x) === 1;
  const yColumn = rankOf(y) === 1;
  const matrix = xRow ? b.unsqueeze(x, [0]) : x;
  const other = yColumn ? b.unsqueeze(y, [1]) : y;
  let dy = cotangentOf(input);
  if (yColumn) dy = b.unsqueeze(dy, [-1]);
  if (xRow) dy = b.unsqueeze(dy, [-2]);
  const dx = wanted[0]
    ? unbroadcast(b, b.op('MatMul', [dy, b.transposeLast(other)]), matrix)
    : null;
  const dOther = wanted[1]
    ? unbroadcast(b, b.op('MatMul', [b.transposeLast(matrix), dy]), other)
    : null;
  return [
    dx && xRow ? b.reshapeLike(dx, x) : dx,
    dOther && yColumn ? b.reshapeLike(dOther, y) : dOther,
  ];
};

/** Y = alpha·op(A)·op(B) + beta·C. */
const gemm: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const x = node.need(0);
  const y = node.need(1);
  const transA = node.int('transA', 0) === 1;
  const transB = node.int('transB', 0) === 1;
  const alpha = node.float('alpha', 1);
  const beta = node.float('beta', 1);
  const c = node.input(2);
  return [
    wanted[0]
      ? transA
        ? product(b, y, dy, { transA: transB, transB: true, alpha })
        : product(b, dy, y, { transB: !transB, alpha })
      : null,
    wanted[1]
      ? transB
        ? product(b, dy, x, { transA: true, transB: transA, alpha })
        : product(b, x, dy, { transA: !transA, alpha })
      : null,
    wanted[2] && c ? unbroadcast(b, beta === 1 ? dy : b.mul(dy, beta), c) : null,
  ];
};

/** Y = X·Wᵀ (+ bias) with W in few bits: dX = dY·W, for which W is dequantised where it is needed (QLoRA, arXiv 2305.14314). */
const quantisedProduct: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const x = node.need(0);
  const bias = node.input(5);
  const flat = rankOf(x) === 2 ? dy : b.reshape(dy, [-1, node.int('N', 0)]);
  const dx = wanted[0] && b.reshapeLike(product(b, flat, dequantisedWeight(b, node)), x);
  return [dx || null, null, null, null, null, wanted[5] && bias ? unbroadcast(b, dy, bias) : null];
};

export const linearRules: Record<string, GradientRule> = {
  MatMul: matMul,
  Gemm: gemm,
  'com.microsoft::MatMulNBits': quantisedProduct,
  'com.microsoft::MatMulBnb4': quantisedProduct,
};
