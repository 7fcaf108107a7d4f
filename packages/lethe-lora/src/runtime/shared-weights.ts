/**
 * @file Frozen weights that all sessions of a model share. ONNX Runtime keeps an initializer once a session; a graph input may be bound to
 * any buffer. So large weights become inputs and are fed to every run: from one GPU buffer, or on WebAssembly from one array of
 * JavaScript's, which is copied into the heap for the run and given back after it.
 */
import {
  dataTypes,
  float32Numbers,
  type Graph,
  type Tensor as Constant,
  type Use,
  type Value,
} from '../onnx/index.ts';
import type { Backend, Tensor } from './backend.ts';
import { isNode } from './device.ts';
import { Spreader, type Nibbles } from './spread-nibbles.ts';
import { deviceBuffer, openDevice, overBuffer } from './tensors.ts';

const fusedProducts = new Set(['MatMulNBits', 'MatMulBnb4']);

interface Binding {
  name: string;
  constant: Constant;
  /** Half precision that is uploaded in single; else the bytes as they are stored. */
  isWidened: boolean;
}

export class SharedWeights {
  /** By the bytes that a weight is stored in. */
  private readonly uploaded = new Map<string, Promise<GPUBuffer>>();
  /** The same in JavaScript's memory, where there is no GPU. */
  private readonly kept = new Map<string, Float32Array<ArrayBuffer>>();
  /** Numbers of the arrays that weights lie in; weak, as an array that was made for one session is given up with it. */
  private readonly files = new WeakMap<ArrayBuffer, number>();
  private known = 0;
  private readonly spreader = new Spreader();

  /** Weights of fewer bytes than `smallest` stay inside each session, where the runtime folds them. */
  constructor(
    private readonly backend: Backend,
    private readonly smallest = 4096,
  ) {}

  /**
   * Makes inputs of a graph's large weights; the graph is changed. Returns their feeds, to be asked for once a session has opened the
   * device. A half-precision weight that the graph casts is uploaded in float32: such a device may lack `shader-f16`. The bytes of a
   * weight in few bits are read by the fused product as uint8 and by `DequantizeLinear` as uint4, from one buffer. Those that are named
   * in `own` stay: no other session has them.
   */
  take(graph: Graph, own: ReadonlySet<string> = new Set()): () => Promise<Record<string, Tensor>> {
    const taken: Binding[] = [];
    const bind = (value: Value, constant: Constant, isWidened = false): void => {
      graph.inputs.push(value);
      taken.push({ name: value.name, constant, isWidened });
    };
    const packed = this.packedBytes(graph);
    for (const value of graph.initializers) {
      const { tensor } = value;
      if (!tensor || tensor.bytes.length < this.smallest || graph.outputs.includes(value)) continue;
      if (own.has(value.name)) continue;
      if (packed.has(this.keyOf(tensor))) {
        const uses = value.uses.filter(isProduct);
        if (uses.length > 0) bind(inputFor(graph, value, uses), tensor);
      } else if (tensor.type === 'float32' && areRead(value)) {
        value.tensor = null;
        bind(value, tensor);
      } else if (tensor.type === 'float16') {
        for (const { node } of [...value.uses]) {
          const isWidened = node.op === 'Cast' && node.int('to') === dataTypes.float32;
          if (!isWidened || !areRead(node.out())) continue;
          node.setInput(0, null);
          graph.nodes = graph.nodes.filter((each) => each !== node);
          node.out().producer = null;
          bind(node.out(), tensor, true);
        }
      }
    }
    graph.prune();
    return async () =>
      Object.fromEntries(
        await Promise.all(taken.map(async (each) => [each.name, await this.upload(each)] as const)),
      );
  }

  /** Bytes of a graph's weights that `take` leaves in it: each session holds these by itself. The graph is not changed. */
  leave(graph: Graph): number {
    const own = graph.clone();
    this.take(own);
    return weightBytes(own);
  }

  /** The bytes of the weights, scales and zero points of fused products; on the processor these stay, as it packs them for itself. */
  private packedBytes({ nodes }: Graph): Set<string> {
    if (!this.isOnGpu) return new Set();
    const tensors = nodes
      .filter(({ opType }) => fusedProducts.has(opType))
      .flatMap((node) => [1, 2, 3].map((index) => node.input(index)?.tensor));
    return new Set(tensors.flatMap((tensor) => (tensor ? [this.keyOf(tensor)] : [])));
  }

