/** @file What training changes, and one step of it, as it was planned: in one run of one graph, in parts, or layer by layer. */
import {
  MemoryError,
  referenceInput,
  type LayeredStep,
  type ObjectiveName,
} from '../passes/index.ts';
import { float32, onDevice, scalar, type Backend, type Tensor } from '../runtime/index.ts';
import { NoNumbersError } from './errors.ts';
import { runLayered } from './layered-run.ts';
import { planStep, type PlannedStep } from './plan.ts';
import { labelledBatch, type Example } from './sequences.ts';
import { stateNames, type Sessions } from './sessions.ts';
import type { AdapterState, StepResult } from './types.ts';

/** Raised when a step's loss or gradient is not a finite number; the state is the one before the step. */
export class DivergedError extends Error {
  constructor(readonly loss: number) {
    super(`The loss became ${loss}: the last step was not taken.`);
    this.name = 'DivergedError';
  }
}

/** One step of training. */
export interface Step {
  objective: ObjectiveName;
  learningRate: number;
  /** The objective's scalars: its own settings and `retain_weight`. */
  scalars: Readonly<Record<string, number>>;
  /** Aborts the step between two runs. */
  signal?: AbortSignal;
  /** Hears how much of the step is done, from 0 to 1, where it is computed in parts or layers. */
  onProgress?: (fraction: number) => void;
}

type State = Record<(typeof stateNames)[number], Tensor>;

interface Taken {
  output: Record<string, Tensor>;
  loss: number;
  sequenceLogProb: Float32Array;
}

export class Learner {
  private state: State;
  private reference: Tensor | null = null;
  private step = 0;
  /** The adapter changes nothing yet. */
  private isUntouched: boolean;

  constructor(
    private readonly sessions: Sessions,
    private readonly backend: Backend,
    private readonly pad: number,
    /** Bytes that a step may take in all. */
    private readonly memory: () => number | undefined,
    /** Whether a state leaves the model as it is. */
    private readonly changesNothing: (state: AdapterState) => boolean,
    start: AdapterState,
  ) {
    this.state = this.tensors(start);
    this.isUntouched = changesNothing(start);
  }

  /** The adapter in use, float32 [P]. */
  get adapter(): Tensor {
    return this.state.adapter;
  }

  private vector(values: Float32Array): Tensor {
    return float32(this.backend, Float32Array.from(values), [values.length]);
  }

  private tensors(state: AdapterState): State {
    return {
      adapter: this.vector(state.values),
      moment1: this.vector(state.moment1),
      moment2: this.vector(state.moment2),
    };
  }

  /** Puts another state in place of this one. */
  async load(state: AdapterState): Promise<void> {
    const { adapter, ...moments } = this.tensors(state);
    // The moments go there with the first step; the adapter may be asked many times before.
    const next = { ...moments, adapter: await onDevice(this.backend, adapter) };
    release(this.state);
    this.state = next;
    this.step = state.step;
    this.isUntouched = this.changesNothing(state);
  }

  async save(): Promise<AdapterState> {
    const [values, moment1, moment2] = await Promise.all(
      stateNames.map(async (name) =>
        Float32Array.from((await this.state[name].getData()) as Float32Array),
      ),
    );
    return { values, moment1, moment2, step: this.step } as AdapterState;
  }

  /** Sets what objectives compare with; it stays on the device. */
  async setReference(values: Float32Array | null): Promise<void> {
    const next = values && (await onDevice(this.backend, this.vector(values)));
    this.reference?.dispose();
    this.reference = next;
  }

  /** How a step on these sequences will be computed. Throws where it cannot be at all. */
  plan(examples: readonly Example[], objective: ObjectiveName): PlannedStep {
    return planStep(examples, objective, { ...this.sessions.planning(), available: this.memory() });
  }

  /** Builds what a planned step runs. Throws `MemoryError` where it would not fit. */
  async open(plan: PlannedStep, objective: ObjectiveName): Promise<void> {
    const { sessions } = this;
    if (!plan.fits) {
      const time = Math.max(...plan.parts.flat().map(({ ids }) => ids.length));
      throw new MemoryError(plan.memory, plan.available ?? 0, plan.rowsAtOnce, time);
    }
    if (plan.layered) await sessions.layers.open(plan.layered, this.size);
    else await sessions.get(plan.groups > 1 ? `part ${objective}` : objective);
  }

