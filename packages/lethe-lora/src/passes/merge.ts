/** @file Merges an adapter into the model it was trained on, as a file that ONNX Runtime runs by itself. */
import {
  Builder,
  dataTypes,
  float32Numbers,
  inferGraph,
  int,
  realTensor,
  type DataType,
  type Graph,
  type Node,
  type Value,
} from '../onnx/index.ts';
import type { ArenaSlice } from './arena.ts';
import { adapterLayout, type AdapterShape } from './inject.ts';
import { isQuantisedProduct } from './lower/quantised.ts';
import type { Projection } from './projection.ts';

/**
 * A copy of `source` (as it was read, fused operators and cache included) that computes with the adapter's `values` (the arena).
 *
 * Float32 and float16 weights become W + (α/r)·(B·A)ᵀ. A 4- or 8-bit weight is kept, with the low-rank products beside it as
 * constants: dequantised it would be eight times as large, and quantised again the change, often smaller than a step of the
 * quantiser, would be lost or distorted.
 */
export function mergeAdapter(
  source: Graph,
  projections: readonly Projection[],
  values: Float32Array,
  shape: AdapterShape,
): Graph {
  const graph = source.clone();
  inferGraph(graph);
  const layout = new Map(
    adapterLayout(projections, shape.rank).map((slice) => [slice.name, slice]),
  );
  const b = new Builder(graph, 'adapter');
  for (const projection of projections) {
    const node = graph.value(projection.output)?.producer;
    if (!node) throw new Error(`The graph has no product "${projection.output}" to merge into.`);
    const operand = plainOperand(node);
    if (operand) mergeInto(graph, node, operand, update(projection, layout, values, shape));
    else addBeside(b, node, projection, { layout, values, shape });
  }
  graph.prune();
  return graph;
}

interface Adapter {
  layout: ReadonlyMap<string, ArenaSlice>;
  values: Float32Array;
  shape: AdapterShape;
}

/** y = x·W becomes y + x·Aᵀ·(α/r)Bᵀ with constants for A and B, the parts' changes side by side. */
function addBeside(b: Builder, node: Node, { parts }: Projection, adapter: Adapter): void {
  const { layout, values, shape } = adapter;
  const y = node.out();
  const consumers = [...y.uses];
  const type = realType(node);
  const constant = (name: string, make: () => Float32Array<ArrayBuffer>, dims: number[]): Value =>
    b.graph.value(name) ?? b.graph.addInitializer(name, realTensor(type, make(), dims));
  const changes = parts.map(({ name, from, length }) => {
    const [down, up] = ['A', 'B'].map((half) => layout.get(`${name}.lora_${half}`)) as [
      ArenaSlice,
      ArenaSlice,
    ];
    const columns = down.dims[1] ?? 0;
    const { rank, alpha } = shape;
    const a = constant(
      `${down.name}.${type}`,
      () => transposed(values.subarray(down.offset), rank, columns),
      [columns, rank],
    );
    const rows = values.subarray(up.offset + from * rank);
    const c = constant(
      `${up.name}.${type}[${from}]`,
      () => transposed(rows, length, rank).map((value) => (alpha / rank) * value),
      [rank, length],
    );
    return b.op('MatMul', [b.op('MatMul', [node.need(0), a]), c]);
  });
  const sum = b.add(y, b.concat(changes, -1));
  sum.shape = y.shape;
  for (const use of consumers) use.node.setInput(use.index, sum);
}

/** The transpose [columns, rows] of the first numbers, [rows, columns]. */
function transposed(
  numbers: Float32Array,
  rows: number,
  columns: number,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: rows * columns },
    (_, i) => numbers[(i % rows) * columns + Math.floor(i / rows)] ?? 0,
  );
}

/** How a weight reaches its product where it does so by transposes and casts only. */
interface Operand {
  weight: Value;
  /** Whether the product's operand is the weight transposed. */
  flipped: boolean;
  /** The element type the operand is cast to. */
  type: DataType;
}

function plainOperand(node: Node): Operand | undefined {
  if (node.op !== 'MatMul' && node.op !== 'Gemm') return undefined;
  let value = node.need(1);
  let flipped = false;
  let type: DataType | undefined;
  while (value.producer) {
    const { producer } = value;
    if (producer.op === 'Transpose') flipped = !flipped;
    else if (producer.op === 'Cast') type ??= castType(producer);
    else if (producer.op !== 'Identity') return undefined;
    value = producer.need(0);
  }
  const { tensor } = value;
  if (tensor?.type !== 'float32' && tensor?.type !== 'float16') return undefined;
  return { weight: value, flipped, type: type ?? tensor.type };
}

function castType(node: Node): DataType | undefined {
  const entry = Object.entries(dataTypes).find(([, code]) => code === node.int('to'));
  return entry?.[0] as DataType | undefined;
}

/** (α/r)·B·A, float32 [out, in], the parts of a packed projection one below the other. */
function update(
  { inFeatures, outFeatures, parts }: Projection,
  layout: ReadonlyMap<string, ArenaSlice>,
  values: Float32Array,
  { rank, alpha }: AdapterShape,
): Float32Array {
  const result = new Float32Array(outFeatures * inFeatures);
  for (const { name, start, length, from: first } of parts) {
    const [down, up] = ['A', 'B'].map((half) => layout.get(`${name}.lora_${half}`)) as [
      ArenaSlice,
      ArenaSlice,
    ];
    for (let row = 0; row < length; row++)
      for (let k = 0; k < rank; k++) {
        const factor = (alpha / rank) * (values[up.offset + (first + row) * rank + k] ?? 0);
        const from = down.offset + k * inFeatures;
        const to = (start + row) * inFeatures;
        for (let column = 0; column < inFeatures; column++)
          result[to + column] = (result[to + column] ?? 0) + factor * (values[from + column] ?? 0);
      }
  }
  return result;
}

/** Gives the product an operand of its own (an embedding may share the stored one) with `change` [out, in] added. */
function mergeInto(graph: Graph, node: Node, operand: Operand, change: Float32Array): void {
  const stored = operand.weight.tensor;
  if (!stored) return;
  const [rows, columns] = stored.dims as [number, number];
  const isGemmTransposed = node.int('transB', 0) === 1;
  // The stored matrix is [out, in] where exactly one of the moves to the product's [in, out] is there.
  const outFirst = operand.flipped !== isGemmTransposed;
  const numbers = Float32Array.from(float32Numbers(stored));
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const at = i * columns + j;
      numbers[at] = (numbers[at] ?? 0) + (change[outFirst ? at : j * rows + i] ?? 0);
    }
  const b = new Builder(graph, 'merged');
  const tensor = realTensor(stored.type, numbers, stored.dims);
  let value = graph.addInitializer(`${operand.weight.name}.merged`, tensor);
  if (operand.flipped) value = b.transpose(value, [1, 0]);
  if (operand.type !== stored.type)
    value = b.op('Cast', [value], { to: int(dataTypes[operand.type]) });
  node.setInput(1, value);
}

/** The real type a quantised product computes in: that of its scales. */
function realType(node: Node): DataType {
  if (isQuantisedProduct(node)) return node.need(2).type ?? 'float32';
  let value: Value | null = node.need(1);
  while (value?.producer && value.producer.op !== 'DequantizeLinear')
    value = value.producer.input(0);
  return value?.producer?.need(1).type ?? 'float32';
}
