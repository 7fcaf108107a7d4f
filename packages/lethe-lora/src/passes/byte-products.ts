/**
 * @file Products with 4-bit weights, for ONNX Runtime's WebAssembly: its fused product turns all of a weight into real numbers at every run,
 * one nibble after the other. The same numbers kept as bytes are turned three times as fast.
 */
import {
  Builder,
  float32Numbers,
  int,
  tensorOver,
  type Graph,
  type Node,
  type Tensor,
  type Value,
} from '../onnx/index.ts';

/** Smaller weights are not worth it. */
const smallest = 2 ** 16;

/** More bytes than this would not leave enough of WebAssembly's 4 GB. */
const largest = 1.2e9;

/** Bytes that `spreadNibbles` would keep the weights of a graph's 4-bit products in. */
export function spreadBytes(graph: Graph): number {
  return distinct(graph).reduce((sum, node) => sum + countOf(node), 0);
}

/** Whether a graph has large products with weights in 4 bits, and not too many. */
export function hasSpreadableProducts(graph: Graph): boolean {
  const bytes = spreadBytes(graph);
  return bytes > 0 && bytes <= largest;
}

/**
 * Changes a graph: x·Wᵀ with W [N, K] in 4 bits (MatMulNBits) becomes x·(q − z)·s with q − z in int8 and s by block: the same numbers. The
 * weight is [1, K, N]: of two dimensions the runtime would fuse it again. Returns the weights that were made.
 */
export function spreadNibbles(graph: Graph): Value[] {
  const b = new Builder(graph, 'bytes');
  const weights = new Map<string, Value>();
  const made: Value[] = [];
  for (const node of graph.nodes.filter(isSpreadable)) {
    const [x, bias] = [node.need(0), node.input(5)];
    const [K, N, block] = [node.int('K', 0), node.int('N', 0), node.int('block_size', 32)];
    const key = [1, 2, 3].map((index) => node.input(index)?.name ?? '').join(' ');
    let weight = weights.get(key);
    if (!weight) {
      const name = node.need(1).name;
      const bytes = spread(node, K, N, block);
      const scales = turned(tensorOf(node, 2), N, K / block);
      const stored = graph.addInitializer(`${name}.bytes`, tensorOver('int8', [1, K, N], bytes));
      const steps = graph.addInitializer(
        `${name}.steps`,
        tensorOver('float32', [1, K / block, N], scales),
      );
      made.push(stored, steps);
      weight = b.op('DequantizeLinear', [stored, steps], {
        axis: int(1),
        block_size: int(block),
      });
      weights.set(key, weight);
    }
    // All tokens in one product: with a batch of its own each row would be multiplied by itself.
    const rows = b.op('MatMul', [b.reshape(x, [1, -1, K]), weight]);
    rows.type = 'float32';
    const sizes = b.op('Slice', [b.op('Shape', [x]), b.integers([0]), b.integers([-1])]);
    let product = b.reshapeTo(rows, b.concat([sizes, b.integers([N])], 0));
    if (bias) product = b.add(product, bias);
    product.type = 'float32';
    product.shape = node.out().shape;
    graph.replaceUses(node.out(), product);
  }
  graph.prune();
  return made;
}

/** The products, one for each weight. */
function distinct({ nodes }: Graph): Node[] {
  return [...new Map(nodes.filter(isSpreadable).map((node) => [node.input(1), node])).values()];
}

function countOf(node: Node): number {
  return node.int('K', 0) * node.int('N', 0);
}

/** In float32, in whole blocks of 4 bits, in the order of its columns, with zero points of 4 bits or none. */
function isSpreadable(node: Node): boolean {
  if (node.op !== 'com.microsoft::MatMulNBits' || node.int('bits', 4) !== 4) return false;
  const [bits, scales, zeros] = [1, 2, 3].map((index) => node.input(index));
  return (
    countOf(node) >= smallest &&
    node.int('K', 0) % node.int('block_size', 32) === 0 &&
    node.input(4) === null &&
    bits?.tensor?.type === 'uint8' &&
    scales?.type === 'float32' &&
    constantOf(scales) !== undefined &&
    (!zeros || zeros.tensor?.type === 'uint8')
  );
}

/** A constant, or one that is cast to float32. */
function constantOf(value: Value | null): Tensor | undefined {
  const { producer, tensor } = value ?? {};
  const cast = producer?.op === 'Cast' && value?.type === 'float32' ? producer.need(0) : null;
  return tensor ?? cast?.tensor ?? undefined;
}

function tensorOf(node: Node, index: number): Tensor {
  const tensor = constantOf(node.need(index));
  if (!tensor) throw new Error(`${node.label} has no constant at its input ${index}.`);
  return tensor;
}

/** Rows and columns that are turned at a time, so that both sides stay in the processor's cache. */
const tile = 64;

/** q − z of a weight [N, K] as [K, N]. */
function spread(node: Node, K: number, N: number, block: number): Int8Array<ArrayBuffer> {
  const { bytes } = tensorOf(node, 1);
  const zeros = node.input(3)?.tensor?.bytes;
  const blocks = K / block;
  const zeroBytes = Math.ceil(blocks / 2);
  const zeroAt = (row: number, at: number): number =>
    zeros ? ((zeros[row * zeroBytes + (at >> 1)] ?? 0) >> (4 * (at & 1))) & 15 : 8;
  const result = new Int8Array(K * N);
  for (let firstRow = 0; firstRow < N; firstRow += tile)
    for (let first = 0; first < K; first += tile) {
      const [lastRow, last] = [Math.min(N, firstRow + tile), Math.min(K, first + tile)];
      for (let row = firstRow; row < lastRow; row++)
        for (let column = first; column < last; column += 2) {
          const byte = bytes[(row * K + column) >> 1] ?? 0;
          const zero = zeros ? zeroAt(row, Math.floor(column / block)) : 8;
          result[column * N + row] = (byte & 15) - zero;
          result[(column + 1) * N + row] = (byte >> 4) - zero;
        }
    }
  return result;
}

/** Scales [N, B], however their dimensions are written, as [B, N]. */
function turned(scales: Tensor, N: number, blocks: number): Float32Array<ArrayBuffer> {
  const given = float32Numbers(scales);
  const result = new Float32Array(given.length);
  for (let row = 0; row < N; row++)
    for (let at = 0; at < blocks; at++) result[at * N + row] = given[row * blocks + at] ?? 0;
  return result;
}
