/** @file Gradients of matrix products. */
import { float, int, rankOf, type Attributes, type Builder, type Value } from '../../onnx/index.ts';
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
  if (!again) {
    const { producer } = w;
    // Of a constant the transpose is made once; of what is fed it would be made at every run.
    const isFlipped = producer?.op === 'Transpose' && !producer.need(0).isConstant;
    return isFlipped && rankOf(w) === 2
      ? product(b, x, producer.need(0))
      : product(b, x, w, { transB: true });
  }
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
  const [xRank, yRank] = [x.shape?.length, y.shape?.length];
  if (xRank === undefined || yRank === undefined || xRank === 1 || yRank === 1)
    return productOfAnyRank(input);
  const [inner, columns] = yRank === 2 ? (y.shape ?? []) : [];
  if (typeof inner === 'number' && typeof columns === 'number') {
    const flat = xRank === 2 ? dy : b.reshape(dy, [-1, columns]);
    const rows = xRank === 2 || !wanted[1] ? x : b.reshape(x, [-1, inner]);
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

/**
 * A product in which a side is a vector, or may be one: by the shapes that the graph meets when it runs. A vector is seen as a matrix of
 * one row on the left and of one column on the right, and dY gets the axis that this adds.
 */
const productOfAnyRank: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const dy = cotangentOf(input);
  const [x, y] = [node.need(0), node.need(1)];
  const [first, open, two] = [[0], [2 ** 31 - 1], [2]].map((each) => b.integers(each)) as [
    Value,
    Value,
    Value,
  ];
  const shapeOf = (value: Value): Value => b.op('Shape', [value]);
  const [xShape, yShape] = [shapeOf(x), shapeOf(y)];
  /** 1 for each axis that a matrix has and the vector lacks, int64 [0 or 1]. */
  const lacking = (shape: Value): Value => {
    const count = b.op('Max', [b.op('Sub', [two, shapeOf(shape)]), first]);
    return b.op('Expand', [b.integers([1]), count]);
  };
  const [noRow, noColumn] = [lacking(xShape), lacking(yShape)];
  const matrix = b.reshapeTo(x, b.concat([noRow, xShape], 0));
  const other = b.reshapeTo(y, b.concat([yShape, noColumn], 0));
  const sizes = (value: Value, from: number): Value =>
    b.op('Slice', [shapeOf(value), b.integers([from]), from === -2 ? b.integers([-1]) : open]);
  const lost = b.op('Add', [shapeOf(noRow), shapeOf(noColumn)]);
  const dyShape = shapeOf(dy);
  const lead = b.op('Slice', [
    dyShape,
    first,
    b.op('Sub', [b.op('Add', [shapeOf(dyShape), lost]), two]),
  ]);
  const whole = b.reshapeTo(dy, b.concat([lead, sizes(matrix, -2), sizes(other, -1)], 0));
  /** The last two axes swapped, all others seen as one. */
  const flipped = (value: Value): Value => {
    const [shape, rows, columns] = [shapeOf(value), sizes(value, -2), sizes(value, -1)];
    const before = b.op('Slice', [shape, first, b.integers([-2])]);
    // With a 1 before them: a product of no sizes at all is 1.
    const all = b.op('ReduceProd', [b.concat([b.integers([1]), before], 0)], { keepdims: int(1) });
    const flat = b.reshapeTo(value, b.concat([all, rows, columns], 0));
    return b.reshapeTo(b.transpose(flat, [0, 2, 1]), b.concat([before, columns, rows], 0));
  };
  const sides = [
    wanted[0] ? unbroadcast(b, b.op('MatMul', [whole, flipped(other)]), matrix) : null,
    wanted[1] ? unbroadcast(b, b.op('MatMul', [flipped(matrix), whole]), other) : null,
  ];
  return sides.map((side, index) => side && b.reshapeLike(side, node.need(index)));
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
  const flat = x.shape?.length === 2 ? dy : b.reshape(dy, [-1, node.int('N', 0)]);
  const dx = wanted[0] && b.reshapeLike(product(b, flat, dequantisedWeight(b, node)), x);
  return [dx || null, null, null, null, null, wanted[5] && bias ? unbroadcast(b, dy, bias) : null];
};

export const linearRules: Record<string, GradientRule> = {
  MatMul: matMul,
  Gemm: gemm,
  'com.microsoft::MatMulNBits': quantisedProduct,
  'com.microsoft::MatMulBnb4': quantisedProduct,
};
