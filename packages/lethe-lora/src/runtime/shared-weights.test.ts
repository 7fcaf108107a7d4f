import { describe, expect, it } from 'vitest';
import { Builder, float32Tensor, Graph, int, tensorOver } from '../onnx/index.ts';
import { loadBackend } from './backend.ts';
import { SharedWeights, weightBytes } from './shared-weights.ts';

const width = 256;
const bytes = { table: 100 * width, packed: (width * width) / 2, head: 4 * width * 100 };

/** An embedding in 8 bits, a product with packed weights in 4 bits, and a head in float32; 1 kB of scales each. */
function decoder(): Graph {
  const graph = new Graph();
  graph.opsets.set('', 23);
  graph.opsets.set('com.microsoft', 1);
  const b = new Builder(graph, 'model');
  const ids = graph.addInput('input_ids', 'int64', ['batch', 'time']);
  const stored = tensorOver('uint8', [100, width], new Uint8Array(bytes.table));
  const scale = graph.addInitializer('scale', float32Tensor(new Float32Array(width), [width]));
  const table = b.op('DequantizeLinear', [graph.addInitializer('table', stored), scale], {
    axis: int(1),
  });
  const packed = tensorOver('uint8', [width, 1, width / 2], new Uint8Array(bytes.packed));
  const x = b.op(
    'com.microsoft::MatMulNBits',
    [
      b.op('Gather', [table, ids]),
      graph.addInitializer('packed', packed),
      graph.addInitializer('scales', float32Tensor(new Float32Array(width), [width])),
    ],
    { K: int(width), N: int(width), bits: int(4), block_size: int(width) },
  );
  const head = float32Tensor(new Float32Array(width * 100), [width, 100]);
  graph.addOutput('logits', b.op('MatMul', [x, graph.addInitializer('head', head)]));
  return graph;
}

async function sharedOn(device: 'webgpu' | 'wasm'): Promise<SharedWeights> {
  return new SharedWeights(await loadBackend({ device, threads: 1, reason: 'chosen' }));
}

describe('what a session holds by itself', () => {
  const scales = 2 * 4 * width;

  it('is on a GPU an embedding in 8 bits and what is small: products of 4 bits and of float32 are shared', async () => {
    const graph = decoder();
    const whole = weightBytes(graph);
    expect((await sharedOn('webgpu')).leave(graph)).toBe(bytes.table + scales);
    expect(weightBytes(graph)).toBe(whole);
  });

  it('is under WebAssembly every weight in 4 or 8 bits', async () => {
    expect((await sharedOn('wasm')).leave(decoder())).toBe(bytes.table + bytes.packed + scales);
  });
});
