/** @file A graph made runnable: one session, built once, whose chosen outputs stay on the device. */
import { ownEntry } from '../own-entry.ts';
import { writeExternalModel, writeModel, type Graph } from '../onnx/index.ts';
import type { Backend, Ort, Tensor } from './backend.ts';
import { isNode } from './device.ts';
import { building, givenUp } from './gpu-watch.ts';
import { weightBytes, type SharedWeights } from './shared-weights.ts';

export type Feeds = Readonly<Record<string, Tensor>>;
export type Outputs = Record<string, Tensor>;

export interface SessionOptions {
  /** Outputs that stay in GPU buffers (where the device has any); the others are read back. */
  onDevice?: readonly string[];
  /** Where the model's sessions share weights; used in a browser. */
  shared?: SharedWeights;
  /** Names of weights that no other session has: they are not shared. */
  own?: ReadonlySet<string>;
  /** Whether what depends on constants alone is computed as the session is built (the default). */
  isFolded?: boolean;
}

/** Bytes that runs have read back from the GPU, for the promise that a step reads only a few numbers. */
export interface Traffic {
  readBack: number;
}

/**
 * Products with weights in 4 or 8 bits are computed in float32. By default the runtime fuses `DequantizeLinear` and `MatMul` into a
 * product that rounds its activations to 8 bits too (off by 0.2 % in `static-products.test.ts`).
 */
const exactProducts = { session: { qdq_matmulnbits_accuracy_level: '1' } };

export class Session {
  private constructor(
    private readonly session: Ort.InferenceSession,
    private readonly backend: Backend,
    readonly traffic: Traffic,
    private readonly weights: Feeds = {},
  ) {}

  /** Builds the session; the weights' bytes are handed over where they lie, not copied into the model (in a browser). */
  static create(...session: Parameters<typeof Session.build>): Promise<Session> {
    return building(() => Session.build(...session));
  }

  private static async build(
    graph: Graph,
    backend: Backend,
    traffic: Traffic,
    { onDevice = [], shared, own, isFolded = true }: SessionOptions = {},
  ): Promise<Session> {
    const { device, threads } = backend.choice;
    const keep = device === 'webgpu' && !isNode && onDevice.length > 0;
    const options: Ort.InferenceSession.SessionOptions = {
      executionProviders: [device],
      graphOptimizationLevel: isFolded ? 'all' : 'disabled',
      logSeverityLevel: 3,
      ...(device === 'cpu' && threads > 0 && { intraOpNumThreads: threads }),
      extra: exactProducts,
      ...(keep && {
        preferredOutputLocation: Object.fromEntries(
          onDevice.map((name) => [name, 'gpu-buffer' as const]),
        ),
      }),
    };
    const { InferenceSession } = backend.ort;
    if (isNode)
      return new Session(
        await InferenceSession.create(writeModel(graph), options),
        backend,
        traffic,
      );
    const written = shared ? graph.clone() : graph;
    const feeds = written === graph ? undefined : shared?.take(written, own);
    const { model, externalData } = writeExternalModel(written);
    const session = await InferenceSession.create(model, { ...options, externalData });
    return new Session(session, backend, traffic, await feeds?.());
  }

  /** Bytes of a graph's weights that a session holds by itself, beside those that the model's sessions share. */
  static held(graph: Graph, shared: SharedWeights): number {
    return isNode ? weightBytes(graph) : shared.leave(graph);
  }

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  /**
   * Runs the graph, for all outputs or for those that are named. Feeds it has no input for are left out, so that callers need not know
   * what a graph kept.
   */
  async run(feeds: Feeds, wanted?: readonly string[]): Promise<Outputs> {
    const used = Object.fromEntries(
      this.session.inputNames.map((name) => {
        const value = ownEntry(feeds, name) ?? ownEntry(this.weights, name);
        if (!value) throw new Error(`The graph needs the input "${name}".`);
        return [name, value];
      }),
    );
    const outputs = (await (wanted
      ? this.session.run(used, wanted)
      : this.session.run(used))) as Outputs;
    if (this.backend.choice.device === 'webgpu')
      for (const tensor of Object.values(outputs))
        if (tensor.location === 'cpu') this.traffic.readBack += byteLength(tensor);
    return outputs;
  }

  async dispose(): Promise<void> {
    givenUp();
    await this.session.release();
  }
}

function byteLength(tensor: Tensor): number {
  return (tensor.data as ArrayBufferView).byteLength;
}
