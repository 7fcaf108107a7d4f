/** @file The graphs of one model and adapter, and their sessions: each is built when it is first needed. */
import type { Graph, Value } from '../onnx/index.ts';
import {
  adapterLayout,
  arenaLength,
  buildDecodeGraph,
  buildLayeredStep,
  buildLensGraph,
  buildPartGraph,
  buildPatchGraph,
  buildScoreGraph,
  buildTrainGraph,
  buildUpdateGraph,
  halveProducts,
  hasCache,
  hasHalfProducts,
  hasIntegerProducts,
  hasSpreadableProducts,
  multiplyIntegers,
  pickLogits,
  spreadNibbles,
  type LayeredStep,
  type ObjectiveName,
  type OptimiserSettings,
  type StepBranch,
} from '../passes/index.ts';
import { isNode, Session, SharedWeights, type Backend, type Traffic } from '../runtime/index.ts';
import type { Adaptation } from './adaptation.ts';
import { LayeredSessions } from './layered-sessions.ts';
import type { PlanSource } from './plan.ts';

/**
 * `decode` generates (and `step` goes on from its cache, where a file has a branch for that), `whole` does so without a cache, and `file`
 * without adapters; `score` scores, `lens` looks into the layers, `patch` puts other states in; an objective's own name is one whole step. Where a batch is too large for
 * the device's buffers, `part` of an objective adds up its gradient and `update` ends the step.
 */
export type SessionKind =
  | 'decode'
  | 'step'
  | 'whole'
  | 'file'
  | 'score'
  | 'lens'
  | 'patch'
  | 'update'
  | ObjectiveName
  | `part ${ObjectiveName}`;

export const stateNames = ['adapter', 'moment1', 'moment2'] as const;
const nextState = stateNames.map((name) => `${name}_out`);

/** Layer by layer, and under WebAssembly, the vocabulary is computed in pieces of at most this many bytes: a dequantised head of 150,000 words takes 600 MB. */
const vocabularyPiece = 64e6;

export class Sessions {
  readonly traffic: Traffic = { readBack: 0 };
  /** Those of steps that are computed layer by layer. */
  readonly layers: LayeredSessions;
  private readonly shared: SharedWeights;
  private readonly layered = new Map<ObjectiveName, LayeredStep | Error>();
  private readonly graphs = new Map<SessionKind, Graph>();
  private readonly sessions = new Map<SessionKind, Promise<Session>>();
  /** 4-bit weights that were made bytes, and how many bytes of them a session alone holds by now. */
  private readonly spread = new Map<SessionKind, Value[]>();
  private readonly dropped = new Map<SessionKind, number>();
  private stepping: StepBranch | null | undefined;

  constructor(
    /** As it was read. */
    private readonly file: Graph,
    /** Null where adapters go nowhere: then only the file itself can be run. */
    private readonly adaptation: Adaptation | null,
    private readonly optimiser: OptimiserSettings,
    private readonly backend: Backend,
    /** How steps are to be computed, where it is not left to the plan. */
    private readonly form?: 'whole' | 'layers',
  ) {
    this.shared = new SharedWeights(backend);
    this.layers = new LayeredSessions(backend, this.traffic, this.shared, optimiser);
  }

  /** What a step is planned from. */
  planning(): Omit<PlanSource, 'available'> {
    const { device } = this.backend.choice;
    return {
      source: this.adapted.source,
      whole: (objective) => this.graph(objective),
      layered: (objective) => this.layeredStep(objective),
      // On a GPU in Node every run would upload the weights that it is fed.
      form: this.form ?? (device === 'webgpu' && isNode ? 'whole' : undefined),
      onGpu: device === 'webgpu',
      isFed: device === 'wasm',
      bufferLimit: this.bufferLimit,
    };
  }

  /** In Node no input has 4-bit numbers, and memory is plenty. */
  private get isWidened(): boolean {
    return isNode;
  }

