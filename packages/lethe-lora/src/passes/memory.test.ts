import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseModel } from '../onnx/index.ts';
import { buildTrainGraph, checkMemory, estimateMemory, findProjections } from './index.ts';

function trainGraph(name: string) {
  const url = new URL(`../../../../e2e/models/${name}/onnx/model.onnx`, import.meta.url);
  const source = parseModel(new Uint8Array(readFileSync(url)));
  const projections = findProjections(source);
  const trainable = { kind: 'adapters', projections, rank: 4, alpha: 8 } as const;
  return buildTrainGraph(source, trainable, 'cross-entropy').graph;
}

describe('the memory of a training step', () => {
  const graph = trainGraph('qwen2-fp32');

  it('is made of weights, adapter and intermediate values', () => {
    const { weights, adapter, activations, total, largest } = estimateMemory(graph, 4, 32);
    // The file's 450,775 bytes but for its nodes.
    expect(weights).toBeGreaterThan(400e3);
    expect(weights).toBeLessThan(460e3);
    expect(adapter).toBe(2 * 3 * 4 * 8192);
    // At least the head's softmax: 4 · 32 rows of 512.
    expect(largest).toBeGreaterThanOrEqual(4 * 32 * 512 * 4);
    expect(activations).toBeGreaterThan(largest);
    expect(total).toBe(weights + adapter + activations);
  });

  it('grows with the batch, and with its length faster', () => {
    const [one, rows, long] = [
      estimateMemory(graph, 4, 32),
      estimateMemory(graph, 8, 32),
      estimateMemory(graph, 4, 64),
    ].map(({ activations }) => activations) as [number, number, number];
    expect(rows / one).toBeGreaterThan(1.7);
    expect(long / rows).toBeGreaterThan(1);
    expect(long / one).toBeLessThan(4);
  });

  it('counts 4-bit weights as stored', () => {
    expect(estimateMemory(trainGraph('qwen2-q4'), 4, 32).weights).toBeLessThan(110e3);
  });

  it('is refused kindly where it does not fit', () => {
    expect(() => checkMemory(graph, 64, 128, 2e6)).toThrow(
      /64 sequences of 128 tokens .* needs about \d+ MB .* and 2 MB can be used here\. Choose/,
    );
    expect(checkMemory(graph, 1, 16, 1e9).total).toBeLessThan(1e9);
  });
});
