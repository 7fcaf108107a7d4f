/** RMU's loss and gradient with respect to the states after two layers, against PyTorch's (`tools/objectives.py`). */
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { Builder, float32Tensor, Graph, writeModel, type Value } from '../../onnx/index.ts';
import { differentiate } from '../differentiate.ts';
import { sumBySequence, tokenLogProbabilities } from '../log-probability.ts';
import expected from './expected.json' with { type: 'json' };
import { rmu } from './rmu.ts';
import { objectiveSettings } from './settings.ts';

const { labels, role, retainWeight, rmu: reference } = expected;
const [batch, time] = [labels.length, labels[0]?.length ?? 0];
const { width } = reference;
const float32 = (values: readonly number[], dims: readonly number[]): ort.Tensor =>
  new ort.Tensor('float32', Float32Array.from(values), dims);
const int64 = (values: readonly number[]): ort.Tensor =>
  new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [batch, time]);

it('agrees with PyTorch: loss, and its gradient with respect to the states', async () => {
  const graph = new Graph();
  graph.opsets.set('', 21);
  graph.addInput('input_ids', 'int64', [batch, time]);
  const b = new Builder(graph, 'model');
  const states = ['now', 'frozen'].map((kind) =>
    reference.states.map((_, layer) =>
      graph.addInput(`${kind}${String(layer)}`, 'float32', [batch, time, width]),
    ),
  ) as [Value[], Value[]];
  const [now, frozen] = states;
  const head = graph.addInitializer(
    'head.weight',
    float32Tensor(new Float32Array(width * 8), [width, 8]),
  );
  graph.addOutput('logits', b.op('MatMul', [now.at(-1) as Value, head]));
  const tokens = tokenLogProbabilities(graph);
  const { sequenceLogProb, sequenceTokens, total } = sumBySequence(graph, tokens);
  const settings = Object.fromEntries(
    Object.keys(objectiveSettings.rmu).map((name) => [name, graph.addInput(name, 'float32', [])]),
  );
  const roles = graph.addInput('role', 'float32', [batch]);
  const loss = rmu.loss({
    b: new Builder(graph, 'objective'),
    sequenceLogProb,
    sequenceTokens,
    role: roles,
    whole: { role: roles, sequenceTokens },
    retainWeight: graph.addInput('retain_weight', 'float32', []),
    tokens,
    total,
    reference: () => {
      throw new Error('RMU compares states, not answers.');
    },
    states: () => ({
      width,
      layers: now.map((value, layer) => ({
        now: tokens.select(value),
        frozen: tokens.select(frozen[layer] as Value),
      })),
    }),
    setting: (name) => settings[name] as Value,
  });
  graph.addOutput('loss', loss);
  differentiate(graph, loss, now, tokens.custom).forEach((gradient, layer) => {
    graph.addOutput(`grad${String(layer)}`, gradient);
  });
  graph.prune();
  graph.dropUnusedInputs();

  const session = await ort.InferenceSession.create(writeModel(graph), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const output = await session.run(
    Object.fromEntries(
      Object.entries({
        labels: int64(labels.flat()),
        role: float32(role, [batch]),
        retain_weight: float32([retainWeight], []),
        steering: float32([reference.settings.steering], []),
        depth: float32([reference.settings.depth], []),
        now0: float32(reference.states[0] ?? [], [batch, time, width]),
        now1: float32(reference.states[1] ?? [], [batch, time, width]),
        frozen0: float32(reference.frozen[0] ?? [], [batch, time, width]),
        frozen1: float32(reference.frozen[1] ?? [], [batch, time, width]),
      }).filter(([name]) => session.inputNames.includes(name)),
    ),
  );
  // float32 against float64.
  expect(Number(output['loss']?.data[0])).toBeCloseTo(reference.loss, 5);
  const gradient = [0, 1].flatMap((layer) =>
    Array.from(output[`grad${String(layer)}`]?.data as Float32Array),
  );
  expect(gradient).toHaveLength(reference.gradient.length);
  gradient.forEach((value, i) => {
    expect(Math.abs(value - (reference.gradient[i] ?? NaN))).toBeLessThan(1e-6);
  });
  // Only the chosen layer is steered.
  expect(Math.max(...gradient.slice(0, gradient.length / 2).map(Math.abs))).toBe(0);
});