  /** The graphs of a step that is computed layer by layer. Throws where they cannot be built. */
  layeredStep(objective: ObjectiveName): LayeredStep {
    let layered = this.layered.get(objective);
    if (!layered) {
      const { source, trainable } = this.adapted;
      const bufferLimit = Math.min(this.bufferLimit, vocabularyPiece);
      try {
        const options = { bufferLimit, widen: this.isWidened, einsum: this.onGpu };
        layered = buildLayeredStep(source, trainable, objective, options);
      } catch (error) {
        layered = error as Error;
      }
      this.layered.set(objective, layered);
    }
    if (layered instanceof Error) throw layered;
    return layered;
  }

  private get adapted(): Adaptation {
    if (!this.adaptation) throw new Error('This model takes no adapter.');
    return this.adaptation;
  }

  /** The branch that goes on from a cache; null where `decode` does that itself, or there is none that can be run. */
  get step(): StepBranch | null {
    if (this.stepping === undefined) {
      const step = this.adaptation?.step ?? null;
      this.stepping = step && this.graphOfStep(step) ? step : null;
    }
    return this.stepping;
  }

  /** Whether the graph could be built: without it every token is computed from the first one on. */
  private graphOfStep({ graph, projections }: StepBranch): boolean {
    const { trainable } = this.adapted;
    const own = projections(trainable.projections);
    if (!own) return false;
    try {
      const built = buildDecodeGraph(graph, { ...trainable, projections: own }, this.bufferLimit);
      if (this.inHalf) halveProducts(built);
      if (this.inIntegers) multiplyIntegers(built);
      this.graphs.set('step', built);
      return true;
    } catch {
      return false;
    }
  }

  /** Bytes of weights that the sessions of these kinds hold each by itself, beside what is shared; a graph that cannot be built holds none. */
  held(kinds: readonly SessionKind[]): number {
    return kinds.reduce((sum, kind) => {
      try {
        return sum + Session.held(this.graph(kind), this.shared) + (this.dropped.get(kind) ?? 0);
      } catch {
        return sum;
      }
    }, 0);
  }

  /** Whether products with quantised weights are computed in half precision. */
  get inHalf(): boolean {
    return this.backend.choice.halfPrecision === true && hasHalfProducts(this.adapted.source);
  }

  private get onGpu(): boolean {
    return this.backend.choice.device === 'webgpu';
  }

  /** A GPU has no product of integers. */
  private get inIntegers(): boolean {
    return this.backend.choice.device !== 'webgpu' && hasIntegerProducts(this.file);
  }

  /** Node's own runtime and a GPU have kernels for products with weights in 4 bits. */
  private get inBytes(): boolean {
    return this.backend.choice.device === 'wasm';
  }

  /** Whether what answers has its 4-bit weights as bytes: what scores by a graph of its own would be slower, and hold them once more. */
  get answersInBytes(): boolean {
    return this.spread.size > 0;
  }

  /** Bytes that one buffer may have. */
  get bufferLimit(): number {
    return this.backend.choice.bufferLimit ?? Infinity;
  }

  /** The graph of a kind. Throws where it cannot be built. */
  graph(kind: SessionKind): Graph {
    let graph = this.graphs.get(kind);
    if (!graph) {
      graph = this.build(kind);
      this.graphs.set(kind, graph);
    }
    return graph;
  }

  /**
   * What is asked may be computed in half precision, what is taught not: small gradients would vanish. What answers may be computed in
   * integers, which are many times faster; probabilities are those of the weights themselves.
   */
  private build(kind: SessionKind): Graph {
    if (kind === 'file') return pickLogits(this.file);
    const graph = this.buildAdapted(kind);
    const isAsked = kind === 'decode' || kind === 'whole' || kind === 'score';
    if (isAsked && this.inHalf) halveProducts(graph);
    if (isAsked && kind !== 'score' && this.inIntegers) multiplyIntegers(graph);
    if (isAsked && kind !== 'score' && this.inBytes && hasSpreadableProducts(graph)) {
      this.spread.set(kind, spreadNibbles(graph));
    }
    return graph;
  }

