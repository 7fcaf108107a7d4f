/** Activations rounded to integers in the file, lowered to real arithmetic: against ONNX Runtime's own nodes, and the gradient. */
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  float32Tensor,
  int,
  tensorOver,
  type Builder,
  type DataType,
  type Graph,
  type Value,
} from '../../onnx/index.ts';
import { differentiate } from '../differentiate.ts';
import { compare, largestDifference, modelOf, outputOf, wave } from './fused-kernel.ts';
import { lower } from './index.ts';

const dims = [2, 3, 32];
const columns = 5;

const weights = Int8Array.from({ length: 32 * columns }, (_, i) => ((i * 37) % 255) - 127);

function zeroOf(type: DataType, value: number) {
  const data =
    type === 'int8'
      ? Int8Array.of(value)
      : type === 'uint16'
        ? Uint16Array.of(value)
        : Uint8Array.of(value);
  return tensorOver(type, [], data);
}

/** y = DQ(Q(x))·DQ(W) with a step of 0.01: the wave's ends at ±0.7 lie outside of what the integers hold where `zero` is at an end. */
function rounded(type: DataType, zero: number, step = 0.005) {
  return (b: Builder, graph: Graph, x: Value): Value => {
    const scale = graph.addInitializer('scale', float32Tensor([step], []));
    const point = graph.addInitializer('zero', zeroOf(type, zero));
    const quantised = b.op('QuantizeLinear', [x, scale, point]);
    const real = b.op('DequantizeLinear', [quantised, scale, point]);
    const weight = b.op(
      'DequantizeLinear',
      [
        graph.addInitializer('w', tensorOver('int8', [32, columns], weights)),
        graph.addInitializer('ws', float32Tensor(wave([columns], 3, 0.01), [columns])),
      ],
      { axis: int(1) },
    );
    return b.op('MatMul', [real, weight]);
  };
}

describe('a rounded activation', () => {
  it.each([
    ['uint8', 128],
    ['uint8', 0],
    ['int8', -3],
    ['uint16', 30000],
  ] as const)('in %s around %i is that of the file', async (type, zero) => {
    // Sums of 32 products of about 0.7 · 0.01 · 127 in another order: the rounded numbers are the same.
    expect(await compare(modelOf(rounded(type, zero), dims), dims)).toBeLessThan(1e-5);
  });

  it('has the gradient of the product where the integers hold it, else none', async () => {
    const graph = lower(modelOf(rounded('uint8', 64), dims), { cache: false });
    const [gradient] = differentiate(graph, graph.output('y'), [graph.input('x')]);
    graph.outputs.splice(0, 1);
    graph.addOutput('y', gradient as Value);
    graph.prune();
    graph.dropUnusedInputs();
    const values = wave(dims, 1);
    const dx = await outputOf(graph, { x: new ort.Tensor('float32', values, dims) });
    // Of the sum of all outputs.
    const scales = wave([columns], 3, 0.01);
    const sums = Array.from({ length: 32 }, (_, k) =>
      scales.reduce((sum, scale, n) => sum + scale * (weights[k * columns + n] ?? NaN), 0),
    );
    const isHeld = (value: number): boolean => value >= -64 * 0.005 && value <= 191 * 0.005;
    const wanted = Float32Array.from(values, (value, i) =>
      isHeld(value) ? (sums[i % 32] ?? NaN) : 0,
    );
    expect(wanted.filter((value) => value === 0).length).toBeGreaterThan(20);
    expect(largestDifference(dx, wanted)).toBeLessThan(1e-5);
  });

  it('that goes into a product of integers is asked with a cache, and refused where it is taught', () => {
    const integer = modelOf((b, graph, x) => {
      const scale = graph.addInitializer('scale', float32Tensor([0.01], []));
      const point = graph.addInitializer('zero', zeroOf('uint8', 3));
      const node = b.node('DynamicQuantizeLinear', [x], 3);
      const bytes = tensorOver('uint8', [32, columns], new Uint8Array(32 * columns));
      return b.op('QLinearMatMul', [
        node.out(0),
        node.out(1),
        node.out(2),
        graph.addInitializer('w', bytes),
        scale,
        point,
        scale,
        point,
      ]);
    }, dims);
    expect(() => lower(integer, { cache: false })).toThrow(/integers; choose another variant/);
    expect(lower(integer, { cache: true }).nodes).toHaveLength(2);
  });
});
