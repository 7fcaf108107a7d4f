import { describe, expect, it } from 'vitest';
import { float, float32Tensor, int, type Attributes } from '../../onnx/index.ts';
import { compare, modelOf, wave } from './fused-kernel.ts';

describe('FusedMatMul, as the runtime writes an optimised file, computes what its kernel computes', () => {
  it.each<[string, number[], number[], Attributes]>([
    ['a factor alone', [2, 3, 4, 5], [2, 3, 5, 6], { alpha: float(0.25) }],
    ['the second transposed', [2, 3, 4, 5], [2, 3, 6, 5], { transB: int(1), alpha: float(2) }],
    ['the first transposed', [2, 3, 5, 4], [5, 6], { transA: int(1) }],
    ['the batch of the first behind its rows', [4, 2, 3, 5], [2, 3, 5, 6], { transBatchA: int(1) }],
    [
      'the batch of the second behind its columns, transposed',
      [2, 3, 4, 5],
      [6, 2, 3, 5],
      { transBatchB: int(1), transB: int(1) },
    ],
  ])('%s', async (_, left, right, attributes) => {
    const graph = modelOf((b, g, x) => {
      const weight = g.addInitializer('weight', float32Tensor(wave(right, 3), right));
      const y = b.op('com.microsoft::FusedMatMul', [x, weight], attributes);
      y.type = 'float32';
      return y;
    }, left);
    expect(await compare(graph, left)).toBeLessThan(1e-6);
  });
});
