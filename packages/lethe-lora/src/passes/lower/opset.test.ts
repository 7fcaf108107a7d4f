/** Files of older operator sets: raised to a newer one they compute what ONNX Runtime computes of them as they are. */
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  float,
  int,
  int64Tensor,
  ints,
  numbersOf,
  writeModel,
  type Attributes,
  type Graph,
  type Value,
} from '../../onnx/index.ts';
import { batch, exported, sizes } from '../exporters.ts';
import {
  adapterLayout,
  arenaLength,
  buildGradientGraph,
  buildScoreGraph,
  findProjections,
  prepare,
} from '../index.ts';
import { compare, largestDifference, modelOf, options } from './fused-kernel.ts';
import { raiseOpset } from './opset.ts';

/** The operator on x [2, 3, 4] with these attributes, and its outputs added up where it has several. */
const plain =
  (op: string, attributes: Attributes = {}, outputs = 1) =>
  (b: Builder, _: Graph, x: Value): Value => {
    const node = b.node(op, [x], outputs, attributes);
    const real = node.outputs.map((output) => output as Value);
    for (const output of real) output.type ??= 'float32';
    return real.length === 1 ? (real[0] as Value) : b.op('Sum', real);
  };

const cases: [number, string, (b: Builder, graph: Graph, x: Value) => Value][] = [
  [11, 'Unsqueeze', plain('Unsqueeze', { axes: ints([1, -1]) })],
  [
    11,
    'Squeeze',
    (b, _, x) =>
      b.op('Squeeze', [b.op('Unsqueeze', [x], { axes: ints([0]) })], { axes: ints([0]) }),
  ],
  [12, 'ReduceSum', plain('ReduceSum', { axes: ints([1]), keepdims: int(0) })],
  [12, 'ReduceSum over all axes', plain('ReduceSum')],
  [17, 'ReduceMean', plain('ReduceMean', { axes: ints([-1]) })],
  [11, 'ReduceL2', plain('ReduceL2', { axes: ints([2]), keepdims: int(0) })],
  [11, 'Split by lengths', plain('Split', { axis: int(2), split: ints([2, 2]) }, 2)],
  [12, 'Split into halves', plain('Split', { axis: int(2) }, 2)],
  [17, 'Split into halves', plain('Split', { axis: int(2) }, 2)],
  [9, 'Slice', plain('Slice', { starts: ints([1, 0]), ends: ints([3, 1]), axes: ints([2, 0]) })],
  [9, 'TopK', (b, _, x) => b.node('TopK', [x], 2, { k: int(2), axis: int(1) }).out(0)],
  [10, 'Clip', plain('Clip', { min: float(-0.2), max: float(0.3) })],
  [10, 'Clip from below', plain('Clip', { min: float(-0.2) })],
  [10, 'Pad', plain('Pad', { pads: ints([0, 1, 0, 0, 0, 2]), value: float(0.5) })],
  [11, 'Dropout', (b, _, x) => b.op('Dropout', [b.mul(x, 2)], { ratio: float(0.3) })],
  [11, 'Softmax over the last axis', plain('Softmax', { axis: int(2) })],
  [12, 'Softmax over two axes', plain('Softmax', { axis: int(1) })],
  [12, 'Softmax over all axes but the first', plain('Softmax')],
  [12, 'LogSoftmax over all axes', plain('LogSoftmax', { axis: int(0) })],
  [12, 'Hardmax', plain('Hardmax', { axis: int(1) })],
  [
    10,
    'Scatter',
    (b, graph, x) => {
      const places = graph.addInitializer('places', int64Tensor([1, 0], [1, 1, 2]));
      const updates = b.op('Slice', [x, ...[0, 1, 0].map((at) => b.integers([at]))]);
      const first = b.op('Slice', [updates, ...[0, 1, 1].map((at) => b.integers([at]))]);
      const two = b.op('Slice', [first, ...[0, 2, 2].map((at) => b.integers([at]))]);
      const y = b.op('Scatter', [x, places, two], { axis: int(2) });
      y.type = 'float32';
      return y;
    },
  ],
  [13, 'Unsqueeze by an input', (b, _, x) => b.unsqueeze(x, [1])],
  [21, 'Softmax', plain('Softmax', { axis: int(1) })],
];