  private buildAdapted(kind: Exclude<SessionKind, 'file'>): Graph {
    const { bufferLimit, optimiser } = this;
    const { source, trainable } = this.adapted;
    // What is dequantised at each run grows WebAssembly's heap for good.
    const piece = this.inBytes ? vocabularyPiece : Infinity;
    if (kind === 'step') throw new Error('This model has no branch that goes on from a cache.');
    if (kind === 'decode')
      return buildDecodeGraph(
        source,
        trainable,
        bufferLimit,
        hasCache(source) || !!this.step,
        piece,
      );
    if (kind === 'whole') return buildDecodeGraph(source, trainable, bufferLimit, false, piece);
    if (kind === 'score') return buildScoreGraph(source, trainable, bufferLimit);
    if (kind === 'lens') return buildLensGraph(source, trainable, 2, bufferLimit);
    if (kind === 'patch') return buildPatchGraph(source, trainable, bufferLimit);
    if (kind === 'update') {
      const size = arenaLength(adapterLayout(trainable.projections, trainable.rank));
      return buildUpdateGraph(size, optimiser);
    }
    if (isPart(kind))
      return buildPartGraph(source, trainable, objectiveOf(kind), {
        bufferLimit,
        einsum: this.onGpu,
      }).graph;
    const options = { optimiser, bufferLimit, einsum: this.onGpu };
    return buildTrainGraph(source, trainable, kind, options).graph;
  }

  /** A session by its kind. */
  get(kind: SessionKind): Promise<Session> {
    let session = this.sessions.get(kind);
    if (!session) {
      session = this.create(kind);
      this.sessions.set(kind, session);
      session.catch(() => this.sessions.delete(kind));
    }
    return session;
  }

  private async create(kind: SessionKind): Promise<Session> {
    const graph = this.graph(kind);
    const { backend, traffic, shared } = this;
    const session = await Session.create(graph, backend, traffic, {
      onDevice: keptOnDevice(kind, graph),
      // The file's own kernels have their weights as the file says; nothing else is run then that could share them.
      ...(kind !== 'file' && { shared }),
      own: new Set(this.spread.get(kind)?.map(({ name }) => name)),
    });
    this.dropSpread(kind);
    return session;
  }

  /** The session has the weights that were made for it: they are not held here besides. */
  private dropSpread(kind: SessionKind): void {
    for (const value of this.spread.get(kind) ?? []) {
      const { tensor } = value;
      if (!tensor) continue;
      this.dropped.set(kind, (this.dropped.get(kind) ?? 0) + tensor.bytes.length);
      value.tensor = { ...tensor, bytes: new Uint8Array(0) };
    }
  }

  /** Gives up sessions and graphs that did not do. */
  async discard(kinds: readonly SessionKind[]): Promise<void> {
    for (const kind of kinds) {
      const session = this.sessions.get(kind);
      this.sessions.delete(kind);
      this.graphs.delete(kind);
      this.spread.delete(kind);
      this.dropped.delete(kind);
      await session?.then((each) => each.dispose()).catch(() => undefined);
    }
  }

  async dispose(): Promise<void> {
    const sessions = await Promise.allSettled(this.sessions.values());
    this.sessions.clear();
    this.graphs.clear();
    for (const session of sessions)
      if (session.status === 'fulfilled') await session.value.dispose();
    await this.layers.dispose();
    await this.shared.dispose();
  }
}

function isPart(kind: SessionKind): kind is `part ${ObjectiveName}` {
  return kind.startsWith('part ');
}

function objectiveOf(kind: `part ${ObjectiveName}`): ObjectiveName {
  return kind.slice('part '.length) as ObjectiveName;
}

/** Outputs that the next run takes, and nothing else reads. */
function keptOnDevice(kind: SessionKind, graph: Graph): readonly string[] {
  if (kind === 'score' || kind === 'lens' || kind === 'patch') return [];
  if (kind === 'decode' || kind === 'step' || kind === 'whole' || kind === 'file')
    return graph.outputs.map(({ name }) => name).filter((name) => name !== 'logits');
  return isPart(kind) ? ['gradient_out'] : nextState;
}
