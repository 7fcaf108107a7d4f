/** FusedMatMul, lowered, against ONNX Runtime's own kernel. */
import { describe, expect, it } from 'vitest';
import { float, float32Tensor, int } from '../../onnx/index.ts';
import { prepare } from '../index.ts';
import { compare, modelOf, wave } from './fused-kernel.ts';

describe('FusedMatMul', () => {
  it.each([
    [{}, [4, 3]],
    [{ transB: int(1) }, [3, 4]],
    [{ transB: int(1), alpha: float(0.25) }, [3, 4]],
  ] as const)('%o is a product', async (attributes, weight) => {
    const dims = [2, 3, 4];
    const graph = modelOf((b, g, x) => {
      const w = g.addInitializer('w', float32Tensor(wave(weight, 2), weight));
      const y = b.op('com.microsoft::FusedMatMul', [x, w], attributes);
      y.type = 'float32';
      return y;
    }, dims);
    expect(await compare(graph, dims)).toBeLessThan(1e-6);
    // With a weight it is one before projections are looked for.
    expect(prepare(graph.clone()).nodes.map(({ op }) => op)).toContain('MatMul');
  });

  it('of two activations is lowered by their ranks', async () => {
    const dims = [2, 3, 4];
    const graph = modelOf((b, _, x) => {
      const turned = b.op('Sin', [x]);
      const y = b.op('com.microsoft::FusedMatMul', [x, turned], {
        transA: int(1),
        alpha: float(3),
      });
      y.type = 'float32';
      return y;
    }, dims);
    expect(await compare(graph, dims)).toBeLessThan(1e-5);
  });
});
