/** Products in integers, each token rounded by itself, against the same products in float32. */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  float32Tensor,
  Graph,
  int,
  parseModel,
  tensorOver,
  type DataType,
} from '../onnx/index.ts';
import { largestDifference, outputOf, wave } from './lower/fused-kernel.ts';
import { hasIntegerProducts, multiplyIntegers } from './index.ts';

const [tokens, inner, outer] = [4, 64, 8];

function product(type: DataType, dims: readonly number[]): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const x = graph.addInput('x', 'float32', [1, 'time', inner]);
  const b = new Builder(graph, 'test');
  const shift = type === 'int8' ? 63 : 0;
  // Of 7 bits: without VNNI the kernel adds two products in 16 bits.
  const bytes = Int8Array.from({ length: inner * outer }, (_, i) => ((i * 37) % 127) - shift);
  const features = Array.from({ length: dims[0] ?? 1 }, (_, n) => n);
  const zero = tensorOver(
    type,
    dims,
    Int8Array.from(features, (n) => n + 2),
  );
  const weight = b.op(
    'DequantizeLinear',
    [
      graph.addInitializer('w', tensorOver(type, [inner, outer], bytes)),
      graph.addInitializer(
        's',
        float32Tensor(
          features.map((n) => 0.01 + n / 1000),
          dims,
        ),
      ),
      graph.addInitializer('z', zero),
    ],
    dims.length > 0 ? { axis: int(1) } : {},
  );
  graph.addOutput('y', b.op('MatMul', [x, weight]));
  return graph;
}

const run = (graph: Graph, x: Float32Array): Promise<Float32Array> =>
  outputOf(graph, { x: new ort.Tensor('float32', x, [1, x.length / inner, inner]) });

describe('a product in integers', () => {
  it.each([
    ['int8', []],
    ['int8', [outer]],
    ['uint8', [outer]],
  ] as const)(
    'of %s with scales %o is the product, to 14 bits of its activations',
    async (type, dims) => {
      const graph = product(type, dims);
      const x = wave([tokens, inner], 2, 3);
      x.fill(0, inner, 2 * inner);
      const exact = await run(graph, x);
      multiplyIntegers(graph);
      expect(graph.nodes.map(({ op }) => op)).toContain('MatMulInteger');
      const rounded = await run(graph, x);
      // Half a step of 3/127 in each of 64 summands of up to 1.1, with signs that differ: √64 of them.
      expect(largestDifference(rounded, exact)).toBeLessThan(8 * 0.012 * 1.1);
      expect(largestDifference(rounded, exact)).toBeGreaterThan(0);
      // A token of zeros is exact, and none depends on the others.
      expect([...rounded.subarray(outer, 2 * outer)]).toEqual(Array<number>(outer).fill(0));
      const alone = await run(graph, x.subarray(2 * inner, 3 * inner));
      expect([...alone]).toEqual([...rounded.subarray(2 * outer, 3 * outer)]);
    },
  );

  it('is for files that mean it', () => {
    const read = (name: string): Graph => {
      const url = new URL(`../../../../e2e/models/${name}/onnx/model.onnx`, import.meta.url);
      return parseModel(new Uint8Array(readFileSync(url)));
    };
    expect(hasIntegerProducts(read('gpt2.opt-q8'))).toBe(true);
    expect(hasIntegerProducts(read('llama.opt-q4-asym'))).toBe(false);
  });
});
