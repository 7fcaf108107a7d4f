/** @file The graphs of one model and adapter, and their sessions: each is built when it is first needed. */
import type { Graph } from '../onnx/index.ts';
import {
  adapterLayout,
  arenaLength,
  buildDecodeGraph,
  buildLensGraph,
  buildPartGraph,
  buildScoreGraph,
  buildTrainGraph,
  buildUpdateGraph,
  halveProducts,
  hasCache,
  hasHalfProducts,
  UnsupportedOperatorError,
  type ObjectiveName,
  type OptimiserSettings,
  type StepBranch,
  type Trainable,
} from '../passes/index.ts';
import { Session, SharedWeights, type Backend, type Traffic } from '../runtime/index.ts';

/**
 * `decode` generates (and `step` goes on from its cache, where a file has a branch for that), `score` scores, `lens` looks into the layers; an objective's own name is one whole step. Where a batch is too large for the device's buffers,
 * `part` of an objective adds up its gradient and `update` ends the step.
 */
export type SessionKind =
  'decode' | 'step' | 'score' | 'lens' | 'update' | ObjectiveName | `part ${ObjectiveName}`;

export const stateNames = ['adapter', 'moment1', 'moment2'] as const;
const nextState = stateNames.map((name) => `${name}_out`);

export class Sessions {
  readonly traffic: Traffic = { readBack: 0 };
  private readonly shared: SharedWeights;
  private readonly graphs = new Map<SessionKind, Graph>();
  private readonly sessions = new Map<SessionKind, Promise<Session>>();

  /** The branch that goes on from a cache; null where `decode` does that itself, or there is none that can be run. */
  readonly step: StepBranch | null;

  constructor(
    private readonly source: Graph,
    step: StepBranch | null,
    private readonly trainable: Trainable & { kind: 'adapters' },
    private readonly optimiser: OptimiserSettings,
    private readonly backend: Backend,
  ) {
    this.shared = new SharedWeights(backend);
    this.step = step;
    if (step) this.step = this.graphOfStep(step) ? step : null;
  }

  /** Whether the graph could be built: without it every token is computed from the first one on. */
  private graphOfStep({ graph, projections }: StepBranch): boolean {
    const own = projections(this.trainable.projections);
    if (!own) return false;
    try {
      const trainable = { ...this.trainable, projections: own };
      const built = buildDecodeGraph(graph, trainable, this.bufferLimit);
      if (this.inHalf) halveProducts(built);
      this.graphs.set('step', built);
      return true;
    } catch (error) {
      if (error instanceof UnsupportedOperatorError) return false;
      throw error;
    }
  }

  /** What generates: the sessions that begin, and go on from a cache, which one graph may do both. */
  get generating(): readonly SessionKind[] {
    return this.step ? ['decode', 'step'] : ['decode'];
  }

  /** Bytes of weights that the sessions which generate and score hold each by itself, beside what is shared. */
  heldToAsk(): number {
    const kinds: SessionKind[] = [...this.generating, 'score'];
    return kinds.reduce((sum, kind) => sum + Session.held(this.graph(kind), this.shared), 0);
  }

  private get inHalf(): boolean {
    return this.backend.choice.halfPrecision === true && hasHalfProducts(this.source);
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

  /** What is asked may be computed in half precision, what is taught not: small gradients would vanish. */
  private build(kind: SessionKind): Graph {
    const graph = this.buildWhole(kind);
    const isAsked = kind === 'decode' || kind === 'score';
    if (isAsked && this.inHalf) halveProducts(graph);
    return graph;
  }

  private buildWhole(kind: SessionKind): Graph {
    const { source, trainable, optimiser, bufferLimit } = this;
    if (kind === 'step') throw new Error('This model has no branch that goes on from a cache.');
    if (kind === 'decode')
      return buildDecodeGraph(source, trainable, bufferLimit, hasCache(source) || !!this.step);
    if (kind === 'score') return buildScoreGraph(source, trainable, bufferLimit);
    if (kind === 'lens') return buildLensGraph(source, trainable, 2, bufferLimit);
    if (kind === 'update') {
      const size = arenaLength(adapterLayout(trainable.projections, trainable.rank));
      return buildUpdateGraph(size, optimiser);
    }
    if (isPart(kind))
      return buildPartGraph(source, trainable, objectiveOf(kind), { bufferLimit }).graph;
    return buildTrainGraph(source, trainable, kind, { optimiser, bufferLimit }).graph;
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
    return Session.create(graph, backend, traffic, { onDevice: keptOnDevice(kind, graph), shared });
  }

  async dispose(): Promise<void> {
    const sessions = await Promise.allSettled(this.sessions.values());
    this.sessions.clear();
    this.graphs.clear();
    for (const session of sessions)
      if (session.status === 'fulfilled') await session.value.dispose();
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
  if (kind === 'score' || kind === 'lens') return [];
  if (kind === 'decode' || kind === 'step')
    return graph.outputs.map(({ name }) => name).filter((name) => name !== 'logits');
  return isPart(kind) ? ['gradient_out'] : nextState;
}
