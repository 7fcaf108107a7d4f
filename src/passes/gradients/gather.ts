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
  const at = (from: Value, to: Value): Value => b.op('Slice', [shape, from, to]);
  const first = b.integers([0]);
  const place =
    axis >= 0 ? b.integers([axis]) : b.op('Add', [b.op('Shape', [shape]), b.integers([axis])]);
  // With a 1 before them: a product of no sizes at all is 1.
  const before = b.op('ReduceProd', [b.concat([b.integers([1]), at(first, place)], 0)], {
    keepdims: int(1),
  });
  const size = b.op('Gather', [shape, place]);
  const count = b.op('Reshape', [b.op('Size', [indices]), b.integers([1])]);
  const open = b.integers([-1]);
  const turned = (value: Value): Value => b.op('Transpose', [value], { perm: ints([1, 0, 2]) });
  const rows = turned(b.op('Reshape', [dy, b.concat([before, count, open], 0)]));
  const zeros = turned(b.op('Reshape', [b.filledLike(data), b.concat([before, size, open], 0)]));
  const places = b.op('Reshape', [b.cast(indices, 'int64'), b.integers([-1, 1])]);
  const sum = b.op('ScatterND', [zeros, places, rows], { reduction: text('add') });
  return b.reshapeLike(turned(sum), data);
}
