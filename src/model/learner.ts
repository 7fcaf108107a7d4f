/** @file What training changes, and one step of it: in one run of one graph, or in parts where the device's buffers are small. */
import { checkMemory, referenceInput, type ObjectiveName } from '../passes/index.ts';
import { float32, onDevice, scalar, type Backend, type Tensor } from '../runtime/index.ts';
import { NoNumbersError } from './errors.ts';
import { splitToFit, unitsOf } from './parts.ts';
import { labelledBatch, type LabelledSequence } from './sequences.ts';
import { stateNames, type SessionKind, type Sessions } from './sessions.ts';
import type { AdapterState, Role, StepResult } from './types.ts';

/** Raised when a step's loss or gradient is not a finite number; the state is the one before the step. */
export class DivergedError extends Error {
  constructor(readonly loss: number) {
    super(`The loss became ${loss}: the last step was not taken.`);
    this.name = 'DivergedError';
  }
}

export type Example = LabelledSequence & { role: Role };

/** One step of training. */
export interface Step {
  objective: ObjectiveName;
  learningRate: number;
  /** The objective's scalars: its own settings and `retain_weight`. */
  scalars: Readonly<Record<string, number>>;
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
  private readonly fitting = new Set<string>();

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

  /** The session of which such a step makes use first. */
  kindOf(examples: readonly Example[], objective: ObjectiveName): SessionKind {
    return this.partsOf(examples, objective).length > 1 ? `part ${objective}` : objective;
  }

  private partsOf(examples: readonly Example[], objective: ObjectiveName): Example[][] {
    const graph = this.sessions.graph(objective);
    return splitToFit(unitsOf(examples), graph, this.sessions.bufferLimit);
  }

  /** Takes one step; the new state takes the old one's place unless a number is not finite. */
  async take(examples: readonly Example[], step: Step): Promise<StepResult> {
    const graph = this.sessions.graph(step.objective);
    if (!this.reference && graph.inputs.some(({ name }) => name === referenceInput))
      throw new Error(
        `The objective "${step.objective}" compares with a reference, and none is set.`,
      );
    const parts = this.partsOf(examples, step.objective);
    const taken =
      parts.length > 1 ? await this.inParts(parts, step) : await this.whole(examples, step);
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

  private feeds(
    examples: readonly Example[],
    { objective, scalars }: Step,
  ): Record<string, Tensor> {
    const { backend } = this;
    const batch = labelledBatch(backend, examples, this.pad);
    this.refuseIfTooLarge(objective, batch.input_ids.dims);
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

  private async inParts(parts: readonly Example[][], step: Step): Promise<Taken> {
    const { backend, sessions } = this;
    const all = parts.flat();
    const every = (value: (example: Example) => number): Tensor =>
      float32(backend, Float32Array.from(all, value), [all.length]);
    const batch = {
      whole_role: every(({ role }) => role),
      whole_tokens: every(({ ids, from }) => ids.length - from),
    };
    const session = await sessions.get(`part ${step.objective}`);
    const size = this.state.adapter.dims[0] ?? 0;
    let gradient = float32(backend, new Float32Array(size), [size]);
    let loss = 0;
    const logProbs: number[] = [];
    try {
      for (const part of parts) {
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

  /** Checks each size of batch once against the memory that may be used. */
  private refuseIfTooLarge(
    objective: ObjectiveName,
    [rows = 1, time = 1]: readonly number[],
  ): void {
    const key = `${objective} ${rows} ${time}`;
    if (this.fitting.has(key)) return;
    const available = this.memory();
    if (available !== undefined) checkMemory(this.sessions.graph(objective), rows, time, available);
    this.fitting.add(key);
  }

  dispose(): void {
    release(this.state);
    this.reference?.dispose();
  }
}

function numbers(tensor: Tensor | undefined): Float32Array {
  if (!tensor) throw new Error('The graph did not give an expected output.');
  return tensor.data as Float32Array;
}

function release(tensors: Record<string, Tensor>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
