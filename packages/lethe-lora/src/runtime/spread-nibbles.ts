/**
 * @file Weights in 4 bits that are fed to WebAssembly's runtime as bytes: it makes numbers of bytes many times faster than of nibbles, one
 * after the other (10 against 90 ms for the 16 M weights of a layer). The bytes are made when a run asks for them; those of the last layer
 * are kept, for its forward and its backward pass follow one another.
 */
import {
  Builder,
  int,
  type Graph,
  type Node,
  type Tensor as Constant,
  type Value,
} from '../onnx/index.ts';

/** A weight q − z, int8 [N, K], with q and z in 4 bits. */
export interface Nibbles {
  /** Two elements a byte, the first in the lower half. */
  packed: Constant;
  /** Of blocks of so many elements along K, z of each, packed like `packed`, each row in whole bytes; null: 8. */
  zeros: Constant | null;
  rows: number;
  columns: number;
  block: number;
}

/** Smaller weights are not worth it. */
const smallest = 2 ** 16;

/** Bytes that are kept: those of a layer. */
const mostKept = 64e6;

type Runs = readonly ReadonlyMap<string, Constant>[];

/**
 * Changes a graph whose constants are fed: each product with a weight in 4 bits, and each weight that is dequantised from 4 bits, takes
 * int8 [N·K / block, block] from a new input instead. Returns what each run is to feed there. The numbers are the same.
 */
export function spreadFeeds(graph: Graph, runs: Runs): Map<string, Nibbles[]> {
  const b = new Builder(graph, 'spread');
  const fed = new Map<string, Nibbles[]>();
  const inputs = new Map<string, Value>();
  const inputOf = (node: Node, isProduct: boolean): Value | null => {
    const sizes = isProduct ? sizesOfProduct(node) : sizesOfWeight(node);
    if (!sizes) return null;
    const [weight, zeros] = [node.need(isProduct ? 1 : 0), node.input(isProduct ? 3 : 2)];
    const each = runs.map((constants): Nibbles | null => {
      const packed = constants.get(weight.name) ?? weight.tensor;
      const points = zeros && (constants.get(zeros.name) ?? zeros.tensor);
      if (!packed || (zeros && !points)) return null;
      return { packed, zeros: points && !isMiddle(points) ? points : null, ...sizes };
    });
    if (each.some((nibbles) => nibbles === null)) return null;
    const key = `${weight.name} ${zeros?.name ?? ''}`;
    let input = inputs.get(key);
    if (!input) {
      const { rows, columns, block } = sizes;
      input = graph.addInput(`${weight.name}.bytes`, 'int8', [(rows * columns) / block, block]);
      inputs.set(key, input);
      fed.set(input.name, each as Nibbles[]);
    }
    return input;
  };
  for (const node of [...graph.nodes]) {
    const isProduct = node.op === 'com.microsoft::MatMulNBits';
    if (!isProduct && node.op !== 'DequantizeLinear') continue;
    const input = inputOf(node, isProduct);
    if (!input) continue;
    const { rows, columns, block } = (fed.get(input.name) as [Nibbles])[0];
    // A scale for each row of a block: with blocks along the last axis the runtime looks for the scale of every element, ten times as slow.
    const scales = b.reshape(node.need(isProduct ? 2 : 1), [(rows * columns) / block]);
    const blocks = b.op('DequantizeLinear', [input, scales], { axis: int(0) });
    const weight = b.reshape(blocks, [rows, columns]);
    if (!isProduct) {
      replace(graph, node, weight);
      continue;
    }
    let product = b.op('com.microsoft::FusedMatMul', [node.need(0), weight], { transB: int(1) });
    product.type = 'float32';
    product.shape = node.out().shape;
    const bias = node.input(5);
    if (bias) product = b.add(product, bias);
    replace(graph, node, product);
  }
  graph.prune();
  return fed;
}

