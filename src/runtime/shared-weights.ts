/**
 * @file Frozen weights that all sessions of a model share. ONNX Runtime keeps an initializer once a session; a graph input may be bound to
 * any buffer. So large float32 weights become inputs and are fed to every run: from one GPU buffer, or on WebAssembly from one array of
 * JavaScript's, which is copied into the heap for the run and given back after it.
 */
import {
  dataTypes,
  float32Numbers,
  type Graph,
  type Tensor as Constant,
  type Value,
} from '../onnx/index.ts';
import type { Backend, Tensor } from './backend.ts';
import { float32, onDevice } from './tensors.ts';

/** Weights of fewer bytes stay inside each session, where the runtime folds them. */
const smallest = 4096;

export class SharedWeights {
  /** By the bytes that a weight is stored in. */
  private readonly uploaded = new Map<string, Promise<Tensor>>();
  private readonly buffers = new Map<ArrayBuffer, number>();

  constructor(private readonly backend: Backend) {}

  /**
   * Makes inputs of a graph's large real weights; the graph is changed. Returns their feeds, to be asked for once a session has opened
   * the device. A half-precision weight that the graph casts is uploaded in float32: such a device may lack `shader-f16`.
   */
  take(graph: Graph): () => Promise<Record<string, Tensor>> {
    const taken: [string, Constant][] = [];
    const bind = (value: Value, constant: Constant): void => {
      graph.inputs.push(value);
      taken.push([value.name, constant]);
    };
    for (const value of graph.initializers) {
      const { tensor } = value;
      if (!tensor || tensor.bytes.length < smallest || graph.outputs.includes(value)) continue;
      if (tensor.type === 'float32' && areRead(value)) {
        value.tensor = null;
        bind(value, tensor);
      } else if (tensor.type === 'float16') {
        for (const { node } of [...value.uses]) {
          const isWidened = node.op === 'Cast' && node.int('to') === dataTypes.float32;
          if (!isWidened || !areRead(node.out())) continue;
          node.setInput(0, null);
          graph.nodes = graph.nodes.filter((each) => each !== node);
          node.out().producer = null;
          bind(node.out(), tensor);
        }
      }
    }
    graph.prune();
    return async () =>
      Object.fromEntries(
        await Promise.all(
          taken.map(async ([name, tensor]) => [name, await this.upload(tensor)] as const),
        ),
      );
  }

  private upload(constant: Constant): Promise<Tensor> {
    const { buffer, byteOffset, length } = constant.bytes;
    const number = this.buffers.get(buffer) ?? this.buffers.size;
    this.buffers.set(buffer, number);
    const key = `${number} ${byteOffset} ${length} ${constant.dims.join()}`;
    let tensor = this.uploaded.get(key);
    if (!tensor) {
      const values = float32Numbers(constant);
      tensor = onDevice(this.backend, float32(this.backend, values, constant.dims));
      this.uploaded.set(key, tensor);
    }
    return tensor;
  }

  async dispose(): Promise<void> {
    const entries = [...this.uploaded.values()];
    this.uploaded.clear();
    for (const tensor of entries) (await tensor).dispose();
  }
}

/** Whether everything that uses a weight reads it where it lies; other operators (of shapes, of quantised weights) want constants. */
function areRead({ uses }: Value): boolean {
  return uses.every(({ node }) => ['MatMul', 'Gemm', 'Gather', 'Add', 'Mul'].includes(node.op));
}
