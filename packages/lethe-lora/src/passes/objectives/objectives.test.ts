import * as ort from 'onnxruntime-node';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Builder, float32Tensor, Graph, parseModel, int, writeModel } from '../../onnx/index.ts';
import { arenaLength } from '../arena.ts';
import { findProjections } from '../projections.ts';
import { buildGradientGraph, buildTrainGraph, type Trainable } from '../train.ts';
import expected from './expected.json' with { type: 'json' };
import { objectiveSettings, objectives, type ObjectiveName } from './index.ts';

const names = Object.keys(objectives) as ObjectiveName[];
const { labels, role, vocabulary, retainWeight } = expected;
const [batch, time] = [labels.length, labels[0]?.length ?? 0];
const places = batch * time;

type Feeds = Record<string, ort.Tensor>;
const float32 = (values: readonly number[] | Float32Array, dims: readonly number[]): ort.Tensor =>
  new ort.Tensor('float32', Float32Array.from(values), dims);
const int64 = (rows: readonly (readonly number[])[]): ort.Tensor =>
  new ort.Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [
    rows.length,
    rows[0]?.length ?? 0,
  ]);

/** A “model” whose parameters are its logits: place i of the batch holds the token i, and its row of the weight. */
function logitsAsParameters(): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const tokens = graph.addInput('input_ids', 'int64', ['batch', 'time']);
  graph.addInput('attention_mask', 'int64', ['batch', 'time']);
  const b = new Builder(graph, 'model');
  const one = Array.from({ length: places ** 2 }, (_, i) => (i % (places + 1) === 0 ? 1 : 0));
  const table = graph.addInitializer('table', float32Tensor(one, [places, places]));
  const hidden = b.op('Gather', [table, tokens], { axis: int(0) });
  const zeros = new Float32Array(places * vocabulary);
  const head = graph.addInitializer('head.weight', float32Tensor(zeros, [places, vocabulary]));
  graph.addOutput('logits', b.op('MatMul', [hidden, head]));
  return graph;
}

interface Result {
  loss: number;
  gradient: Float32Array;
}

async function runner(graph: Graph): Promise<(feeds: Feeds) => Promise<Result>> {
  const session = await ort.InferenceSession.create(writeModel(graph), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  return async (feeds) => {
    const used = session.inputNames.map((name) => [name, feeds[name] as ort.Tensor]);
    const output = await session.run(Object.fromEntries(used) as Feeds);
    return {
      loss: Number(output['loss']?.data[0]),
      gradient: output['grad']?.data as Float32Array,
    };
  };
}

function settingsOf(values: Readonly<Record<string, number>>): Feeds {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, float32([value], [])]),
  );
}

/** The largest difference, relative to the reference's largest entry. */
function error(values: ArrayLike<number>, reference: ArrayLike<number>): number {
  expect(values.length).toBe(reference.length);
  const differences = Array.from(values, (value, i) => Math.abs(value - (reference[i] ?? NaN)));
  return Math.max(...differences) / Math.max(...Array.from(reference, Math.abs));
}

describe('each objective agrees with PyTorch', () => {
  const feeds: Feeds = {
    input_ids: int64(labels.map((row, r) => row.map((_, t) => r * time + t))),
    attention_mask: int64(labels.map((row) => row.map(() => 1))),
    labels: int64(labels),
    role: float32(role, [batch]),
    retain_weight: float32([retainWeight], []),
    adapter: float32(expected.logits, [places * vocabulary]),
    reference_adapter: float32(expected.reference, [places * vocabulary]),
  };

  const ofLogits = names.filter((name) => name !== 'rmu');
  it.each(ofLogits)('%s: loss, and its gradient with respect to the logits', async (name) => {
    const { settings, loss, gradient } = expected.objectives[name as Exclude<typeof name, 'rmu'>];
    const { graph } = buildGradientGraph(logitsAsParameters(), { kind: 'parameters' }, name);
    const run = await runner(graph);
    const result = await run({ ...feeds, ...settingsOf(settings) });
    // float32 against float64: a few roundings of 6e-8 relative to the largest of a few hundred terms.
    expect(Math.abs(result.loss - loss)).toBeLessThan(2e-6 * Math.max(1, Math.abs(loss)));
    expect(error(result.gradient, gradient)).toBeLessThan(2e-6);
    // The graph asks for exactly the settings that the objective declares.
    expect(Object.keys(settings)).toEqual(Object.keys(objectiveSettings[name]));
  });

  it.each(['kl', 'npo', 'dpo', 'undial'] as const)('%s looks at its reference', async (name) => {
    const { settings, gradient } = expected.objectives[name];
    const { graph } = buildGradientGraph(logitsAsParameters(), { kind: 'parameters' }, name);
    const run = await runner(graph);
    const itself = { ...feeds, reference_adapter: feeds['adapter'] as ort.Tensor };
    const result = await run({ ...itself, ...settingsOf(settings) });
    expect(error(result.gradient, gradient)).toBeGreaterThan(0.01);
  });
});

describe('through a model, the gradient is the slope of the loss', () => {
  const folder = new URL('../../../../../e2e/models/qwen2-fp32/', import.meta.url);
  const source = parseModel(new Uint8Array(readFileSync(new URL('onnx/model.onnx', folder))));
  const trainable: Trainable = {
    kind: 'adapters',
    projections: findProjections(source),
    rank: 4,
    alpha: 8,
  };
  const ids = [0, 1, 2, 3, 4].map((row) =>
    Array.from({ length: 8 }, (_, t) => 40 + 7 * row + 3 * t),
  );
  const noise = (length: number, seed: number): Float32Array =>
    Float32Array.from({ length }, (_, i) => 0.1 * Math.sin(seed + i * (1.7 + seed / 7)));

  it('a step of RMU tells how likely each sequence is, although its loss does not ask', async () => {
    const { graph } = buildTrainGraph(source, trainable, 'rmu');
    const session = await ort.InferenceSession.create(writeModel(graph), {
      logSeverityLevel: 3,
      intraOpNumThreads: 1,
    });
    expect(session.outputNames).toContain('sequence_logprob');
    await session.release();
  });

  // The others take part of their loss as constant, so that their gradient is not the slope of their loss.
  const differentiable = names.filter((name) => !['wga', 'satimp', 'ce-u'].includes(name));

  it.each(differentiable)('%s', async (name) => {
    const { graph, layout } = buildGradientGraph(source, trainable, name);
    const size = arenaLength(layout);
    const adapter = noise(size, 1);
    const run = await runner(graph);
    const at = (values: Float32Array): Promise<Result> =>
      run({
        input_ids: int64(ids),
        attention_mask: int64(ids.map((row) => row.map(() => 1))),
        labels: int64(ids.map((row) => row.map((id, t) => (t < 4 ? -100 : id)))),
        role: float32([1, 2, 1, 2, 0], [5]),
        retain_weight: float32([0.7], []),
        adapter: float32(values, [size]),
        reference_adapter: float32(noise(size, 2), [size]),
        ...settingsOf(objectiveSettings[name]),
      });
    const { gradient } = await at(adapter);
    const norm = Math.hypot(...gradient);
    const step = 0.005;
    const moved = (by: number): Float32Array =>
      adapter.map((value, i) => value + (by * (gradient[i] ?? 0)) / norm);
    const slope = ((await at(moved(step))).loss - (await at(moved(-step))).loss) / (2 * step);
    // Along the gradient the slope is its length; left are the third derivative and float32 losses divided by 0.01.
    expect(Math.abs(slope / norm - 1)).toBeLessThan(1e-3);
  });
});
