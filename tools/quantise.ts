/**
 * @file `npx tsx tools/quantise.ts <model folder> <new folder>`: the same model with the weights of its products in 4 bits (blocks
 * of 32, rounded to the nearest), as MatMulNBits. For measuring, not for use: nothing calibrates it.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  Builder,
  float32Numbers,
  float32Tensor,
  int,
  parseModel,
  tensorOver,
  writeModel,
  type Value,
} from '../src/onnx/index.ts';
import { prepare } from '../src/passes/index.ts';

const [from, to] = process.argv.slice(2);
if (!from || !to) throw new Error('Usage: tools/quantise.ts <model folder> <new folder>');
const block = 32;

const graph = prepare(parseModel(new Uint8Array(readFileSync(`${from}/onnx/model.onnx`))));
graph.opsets.set('com.microsoft', 1);
const b = new Builder(graph, 'quantised');
let count = 0;
for (const node of [...graph.nodes]) {
  const weight = node.op === 'MatMul' ? rowsOf(node.need(1)) : undefined;
  if (!weight || weight.columns % block !== 0) continue;
  const { name, values, rows, columns } = weight;
  const blocks = columns / block;
  const bytes = new Uint8Array((rows * columns) / 2);
  const scales = new Float32Array(rows * blocks);
  for (let i = 0; i < scales.length; i++) {
    const part = values.subarray(i * block, (i + 1) * block);
    const scale = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 7 || 1;
    scales[i] = scale;
    part.forEach((value, k) => {
      const at = i * block + k;
      const level = Math.min(15, Math.max(0, Math.round(value / scale) + 8));
      bytes[at >> 1] = (bytes[at >> 1] ?? 0) | (level << (4 * (at % 2)));
    });
  }
  const product = b.op(
    'com.microsoft::MatMulNBits',
    [
      node.need(0),
      graph.addInitializer(`${name}_Q4`, tensorOver('uint8', [rows, blocks, block / 2], bytes)),
      graph.addInitializer(`${name}_scales`, float32Tensor(scales, [rows, blocks])),
    ],
    { K: int(columns), N: int(rows), bits: int(4), block_size: int(block) },
  );
  graph.replaceUses(node.out(), product);
  count++;
}
graph.prune();
mkdirSync(`${to}/onnx`, { recursive: true });
cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith('.onnx') });
writeFileSync(`${to}/onnx/model.onnx`, writeModel(graph));
console.log(`${count} products in 4 bits: ${to}/onnx/model.onnx`);

/** The weight of a product [K, N] as rows [N, K]; undefined where it is none. */
function rowsOf(
  value: Value,
): { name: string; values: Float32Array; rows: number; columns: number } | undefined {
  const { producer, tensor } = value;
  if (producer?.op === 'Cast') return rowsOf(producer.need(0));
  if (!tensor || tensor.dims.length !== 2 || !tensor.type.startsWith('float')) return undefined;
  const [columns = 0, rows = 0] = tensor.dims;
  return { name: value.name, values: turned(float32Numbers(tensor), columns), rows, columns };
}

/** A matrix of so many rows, turned. */
function turned(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  return Float32Array.from(
    { length: values.length },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] ?? 0,
  );
}