describe('operators of older versions', () => {
  it.each(cases)('%i: %s', async (opset, _, build) => {
    const dims = [2, 3, 4];
    const graph = modelOf(build, dims, opset);
    expect(await compare(graph, dims)).toBeLessThan(1e-6);
  });
});

/** A graph of version 23 as it is written in an older one: axes as attributes, no comparison with "or equal" before 12. */
function older(graph: Graph, version: number): Graph {
  const b = new Builder(graph, 'older');
  const since: Record<string, number> = {
    Squeeze: 13,
    Unsqueeze: 13,
    ReduceSum: 13,
    ReduceMean: 18,
  };
  for (const node of [...graph.nodes]) {
    const axes = numbersOf(node.input(1));
    if (axes && version < (since[node.op] ?? 0)) {
      const y = b.op(node.op, [node.need(0)], { ...node.attributes, axes: ints(axes) });
      graph.replaceUses(node.out(), y);
    }
    if (node.op === 'LessOrEqual' && version < 12)
      graph.replaceUses(node.out(), b.op('Not', [b.op('Greater', node.inputs)]));
  }
  graph.opsets.set('', version);
  graph.prune();
  return graph;
}

const { rows, time } = batch;
const long = (values: readonly number[]): ort.Tensor =>
  new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [rows, time]);

async function run(graph: Graph, adapter: Float32Array): Promise<Record<string, Float32Array>> {
  const session = await ort.InferenceSession.create(writeModel(graph), options);
  const feeds: Record<string, ort.Tensor> = {
    input_ids: long(batch.ids),
    attention_mask: long(batch.mask),
    labels: long(batch.ids.map((id, i) => (batch.mask[i] === 1 && i % time > 1 ? id : -100))),
    adapter: new ort.Tensor('float32', adapter, [adapter.length]),
  };
  const used = session.inputNames.map((name) => [name, feeds[name]]);
  const outputs = await session.run(Object.fromEntries(used) as typeof feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
  );
}

describe('one small decoder in the operator sets from 11 to 24', () => {
  const form = { attention: 'plain', rotary: 'none', norm: 'plus-one' } as const;

  async function taught(file: Graph) {
    const source = prepare(file.clone());
    const projections = findProjections(source);
    const trainable = { kind: 'adapters', projections, rank: 2, alpha: 4 } as const;
    const size = arenaLength(adapterLayout(projections, 2));
    const adapter = Float32Array.from({ length: size }, (_, i) => 0.1 * Math.sin(1 + 1.3 * i));
    const whole = await run(file, adapter);
    const score = await run(buildScoreGraph(source, trainable), adapter);
    const { graph } = buildGradientGraph(source, trainable, 'cross-entropy');
    const gradient = await run(graph, adapter);
    return [whole['logits'], score['sequence_logprob'], gradient['grad']] as Float32Array[];
  }

  it.each([11, 12, 13, 14, 17, 18, 21, 24])('%i', async (version) => {
    const today = await taught(exported(form));
    const then = await taught(older(exported(form), version));
    expect(then[0]?.length).toBe(rows * time * sizes.vocabulary);
    today.forEach((values, index) => {
      const largest = Math.max(...values.map(Math.abs));
      expect(largest).toBeGreaterThan(0.1);
      const difference = largestDifference(values, then[index] ?? new Float32Array());
      expect(difference / largest).toBeLessThan(1e-6);
    });
  });
});

it('leaves a newer version as it is', () => {
  const graph = exported({});
  raiseOpset(graph, 18);
  expect(graph.opsets.get('')).toBe(23);
});