/** Zero points that are all 8, as they are where none are given. */
function isMiddle({ bytes }: Constant): boolean {
  return bytes.every((byte) => byte === 0x88);
}

function replace(graph: Graph, node: Node, by: Value): void {
  by.type = node.out().type;
  by.shape = node.out().shape;
  graph.replaceUses(node.out(), by);
}

type Sizes = Pick<Nibbles, 'rows' | 'columns' | 'block'>;

/** Null where the product is of another kind, or its rows end within a block. */
function sizesOfProduct(node: Node): Sizes | null {
  const [columns, rows, block] = [node.int('K', 0), node.int('N', 0), node.int('block_size', 32)];
  const isPlain =
    node.int('bits', 4) === 4 &&
    columns % block === 0 &&
    node.input(4) === null &&
    node.need(2).type === 'float32' &&
    node.need(1).type === 'uint8' &&
    (node.input(3)?.type ?? 'uint8') === 'uint8';
  return isPlain && rows * columns >= smallest ? { rows, columns, block } : null;
}

function sizesOfWeight(node: Node): Sizes | null {
  const { type, shape } = node.need(0);
  const [rows, columns] = shape ?? [];
  const block = node.int('block_size', 0);
  const isPlain =
    type === 'uint4' &&
    shape?.length === 2 &&
    block > 0 &&
    node.int('axis', 1) === 1 &&
    node.need(1).type === 'float32' &&
    node.input(2)?.type === 'uint4';
  if (!isPlain || typeof rows !== 'number' || typeof columns !== 'number') return null;
  // Rows of zero points in odd number would lie otherwise.
  const isWhole = columns % (2 * block) === 0;
  return isWhole && rows * columns >= smallest ? { rows, columns, block } : null;
}

/** Makes bytes of nibbles, and keeps the last ones. */
export class Spreader {
  private readonly kept = new Map<string, Int8Array<ArrayBuffer>>();
  private readonly spare = new Map<number, Int8Array<ArrayBuffer>[]>();
  private bytes = 0;

  /** `key` names the weight. The array is valid until as many others were asked for as are kept. */
  of(key: string, nibbles: Nibbles): Int8Array<ArrayBuffer> {
    const found = this.kept.get(key);
    if (found) {
      this.kept.delete(key);
      this.kept.set(key, found);
      return found;
    }
    const length = nibbles.rows * nibbles.columns;
    for (const [old, array] of this.kept) {
      if (this.bytes + length <= mostKept) break;
      this.kept.delete(old);
      this.bytes -= array.length;
      this.spare.set(array.length, [...(this.spare.get(array.length) ?? []), array]);
    }
    const array = this.spare.get(length)?.pop() ?? new Int8Array(length);
    spread(nibbles, array);
    this.kept.set(key, array);
    this.bytes += length;
    return array;
  }

  clear(): void {
    this.kept.clear();
    this.spare.clear();
    this.bytes = 0;
  }
}

/** Writes q − z of a weight [N, K]. */
export function spread(
  { packed: { bytes }, zeros, rows, columns, block }: Nibbles,
  into: Int8Array,
): void {
  if (!zeros) {
    for (let at = 0, to = 0; at < bytes.length; at++, to += 2) {
      const byte = bytes[at] as number;
      into[to] = (byte & 15) - 8;
      into[to + 1] = (byte >> 4) - 8;
    }
    return;
  }
  const blocks = columns / block;
  const stride = Math.ceil(blocks / 2);
  for (let row = 0, to = 0; row < rows; row++)
    for (let each = 0; each < blocks; each++) {
      const zero = ((zeros.bytes[row * stride + (each >> 1)] ?? 0) >> (4 * (each & 1))) & 15;
      for (const end = to + block; to < end; to += 2) {
        const byte = bytes[to >> 1] as number;
        into[to] = (byte & 15) - zero;
        into[to + 1] = (byte >> 4) - zero;
      }
    }
}
