import { describe, expect, it } from 'vitest';
import { Builder, float32Tensor, Graph } from '../../packages/lethe-lora/src/onnx/index.ts';
import {
  buildInputGradientGraph,
  buildTrainGraph,
  arenaLength,
} from '../../packages/lethe-lora/src/passes/index.ts';
import { alignmentInputs, alignmentLoss, alignmentWeight, unshared } from './alignment.ts';
import { buildDecoder, exchangeInput, nudgeInput, type Weights } from './architecture.ts';
import { random } from './random.ts';
import { float32, int64, open, scalar } from './session.ts';

describe('the share of variance that translations do not have in common', () => {
  const measured = async (first: number[][], second: number[][]): Promise<number> => {
    const graph = new Graph();
    graph.opsets.set('', 21);
    const dims = [first.length, first[0]?.length ?? 0];
    const [a, b] = ['a', 'b'].map((name) =>
      graph.addInput(name, 'float32', ['pairs', dims[1] ?? 0]),
    );
    if (!a || !b) throw new Error('no inputs');
    graph.addOutput('share', unshared(new Builder(graph, 'test'), a, b));
    const session = await open(graph, 'cpu', 1);
    const { share } = await session.run({
      a: float32(Float32Array.from(first.flat()), dims),
      b: float32(Float32Array.from(second.flat()), dims),
    });
    return Number(share?.data[0]);
  };

  it.each([
    [
      'equal states',
      [
        [0, 0],
        [2, 2],
      ],
      [
        [0, 0],
        [2, 2],
      ],
      0,
    ],
    // Differences (2, 0): mean square 2; variance about the mean 0: ½. ½ · 2 / ½.
    ['opposite states', [[1, 0]], [[-1, 0]], 2],
    // Of one pair of four places differs by 1: ½ · ¼ / variance; x = 0, 0, 4, 4 and 1, 0, 4, 4 in one dimension.
    ['nearly equal states', [[0], [0], [4], [4]], [[1], [0], [4], [4]], 0.125 / 3.6094],
  ])('is right for %s', async (_, first, second, expected) => {
    // float32, and 1e-6 in the denominator
    expect(await measured(first, second)).toBeCloseTo(expected, 4);
  });

  it('does not change when all states move or grow together', async () => {
    const [first, second] = [
      [
        [0, 1],
        [3, 2],
        [5, 5],
      ],
      [
        [1, 1],
        [2, 2],
        [4, 6],
      ],
    ];
    const moved = (rows: number[][]): number[][] => rows.map((row) => row.map((x) => 10 * x + 7));
    expect(await measured(moved(first), moved(second))).toBeCloseTo(
      await measured(first, second),
      4,
    );
  });
});

describe('a small decoder in pretraining', () => {
  const shape = {
    ...{ vocabulary: 64, width: 32, layers: 2, heads: 2, feedForward: 48 },
    ...{ positions: 16, ropeTheta: 10000, epsilon: 1e-5 },
  };
  const draw = random(3);
  const tensors = new Map<string, ReturnType<Weights>>();
  const weights: Weights = (name, dims) => {
    const size = dims.reduce((a, b) => a * b, 1);
    const made = (): ReturnType<Weights> =>
      float32Tensor(
        Float32Array.from({ length: size }, () =>
          name.includes('norm') ? 1 : 0.2 * draw.normal(),
        ),
        dims,
      );
    const tensor = tensors.get(name) ?? made();
    tensors.set(name, tensor);
    return tensor;
  };
  const trainable = { kind: 'parameters' } as const;
  const dims = [2, 4];
  const batch = {
    input_ids: int64(BigInt64Array.from([1n, 5n, 6n, 7n, 1n, 8n, 9n, 10n]), dims),
    attention_mask: int64(new BigInt64Array(8).fill(1n), dims),
    labels: int64(BigInt64Array.from([-100n, -100n, -100n, 7n, -100n, -100n, -100n, 10n]), dims),
  };
  const flat = (layout: { name: string; offset: number; length: number }[]): Float32Array => {
    const values = new Float32Array(arenaLength(layout as never));
    for (const { name, offset, length } of layout) {
      const bytes = tensors.get(name)?.bytes;
      if (bytes) values.set(new Float32Array(bytes.buffer, bytes.byteOffset, length), offset);
    }
    return values;
  };

  it('learns to have equal states where translations stand, when the alignment loss is weighed', async () => {
    const decoder = buildDecoder(shape, weights, { exchangeAfter: [0] });
    const { graph, layout } = buildTrainGraph(decoder, trainable, 'cross-entropy', {
      regulariser: (each) => alignmentLoss(each, { layers: { given: [0], target: [] } }),
    });
    const session = await open(graph, 'cpu', 1);
    const size = arenaLength(layout);
    const [first, second] = alignmentInputs('given');
    let state = [flat(layout), new Float32Array(size), new Float32Array(size)];
    const losses: number[] = [];
    for (let step = 1; step <= 15; step++) {
      const output = await session.run({
        ...batch,
        [exchangeInput(0)]: int64(
          BigInt64Array.from({ length: 8 }, (_, i) => BigInt(i)),
          [8],
        ),
        [first]: int64(BigInt64Array.from([1n, 2n]), [2]),
        [second]: int64(BigInt64Array.from([5n, 6n]), [2]),
        [alignmentWeight]: scalar(1),
        ...{ adapter: float32(state[0] as Float32Array, [size]) },
        ...{ moment1: float32(state[1] as Float32Array, [size]) },
        ...{ moment2: float32(state[2] as Float32Array, [size]) },
        ...{ lr: scalar(3e-3), step: scalar(step) },
      });
      losses.push(Number(output['regulariser']?.data[0]));
      state = ['adapter_out', 'moment1_out', 'moment2_out'].map(
        (name) => output[name]?.data as Float32Array,
      );
    }
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
  });

  it('has the gradient of its loss with respect to a nudge, as finite differences have it', async () => {
    const decoder = buildDecoder(shape, weights, { nudgeAfter: 0 });
    const graph = buildInputGradientGraph(decoder, trainable, 'cross-entropy', nudgeInput);
    const { layout } = buildTrainGraph(buildDecoder(shape, weights), trainable, 'cross-entropy');
    const session = await open(graph, 'cpu', 1);
    const parameters = flat(layout);
    const at = async (nudge: Float32Array) => {
      const { loss, grad } = await session.run({
        ...batch,
        adapter: float32(parameters, [parameters.length]),
        [nudgeInput]: float32(nudge, [8, 32]),
      });
      return { loss: Number(loss?.data[0]), grad: grad?.data as Float32Array };
    };
    const { grad } = await at(new Float32Array(256));
    for (const place of [32, 70, 200]) {
      const step = 1e-2;
      const [up, down] = await Promise.all(
        [step, -step].map((by) => at(new Float32Array(256).map((_, i) => (i === place ? by : 0)))),
      );
      const difference = ((up?.loss ?? 0) - (down?.loss ?? 0)) / (2 * step);
      // float32 losses of size 4 leave 1e-5 of their difference over 2e-2
      expect(Math.abs(difference - (grad[place] ?? 0))).toBeLessThan(
        2e-4 + 2e-3 * Math.abs(difference),
      );
    }
    // What comes after the last label changes nothing.
    expect(grad[4 * 32 - 1]).toBe(0);
  });
});