  private keyOf({ bytes: { buffer, byteOffset, length } }: Constant): string {
    const file = this.files.get(buffer) ?? this.known++;
    this.files.set(buffer, file);
    return `${file} ${byteOffset} ${length}`;
  }

  private upload({ constant, isWidened }: Binding): Promise<Tensor> {
    return this.tensorOf(constant, isWidened);
  }

  /** A weight as a tensor to feed: on a GPU over its one buffer, elsewhere over its one array. `isWidened`: half precision made single. */
  async tensorOf(constant: Constant, isWidened: boolean): Promise<Tensor> {
    if (!this.isOnGpu || isNode) return this.inMemory(constant, isWidened);
    const key = this.keyOf(constant) + (isWidened ? ' widened' : '');
    let buffer = this.uploaded.get(key);
    if (!buffer) {
      buffer = this.bufferOf(isWidened ? float32Numbers(constant) : constant.bytes);
      this.uploaded.set(key, buffer);
    }
    const type = isWidened ? 'float32' : constant.type;
    return overBuffer(this.backend, await buffer, type, constant.dims);
  }

  /** The weight's numbers in JavaScript's memory. */
  private inMemory(constant: Constant, isWidened: boolean): Tensor {
    const isReal = isWidened || constant.type === 'float32' || constant.type === 'float16';
    const key = this.keyOf(constant);
    const numbers = this.kept.get(key) ?? numbersOf(constant, isReal);
    if (isReal) this.kept.set(key, numbers as Float32Array<ArrayBuffer>);
    const type = isReal ? 'float32' : constant.type;
    return new this.backend.ort.Tensor(type as 'float32', numbers as Float32Array, constant.dims);
  }

  /** A weight in 4 bits as bytes. To be used at once: its array is written anew later. */
  bytesOf(nibbles: Nibbles): Tensor {
    const { packed, zeros, rows, columns, block } = nibbles;
    const key = [packed, ...(zeros ? [zeros] : [])].map((each) => this.keyOf(each)).join();
    const { ort } = this.backend;
    const dims = [(rows * columns) / block, block];
    return new ort.Tensor('int8', this.spreader.of(key, nibbles), dims);
  }

  private get isOnGpu(): boolean {
    return this.backend.choice.device === 'webgpu';
  }

  private async bufferOf(data: ArrayBufferView<ArrayBuffer>): Promise<GPUBuffer> {
    const device = await openDevice(this.backend);
    if (!device) throw new Error('The GPU was lost: load the model again.');
    return deviceBuffer(device, data);
  }

  async dispose(): Promise<void> {
    const buffers = [...this.uploaded.values()];
    this.uploaded.clear();
    this.kept.clear();
    this.spreader.clear();
    for (const buffer of buffers) (await buffer).destroy();
  }
}

/** Bytes of all constants of a graph. */
export function weightBytes({ initializers }: Graph): number {
  return initializers.reduce((sum, { tensor }) => sum + (tensor?.bytes.length ?? 0), 0);
}

/** The constant itself without its bytes, or where something else needs it as a constant a value beside it for these uses. */
function inputFor(graph: Graph, constant: Value, uses: readonly Use[]): Value {
  if (uses.length === constant.uses.length) {
    constant.tensor = null;
    return constant;
  }
  const input = graph.addValue(constant.name);
  input.type = constant.type;
  input.shape = constant.shape;
  for (const { node, index } of uses) node.setInput(index, input);
  return input;
}

/** Whether everything that uses a weight reads it where it lies; other operators (of shapes, say) want constants. */
function areRead({ uses }: Value): boolean {
  return uses.every(
    (use) => isProduct(use) || ['MatMul', 'Gemm', 'Gather', 'Add', 'Mul'].includes(use.node.op),
  );
}

/** Whether a use is by the fused product of a weight in few bits, or by its gradient. */
function isProduct({ node }: Use): boolean {
  return fusedProducts.has(node.opType) || node.op === 'DequantizeLinear';
}

/** A constant's numbers as the runtime takes them in JavaScript's memory: the file's own bytes where they lie well for that. */
function numbersOf(constant: Constant, isWidened: boolean) {
  const { bytes, type } = constant;
  if (isWidened || type === 'float32') return float32Numbers(constant);
  return type === 'int8' || type === 'int4'
    ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    : bytes;
}
