/** @file The sessions of steps that are computed layer by layer: one for all layers that are alike, each with its feeds. */
import {
  buildJoiningUpdateGraph,
  buildSplitGraph,
  buildSumGraph,
  makeWeights,
  type GraphRun,
  type LayeredStep,
  type OptimiserSettings,
  type SharedGraph,
} from '../passes/index.ts';
import { float32Numbers, type Tensor as Constant } from '../onnx/index.ts';
import {
  feedWeights,
  float32,
  Session,
  type Backend,
  type Feeds,
  type Outputs,
  type SharedWeights,
  type Tensor,
  type Traffic,
} from '../runtime/index.ts';

/** A run with its session and its weights at hand. */
export type Ready = (feeds: Feeds, wanted?: readonly string[]) => Promise<Outputs>;

interface Opened {
  session: Session;
  weights: (run: number) => Promise<Record<string, Tensor>>;
}

/** The runs of a layered step, ready. */
export interface ReadyStep {
  before: Ready;
  beforeBackward: Ready | null;
  layers: { forward: Ready; backward: Ready }[];
  after: Ready;
  /** A whole vector [P] in the parts of the pieces: first, layers, last. */
  split: Ready;
  sum: Ready;
  update: Ready;
}

export class LayeredSessions {
  /** By what is the same for all layers of a kind, so that objectives share the layers' sessions. */
  private readonly opened = new Map<string, Promise<Opened>>();
  /** Weights that are made once, by the layer's first stored one. */
  private readonly made = new Map<string, Promise<Record<string, Tensor>>>();
  private readonly ready = new Map<LayeredStep, Promise<ReadyStep>>();

  constructor(
    private readonly backend: Backend,
    private readonly traffic: Traffic,
    private readonly shared: SharedWeights,
    private readonly optimiser: OptimiserSettings,
  ) {}

  /** Opens what a step runs. */
  open(step: LayeredStep, size: number): Promise<ReadyStep> {
    let ready = this.ready.get(step);
    if (!ready) {
      ready = this.prepare(step, size);
      this.ready.set(step, ready);
      ready.catch(() => this.ready.delete(step));
    }
    return ready;
  }

  private async prepare(step: LayeredStep, size: number): Promise<ReadyStep> {
    const { layers } = step;
    const forward = await this.runsOf(layers.map((layer) => layer.forward));
    const backward = await this.runsOf(layers.map((layer) => layer.backward));
    const [before] = (await this.runsOf([step.before])) as [Ready];
    const [after] = (await this.runsOf([step.after])) as [Ready];
    const beforeBackward = step.beforeBackward && (await this.runsOf([step.beforeBackward]))[0];
    const widened: (Record<string, Tensor> | null)[] = [];
    for (const widen of [...layers.map((layer) => layer.widen), step.afterWiden])
      widened.push(widen && (await this.widened(widen)));
    for (const widen of [...layers.map((layer) => layer.widen), step.afterWiden])
      if (widen) await this.close(widen.shared.key);
    const parts = [step.beforeSpan, ...layers.map(({ span }) => span), step.afterSpan];
    const shape = layers[0]?.forward.shared.graph.output('next').shape ?? [];
    const plain = async (key: string, make: () => SharedGraph['graph']): Promise<Ready> => {
      const { session } = await this.session({ key, graph: make() }, [new Map()]);
      return (feeds) => session.run(feeds);
    };
    const also =
      (run: Ready, own: Record<string, Tensor> | null | undefined): Ready =>
      (feeds, wanted) =>
        run(own ? { ...feeds, ...own } : feeds, wanted);
    return {
      before,
      beforeBackward: beforeBackward ?? null,
      layers: layers.map((_, index) => ({
        forward: also(forward[index] as Ready, widened[index]),
        backward: also(backward[index] as Ready, widened[index]),
      })),
      after: also(after, widened[layers.length]),
      split: await plain(`split ${JSON.stringify(parts)}`, () => buildSplitGraph(size, parts)),
      sum: await plain(`sum ${shape.join()}`, () => buildSumGraph(shape)),
      update: await plain(`update ${JSON.stringify(parts)}`, () =>
        buildJoiningUpdateGraph(size, parts, this.optimiser),
      ),
    };
  }

