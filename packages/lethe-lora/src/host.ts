/** @file The engine behind a model: opened when it is first needed, in the shape that is needed, with its weights held once. */
import {
  adamW,
  adapt,
  openCausalLM,
  parseModel,
  type CausalLM,
  type OptimiserSettings,
  type Projection,
  type ReadModel,
} from './engine.ts';
import { fits, laid, layoutOf, union, type Adapter, type Placed, type Shape } from './adapter.ts';
import { LetheError, withCode } from './errors.ts';
import type { LoadedFrom } from './files.ts';

interface Opened extends Placed {
  model: CausalLM;
  optimiser: OptimiserSettings;
  /** What objectives compare with. */
  reference: Float32Array | null;
}

const usualOptimiser: OptimiserSettings = { ...adamW, weightDecay: 0, maxGradientNorm: 1 };

/** One model's engine, and which adapter's numbers it holds. Work on it is queued. */
export class Host {
  /** Where adapters may sit; empty where they go nowhere (`whyNot`). */
  readonly projections: readonly Projection[];
  readonly whyNot: Error | null = null;
  /** All that may be asked: the engine is opened so that each fits. */
  readonly adapters = new Set<Adapter>();
  #opened: Opened | null = null;
  #current: Adapter | null = null;
  /** The engine's numbers are newer than the adapter's. */
  #isAhead = false;
  #queue: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(
    readonly read: ReadModel,
    readonly from: LoadedFrom,
  ) {
    const { files } = read;
    const file = parseModel(files.model, files.external);
    if (!file.outputs.some(({ name }) => name === 'logits'))
      throw new LetheError(
        'not_supported',
        `${from.name} has no output "logits": it is not a causal language model.`,
      );
    const shape = { ...union([]), modules: [], layers: [] };
    try {
      this.projections = adapt(file, files, shape).projections;
    } catch (error) {
      this.projections = [];
      this.whyNot = error as Error;
    }
  }

  /** Runs after everything asked before it; errors of the engine get a code. */
  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(async () => {
      if (this.#disposed) throw new LetheError('not_supported', 'This model was disposed of.');
      try {
        return await work();
      } catch (error) {
        throw withCode(error);
      }
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Asks the engine with an adapter on, or with none. */
  ask<T>(adapter: Adapter | null, work: (model: CausalLM) => Promise<T>): Promise<T> {
    return this.#enqueue(async () => {
      const opened = await this.#openToAsk(adapter);
      await this.#put(adapter, opened);
      return work(opened.model);
    });
  }

  /** Lets the engine change an adapter: it is then open in exactly that adapter's shape, with this optimiser and reference. */
  teach<T>(
    adapter: Adapter,
    { optimiser, reference }: { optimiser: OptimiserSettings; reference: Float32Array | null },
    work: (model: CausalLM) => Promise<T>,
  ): Promise<T> {
    return this.#enqueue(async () => {
      const opened = await this.#openToTeach(adapter, optimiser);
      await this.#put(adapter, opened);
      if (opened.reference !== reference) {
        await opened.model.setReference(reference);
        opened.reference = reference;
      }
      this.#isAhead = true;
      return work(opened.model);
    });
  }

  /** Brings an adapter's numbers up to date with what the engine learned. */
  sync(): Promise<void> {
    return this.#enqueue(() => this.#readBack());
  }

  /** Replaces an adapter's numbers, or forgets that it is in the engine. */
  forget(adapter: Adapter): Promise<void> {
    return this.#enqueue(() => {
      if (this.#current === adapter) {
        this.#current = null;
        this.#isAhead = false;
        // Whatever is asked next puts its own numbers there.
        this.#stale = true;
      }
      return Promise.resolve();
    });
  }

  #stale = false;

  async #readBack(): Promise<void> {
    if (!this.#isAhead || !this.#current || !this.#opened) return;
    this.#current.state = await this.#opened.model.getState();
    this.#isAhead = false;
  }

  async #openToAsk(adapter: Adapter | null): Promise<Opened> {
    const opened = this.#opened;
    if (opened && (!adapter || fits(adapter, opened))) return opened;
    const shapes = [...this.adapters].map(({ shape }) => shape);
    return this.#open(union(shapes), opened?.optimiser ?? usualOptimiser);
  }

  async #openToTeach({ shape }: Adapter, optimiser: OptimiserSettings): Promise<Opened> {
    const opened = this.#opened;
    const same =
      opened !== null &&
      JSON.stringify([opened.shape, opened.optimiser]) === JSON.stringify([shape, optimiser]);
    return same ? opened : this.#open(shape, optimiser);
  }

  /** Closes what is open first: weights are never held twice. */
  async #open(shape: Shape, optimiser: OptimiserSettings): Promise<Opened> {
    await this.#readBack();
    const before = this.#opened;
    this.#opened = null;
    this.#current = null;
    this.#stale = false;
    await before?.model.dispose();
    const { whyNot, projections, read, from } = this;
    const model = await openCausalLM(read, {
      base: from.base,
      device: read.backend.choice.device,
      memory: from.memory,
      optimiser,
      ...(!whyNot && { adapter: shape }),
    });
    const layout = whyNot ? [] : layoutOf(projections, shape);
    this.#opened = { model, shape, layout, optimiser, reference: null };
    return this.#opened;
  }

  /** Puts an adapter's numbers into the engine, if they are not there. */
  async #put(adapter: Adapter | null, opened: Opened): Promise<void> {
    if (this.#current === adapter && !this.#stale) return;
    await this.#readBack();
    await opened.model.setState(adapter ? stateIn(adapter, opened) : opened.model.freshState());
    this.#current = adapter;
    this.#stale = false;
  }

  dispose(): Promise<void> {
    return this.#enqueue(async () => {
      this.#disposed = true;
      await this.#opened?.model.dispose();
      this.#opened = null;
    });
  }
}

function stateIn(adapter: Adapter, opened: Opened): Adapter['state'] {
  if (JSON.stringify(adapter.shape) === JSON.stringify(opened.shape)) return adapter.state;
  const { layout, shape, state } = adapter;
  const part = { adapter: { layout, shape, values: state.values }, weight: 1 };
  const values = laid([part], opened);
  const zeros = (): Float32Array<ArrayBuffer> => new Float32Array(values.length);
  return { values, moment1: zeros(), moment2: zeros(), step: 0 };
}
