/** @file The gradient of a Gather along any axis. */
import { int, ints, text, type Builder, type Value } from '../../onnx/index.ts';

interface Gathered {
  /** [pre…, n, post…], of which `indices` chose along `axis`. */
  data: Value;
  indices: Value;
  axis: number;
  /** [pre…, indices…, post…]. */
  dy: Value;
}

/**
 * The cotangent of `data`: it is seen as [pre, n, post] by its own shape, turned to [n, pre, post], and the cotangents, turned alike, are
 * added to its rows.
 */
export function gatherRows(b: Builder, { data, indices, axis, dy }: Gathered): Value {
  const shape = b.op('Shape', [data]);
  const sizes = (from: Value, to: Value): Value => b.op('Slice', [shape, from, to]);
  // With a 1 before them: a product of no sizes at all is 1.
  const product = (from: Value, to: Value): Value =>
    b.op('ReduceProd', [b.concat([b.integers([1]), sizes(from, to)], 0)], { keepdims: int(1) });
  const place =
    axis >= 0 ? b.integers([axis]) : b.op('Add', [b.op('Shape', [shape]), b.integers([axis])]);
  const next = b.op('Add', [place, b.integers([1])]);
  const before = product(b.integers([0]), place);
  const after = product(next, b.integers([2 ** 31 - 1]));
  const count = b.op('Reshape', [b.op('Size', [indices]), b.integers([1])]);
  const turned = (value: Value): Value => b.op('Transpose', [value], { perm: ints([1, 0, 2]) });
  const seen = (value: Value, middle: Value): Value =>
    turned(b.reshapeTo(value, b.concat([before, middle, after], 0)));
  const rows = seen(dy, count);
  const zeros = seen(b.filledLike(data), sizes(place, next));
  const places = b.op('Reshape', [b.cast(indices, 'int64'), b.integers([-1, 1])]);
  const sum = b.op('ScatterND', [zeros, places, rows], { reduction: text('add') });
  return b.reshapeLike(turned(sum), data);
}
