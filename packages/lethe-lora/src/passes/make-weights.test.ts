/** Weights that are made here are those that ONNX Runtime makes. */
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  dataTypes,
  float32Numbers,
  float32Tensor,
  Graph,
  inferGraph,
  int,
  tensorOver,
  writeModel,
  type DataType,
  type Tensor,
  type Value,
} from '../onnx/index.ts';
import { makeWeights } from './make-weights.ts';

const bytes = (type: DataType, dims: number[], count: number): Tensor =>
  tensorOver(
    type,
    dims,
    Uint8Array.from({ length: count }, (_, i) => (i * 73 + 41) % 256),
  );
const steps = (dims: number[]): Tensor =>
  float32Tensor(
    Array.from({ length: dims.reduce((x, y) => x * y, 1) }, (_, i) => 0.01 + 0.003 * (i % 7)),
    dims,
  );

function graphOf(make: (b: Builder, constant: (tensor: Tensor) => Value) => Value): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  let count = 0;
  const constant = (tensor: Tensor): Value => graph.addInitializer(`constant.${count++}`, tensor);
  graph.addOutput('weight', make(new Builder(graph, 'weight'), constant));
  inferGraph(graph);
  return graph;
}

const byBlock = { axis: int(1), block_size: int(16) };
const forms: Record<string, Graph> = {
  'uint4 by block, with zero points, seen as rows': graphOf((b, constant) =>
    b.reshape(
      b.op(
        'DequantizeLinear',
        [
          constant(bytes('uint4', [6, 32], 96)),
          constant(steps([6, 2])),
          constant(bytes('uint4', [6, 2], 6)),
        ],
        byBlock,
      ),
      [6, 32],
    ),
  ),
  'int4 by block': graphOf((b, constant) =>
    b.op(
      'DequantizeLinear',
      [constant(bytes('int4', [6, 32], 96)), constant(steps([6, 2]))],
      byBlock,
    ),
  ),
  'uint4 by row, of odd length': graphOf((b, constant) =>
    b.op(
      'DequantizeLinear',
      [
        constant(bytes('uint4', [4, 5], 10)),
        constant(steps([4])),
        constant(bytes('uint4', [4], 2)),
      ],
      { axis: int(0) },
    ),
  ),
  'int8, one scale in all': graphOf((b, constant) =>
    b.op('DequantizeLinear', [
      constant(bytes('int8', [6, 8], 48)),
      constant(steps([])),
      constant(bytes('int8', [], 1)),
    ]),
  ),
  'uint8 by block, scales in float16': graphOf((b, constant) =>
    b.op(
      'DequantizeLinear',
      [
        constant(bytes('uint8', [6, 32], 192)),
        b.cast(
          constant(tensorOver('float16', [6, 2], new Uint16Array(12).fill(0x2c00))),
          'float32',
        ),
        constant(bytes('uint8', [6, 2], 12)),
      ],
      byBlock,
    ),
  ),
  float16: graphOf((b, constant) =>
    b.op('Cast', [constant(tensorOver('float16', [2, 3], new Uint16Array(6).fill(0x3555)))], {
      to: int(dataTypes.float32),
    }),
  ),
};

describe.each(Object.entries(forms))('%s', (_, graph) => {
  it('is the same number for number', async () => {
    const made = makeWeights(graph)?.get('weight');
    const session = await ort.InferenceSession.create(writeModel(graph));
    const { weight } = await session.run({});
    await session.release();
    expect(made?.dims).toEqual(weight?.dims);
    expect(made && Array.from(float32Numbers(made))).toEqual(
      Array.from(weight?.data as Float32Array),
    );
  });
});

it('leaves scales by column to the runtime', () => {
  const graph = graphOf((b, constant) =>
    b.op('DequantizeLinear', [constant(bytes('int8', [6, 8], 48)), constant(steps([8]))], {
      axis: int(1),
    }),
  );
  expect(makeWeights(graph)).toBeNull();
});
