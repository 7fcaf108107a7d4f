/**
 * Graphs for devices whose buffers are small: the vocabulary in pieces, a batch in parts. Whatever they compute equals what the whole
 * graph computes of the whole batch, and no value in them is larger than the limit.
 */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { parseModel, writeModel, type Graph } from '../onnx/index.ts';
import {
  adapterLayout,
  arenaLength,
  buildGradientGraph,
  buildPartGraph,
  buildScoreGraph,
  estimateMemory,
  findProjections,
  objectiveSettings,
  objectives,
  prepare,
  type ObjectiveName,
} from './index.ts';
import { options } from './lower/fused-kernel.ts';
import { float, long, noise } from './step-tensors.ts';

type Feeds = Record<string, ort.Tensor>;
type Results = Record<string, Float32Array>;

function read(name: string): Graph {
  const url = new URL(`../../../../e2e/models/${name}/onnx/model.onnx`, import.meta.url);
  return prepare(parseModel(new Uint8Array(readFileSync(url))));
}

function trainableOf(source: Graph) {
  return { kind: 'adapters', projections: findProjections(source), rank: 2, alpha: 4 } as const;
}

async function open(graph: Graph): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(writeModel(graph), options);
}

async function compute(session: ort.InferenceSession, feeds: Feeds): Promise<Results> {
  const used = session.inputNames.map((name) => [name, feeds[name] as ort.Tensor]);
  const output = await session.run(Object.fromEntries(used) as Feeds);
  return Object.fromEntries(
    Object.entries(output).map(([name, { data }]) => [name, data as Float32Array]),
  );
}

async function run(graph: Graph, feeds: Feeds): Promise<Results> {
  const session = await open(graph);
  const results = await compute(session, feeds);
  await session.release();
  return results;
}

const time = 16;
const roles = [1, 2, 0, 1, 2];
const ids = roles.map((_, row) =>
  Array.from({ length: time }, (_, t) => (row * 131 + t * 47 + 5) % 512),
);
const labels = ids.map((row, r) => row.map((id, t) => (t < 4 + r ? -100 : id)));
const counts = labels.map((row) => row.filter((label) => label >= 0).length);

function feedsOf(size: number, rows: readonly number[], objective: ObjectiveName): Feeds {
  const pick = <T>(all: readonly T[]): T[] => rows.map((row) => all[row] as T);
  return {
    input_ids: long(pick(ids)),
    attention_mask: long(pick(ids).map((row) => row.map(() => 1))),
    labels: long(pick(labels)),
    role: float(pick(roles), [rows.length]),
    retain_weight: float([0.7], []),
    adapter: float(noise(size, 1), [size]),
    reference_adapter: float(noise(size, 2), [size]),
    ...Object.fromEntries(
      Object.entries<number>(objectiveSettings[objective]).map(([key, value]) => [
        key,
        float([value], []),
      ]),
    ),
  };
}

function error(values: ArrayLike<number> | undefined, reference: ArrayLike<number> | undefined) {
  const [a, b] = [Array.from(values ?? []), Array.from(reference ?? [])];
  expect(a.length).toBe(b.length);
  expect(b.length).toBeGreaterThan(0);
  return (
    Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN)))) / Math.max(...b.map(Math.abs))
  );
}

const everyRow = roles.map((_, row) => row);
// The head's matrix takes 131 kB in float32, five rows' logits 164 kB.
const limit = 90e3;

describe('where no buffer may be larger than 90 kB', () => {
  it.each([
    'qwen2-fp32',
    'gpt2-fp32',
    'bloom-fp32',
    'qwen2-q4',
    'qwen3-q4',
    'qwen2-q4f16',
    'gpt2.opt-q8',
    'llama.opt-bnb4',
  ])('%s scores and learns the same', async (name) => {
    const source = read(name);
    const trainable = trainableOf(source);
    const size = arenaLength(adapterLayout(trainable.projections, trainable.rank));
    const feeds = feedsOf(size, everyRow, 'kl');
    const whole = buildGradientGraph(source, trainable, 'kl').graph;
    const pieces = buildGradientGraph(source, trainable, 'kl', { bufferLimit: limit }).graph;
    expect(estimateMemory(whole, 5, time).largest).toBeGreaterThan(limit);
    expect(estimateMemory(pieces, 5, time).largest).toBeLessThanOrEqual(limit);
    const [expected, got] = [await run(whole, feeds), await run(pieces, feeds)];
    expect(error(got['loss'], expected['loss'])).toBeLessThan(1e-5);
    expect(error(got['grad'], expected['grad'])).toBeLessThan(1e-5);

    const scored = await run(buildScoreGraph(source, trainable), feeds);
    const piecewise = await run(buildScoreGraph(source, trainable, limit), feeds);
    const [sums, expectedSums] = [piecewise['sequence_logprob'], scored['sequence_logprob']];
    expect(error(sums, expectedSums)).toBeLessThan(1e-5);
    expect(piecewise['sequence_greedy']).toEqual(scored['sequence_greedy']);
    expect(piecewise['sequence_miss']).toEqual(scored['sequence_miss']);
  });
});

describe('a step in parts has the loss and the gradient of the whole batch', () => {
  const source = read('qwen2-fp32');
  const trainable = trainableOf(source);
  const size = arenaLength(adapterLayout(trainable.projections, trainable.rank));

  it.each(Object.keys(objectives) as ObjectiveName[])('%s', async (name) => {
    const whole = await run(
      buildGradientGraph(source, trainable, name).graph,
      feedsOf(size, everyRow, name),
    );
    // Pieces too, so that each objective is seen to compute with them.
    const { graph } = buildPartGraph(source, trainable, name, { bufferLimit: limit });
    const session = await open(graph);
    let gradient = new Float32Array(size);
    let loss = 0;
    for (const rows of [[0, 1], [2], [3, 4]]) {
      const part = await compute(session, {
        ...feedsOf(size, rows, name),
        whole_role: float(roles, [roles.length]),
        whole_tokens: float(counts, [roles.length]),
        gradient: float(gradient, [size]),
      });
      gradient = Float32Array.from(part['gradient_out'] ?? []);
      loss += part['loss']?.[0] ?? NaN;
    }
    await session.release();
    expect(error([loss], whole['loss'])).toBeLessThan(1e-5);
    expect(error(gradient, whole['grad'])).toBeLessThan(1e-5);
  });
});