  private get size(): number {
    return this.state.adapter.dims[0] ?? 0;
  }

  /**
   * Takes one step; the new state takes the old one's place unless a number is not finite. Throws the signal's reason when it is aborted
   * on the way, and the state stays as it was.
   */
  async take(examples: readonly Example[], step: Step, planned?: PlannedStep): Promise<StepResult> {
    const plan = planned ?? this.plan(examples, step.objective);
    await this.open(plan, step.objective);
    if (!this.reference && this.needsReference(plan, step.objective))
      throw new Error(
        `The objective "${step.objective}" compares with a reference, and none is set.`,
      );
    const taken = await this.taken(examples, step, plan);
    const { output, loss, sequenceLogProb } = taken;
    const next = Object.fromEntries(
      stateNames.map((name) => [name, output[`${name}_out`] as Tensor]),
    ) as State;
    const gradientNorm = numbers(output['grad_norm'])[0] ?? NaN;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      release(next);
      // Of a model that nothing has changed yet no learning rate is to blame.
      if (this.isUntouched) throw new NoNumbersError();
      throw new DivergedError(loss);
    }
    release(this.state);
    this.state = next;
    this.isUntouched = false;
    this.step++;
    return { loss, gradientNorm, sequenceLogProb };
  }

  private needsReference({ layered }: PlannedStep, objective: ObjectiveName): boolean {
    if (layered) return layered.readsReference;
    return this.sessions.graph(objective).inputs.some(({ name }) => name === referenceInput);
  }

  private taken(examples: readonly Example[], step: Step, plan: PlannedStep): Promise<Taken> {
    if (plan.layered) return this.inLayers(examples, plan, plan.layered, step);
    return plan.groups > 1 ? this.inParts(plan.parts, step) : this.whole(examples, step);
  }

  private feeds(examples: readonly Example[], { scalars }: Step): Record<string, Tensor> {
    const { backend } = this;
    const batch = labelledBatch(backend, examples, this.pad);
    const roles = Float32Array.from(examples, ({ role }) => role);
    return {
      ...batch,
      role: float32(backend, roles, [examples.length]),
      adapter: this.state.adapter,
      ...(this.reference && { [referenceInput]: this.reference }),
      ...Object.fromEntries(
        Object.entries(scalars).map(([name, value]) => [name, scalar(backend, value)]),
      ),
    };
  }

  private update({ learningRate }: Step): Record<string, Tensor> {
    const { backend } = this;
    return {
      ...this.state,
      lr: scalar(backend, learningRate),
      step: scalar(backend, this.step + 1),
    };
  }

  private async whole(examples: readonly Example[], step: Step): Promise<Taken> {
    const session = await this.sessions.get(step.objective);
    const output = await session.run({ ...this.feeds(examples, step), ...this.update(step) });
    return {
      output,
      loss: numbers(output['loss'])[0] ?? NaN,
      sequenceLogProb: numbers(output['sequence_logprob']).slice(),
    };
  }

  /** Roles and numbers of labelled tokens of the whole batch, which a part of it must know. */
  private ofWhole(all: readonly Example[]): Record<string, Tensor> {
    const every = (value: (example: Example) => number): Tensor =>
      float32(this.backend, Float32Array.from(all, value), [all.length]);
    return {
      whole_role: every(({ role }) => role),
      whole_tokens: every(({ ids, from }) => ids.length - from),
    };
  }

  private async inParts(parts: readonly Example[][], step: Step): Promise<Taken> {
    const { backend, sessions } = this;
    const batch = this.ofWhole(parts.flat());
    const session = await sessions.get(`part ${step.objective}`);
    const { size } = this;
    let gradient = float32(backend, new Float32Array(size), [size]);
    let loss = 0;
    const logProbs: number[] = [];
    try {
      for (const [index, part] of parts.entries()) {
        step.signal?.throwIfAborted();
        step.onProgress?.(index / parts.length);
        const output = await session.run({ ...this.feeds(part, step), ...batch, gradient });
        gradient.dispose();
        gradient = output['gradient_out'] as Tensor;
        loss += numbers(output['loss'])[0] ?? NaN;
        logProbs.push(...numbers(output['sequence_logprob']));
      }
      const update = await sessions.get('update');
      const output = await update.run({ ...this.update(step), gradient });
      return { output, loss, sequenceLogProb: Float32Array.from(logProbs) };
    } finally {
      gradient.dispose();
    }
  }

  private async inLayers(
    examples: readonly Example[],
    { parts, kept }: PlannedStep,
    layered: LayeredStep,
    step: Step,
  ): Promise<Taken> {
    const { backend, sessions, size } = this;
    const { signal } = step;
    const ready = await sessions.layers.open(layered, size);
    const spans = [
      layered.beforeSpan,
      ...layered.layers.map(({ span }) => span),
      layered.afterSpan,
    ];
    const split = async (whole: Tensor): Promise<(Tensor | undefined)[]> => {
      const output = await ready.split({ adapter: whole });
      return spans.map((_, index) => output[`part.${index}`]);
    };
    const adapter = await split(this.state.adapter);
    const reference = this.reference && layered.readsReference ? await split(this.reference) : null;
    const gradient = spans.map(({ length }) =>
      length > 0 ? float32(backend, new Float32Array(length), [length]) : undefined,
    );
    const batch = this.ofWhole(examples);
    const listen = listener(signal);
    const shares = sharesOf(parts);
    const logProbs = new Map<Example, number>();
    let loss = 0;
    try {
      for (const [index, part] of parts.entries()) {
        // Forward, backward, and forward again for the layers whose values were not kept.
        const runs = 3 * layered.layers.length + 1 - (kept[index] ?? 0);
        let done = 0;
        const [before, own] = [shares.slice(0, index), shares[index] ?? 0];
        const past = before.reduce((sum, share) => sum + share, 0);
        const result = await runLayered(layered, ready, {
          batch: { ...this.feeds(part, step), ...batch },
          adapter,
          reference,
          gradient,
          kept: kept[index] ?? 0,
          onLayer: () => {
            step.onProgress?.(past + own * Math.min(1, done++ / runs));
            return listen();
          },
        });
        loss += result.loss;
        part.forEach((example, row) => logProbs.set(example, result.sequenceLogProb[row] ?? NaN));
      }
      signal?.throwIfAborted();
      const summed = Object.fromEntries(
        gradient.flatMap((each, index) => (each ? [[`gradient.${index}`, each]] : [])),
      );
      const output = await ready.update({ ...this.update(step), ...summed });
      const sequenceLogProb = Float32Array.from(examples, (each) => logProbs.get(each) ?? NaN);
      return { output, loss, sequenceLogProb };
    } finally {
      for (const each of [...adapter, ...(reference ?? []), ...gradient]) each?.dispose();
    }
  }

  dispose(): void {
    release(this.state);
    this.reference?.dispose();
  }
}

/** How much of a step's time each group takes: about as much as of its tokens, padding included. */
function sharesOf(parts: readonly (readonly Example[])[]): number[] {
  const tokens = parts.map((part) => part.length * Math.max(...part.map(({ ids }) => ids.length)));
  const all = tokens.reduce((sum, each) => sum + each, 0);
  return tokens.map((each) => each / all);
}

/** Milliseconds after which messages are let in; a timer in every layer would slow a fast device. */
const mostDeaf = 50;

/** Lets messages in from time to time, the one that stops a step among them; throws the signal's reason once it is aborted. */
function listener(signal: AbortSignal | undefined): () => void | Promise<void> {
  let heard = performance.now();
  return async () => {
    if (!signal) return;
    if (performance.now() - heard > mostDeaf) {
      await new Promise((resolve) => setTimeout(resolve));
      heard = performance.now();
    }
    signal.throwIfAborted();
  };
}

function numbers(tensor: Tensor | undefined): Float32Array {
  if (!tensor) throw new Error('The graph did not give an expected output.');
  return tensor.data as Float32Array;
}

function release(tensors: Record<string, Tensor>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
