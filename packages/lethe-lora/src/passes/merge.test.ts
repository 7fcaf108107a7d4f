/** A merged file, run by ONNX Runtime as it is, against the graph that takes the adapter as an input. */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { halfToNumber, parseModel, writeModel, type Graph } from '../onnx/index.ts';
import {
  adapterLayout,
  arenaLength,
  buildDecodeGraph,
  findProjections,
  mergeAdapter,
  prepare,
} from './index.ts';

const fileOf = (path: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../../../../e2e/models/${path}`, import.meta.url)));
const read = (name: string): Graph => prepare(parseModel(fileOf(`${name}/onnx/model.onnx`)));
const shape = { rank: 4, alpha: 8 };
const ids = [
  [328, 165, 249, 7],
  [309, 168, 196, 73],
];

/** Logits [B·T, V] of the tokens above; empty caches where the model has any. */
async function logits(graph: Graph, adapter?: Float32Array): Promise<number[]> {
  const long = (values: number[], dims: number[]) =>
    new ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims);
  const session = await ort.InferenceSession.create(writeModel(graph), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const feeds: Record<string, ort.Tensor> = {
    input_ids: long(ids.flat(), [2, 4]),
    attention_mask: long(Array<number>(8).fill(1), [2, 4]),
    position_ids: long([0, 1, 2, 3, 0, 1, 2, 3], [2, 4]),
    positions: long([...Array(8).keys()], [8]),
    ...(adapter && { adapter: new ort.Tensor('float32', adapter, [adapter.length]) }),
  };
  for (const { name, type, shape: dims } of graph.inputs)
    if (name.startsWith('past')) {
      const size = typeof dims?.[3] === 'number' ? dims[3] : headSize(graph);
      const empty = [2, Number(dims?.[1]), 0, size];
      feeds[name] =
        type === 'float16'
          ? new ort.Tensor('float16', new Uint16Array(0), empty)
          : new ort.Tensor('float32', new Float32Array(0), empty);
    }
  const used = Object.fromEntries(
    session.inputNames.map((name) => [name, feeds[name] as ort.Tensor]),
  );
  const output = (await session.run(used))['logits'] as ort.Tensor;
  const { data, type } = output;
  return type === 'float16'
    ? Array.from(data as Uint16Array, halfToNumber)
    : Array.from(data as Float32Array);
}

function headSize(graph: Graph): number {
  return 2 * Number(graph.value('cos_cache')?.shape?.[1]);
}

function largest(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  const scale = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN)))) / scale;
}

describe('a merged adapter', () => {
  it.each([
    // Relative to the largest logit: float32 sums in another order.
    ['qwen2-fp32', 1e-5, false],
    ['gpt2-fp32', 1e-5, false],
    ['bloom-fp32', 1e-5, false],
    ['qwen2-q4', 1e-5, true],
    ['qwen3-q4', 1e-5, true],
    // Float16 activations and 8-bit ones inside the products (the file's own `accuracy_level`), against float32 arithmetic.
    ['qwen2-q4f16', 5e-2, true],
    ['phi3.genai-q4f16', 5e-2, true],
    ['gpt2.opt-q8', 1e-5, true],
    ['llama.opt-bnb4', 1e-5, true],
    ['llama.opt-q4-asym', 1e-5, true],
  ] as const)('in %s gives the logits of the adapter path', async (name, tolerance, beside) => {
    const source = read(name);
    const packed = { 'mlp.gate_up_proj': ['mlp.gate_proj', 'mlp.up_proj'] };
    const projections = findProjections(source, name.startsWith('phi3') ? { modules: packed } : {});
    const values = Float32Array.from(
      { length: arenaLength(adapterLayout(projections, shape.rank)) },
      (_, i) => 0.08 * Math.sin(i * 1.3 + i / 7),
    );
    const merged = mergeAdapter(source, projections, values, shape);
    expect(merged.inputs.map(({ name: input }) => input)).not.toContain('adapter');
    expect(merged.nodes.length > source.nodes.length).toBe(beside);
    const trainable = { kind: 'adapters', projections, ...shape } as const;
    const wanted = await logits(buildDecodeGraph(source, trainable), values);
    expect(largest(await logits(merged), wanted)).toBeLessThan(tolerance);
    // The adapter matters: without it the logits are elsewhere.
    expect(largest(await logits(source), wanted)).toBeGreaterThan(4 * tolerance);
  });
});