  /** The runs of graphs, those of one form by one session. */
  private async runsOf(runs: readonly GraphRun[]): Promise<Ready[]> {
    const ready: Ready[] = [];
    for (const key of new Set(runs.map(({ shared }) => shared.key))) {
      const members = runs.flatMap((run, index) =>
        run.shared.key === key ? [{ run, index }] : [],
      );
      const weightsOfEach = members.map(({ run }) => run.weights);
      const { shared } = (members[0] as (typeof members)[number]).run;
      const { session, weights } = await this.session(shared, weightsOfEach);
      members.forEach(({ index }, place) => {
        ready[index] = async (feeds, wanted) =>
          session.run({ ...feeds, ...(await weights(place)) }, wanted);
      });
    }
    return ready;
  }

  private session(
    { key, graph }: SharedGraph,
    weightsOfEach: readonly ReadonlyMap<string, Constant>[],
  ): Promise<Opened> {
    let opened = this.opened.get(key);
    if (!opened) {
      opened = this.openSession(graph, weightsOfEach);
      this.opened.set(key, opened);
      opened.catch(() => this.opened.delete(key));
    }
    return opened;
  }

  private async openSession(
    graph: SharedGraph['graph'],
    weightsOfEach: readonly ReadonlyMap<string, Constant>[],
  ): Promise<Opened> {
    const { backend, traffic, shared } = this;
    const own = graph.clone();
    const weights = feedWeights(own, weightsOfEach, shared, backend);
    const readBack = new Set(['loss', 'sequence_logprob', 'grad_norm']);
    const onDevice = own.outputs
      .filter(({ name, type, shape }) => {
        // Sizes are read where they are used: in the processor's memory.
        const isSize = type === 'int64' && (shape?.length ?? 0) < 2;
        return !isSize && !readBack.has(name);
      })
      .map(({ name }) => name);
    return { session: await Session.create(own, backend, traffic, { onDevice }), weights };
  }

  /** Weights in few bits made real, once for all objectives. */
  private widened(run: GraphRun): Promise<Record<string, Tensor>> {
    const key = [...run.weights.values()]
      .map(({ bytes: { byteOffset, length } }) => `${byteOffset} ${length}`)
      .join();
    let made = this.made.get(key);
    if (!made) {
      made = this.widen(run);
      this.made.set(key, made);
      made.catch(() => this.made.delete(key));
    }
    return made;
  }

  /** Made here where that can be; else the constants stay in the graph, for a run that is done once. */
  private async widen({ shared, weights }: GraphRun): Promise<Record<string, Tensor>> {
    const graph = shared.graph.clone();
    for (const [name, constant] of weights) {
      const value = graph.value(name);
      if (value) value.tensor = constant;
    }
    const ready = makeWeights(graph);
    if (ready)
      return Object.fromEntries(
        [...ready].map(([name, tensor]) => [
          name,
          float32(this.backend, float32Numbers(tensor), tensor.dims),
        ]),
      );
    const session = await Session.create(graph, this.backend, this.traffic, {
      onDevice: graph.outputs.map(({ name }) => name),
      isFolded: false,
    });
    const made = await session.run({});
    await session.dispose();
    return made;
  }

  private async close(key: string): Promise<void> {
    const opened = this.opened.get(key);
    this.opened.delete(key);
    await opened?.then(({ session }) => session.dispose()).catch(() => undefined);
  }

  async dispose(): Promise<void> {
    const made = await Promise.allSettled(this.made.values());
    for (const each of made)
      if (each.status === 'fulfilled')
        for (const tensor of Object.values(each.value)) tensor.dispose();
    for (const key of [...this.opened.keys()]) await this.close(key);
    this.made.clear();
    this.ready.clear();
  }
}
