/** @file What all trainers share: the loop, its state and callbacks, and checkpoints from which it goes on exactly. */
import {
  arenaLength,
  float32Tensor,
  float32Values,
  freshState,
  readSafetensors,
  uniform,
  writeSafetensors,
  type CausalLM,
  type ObjectiveName,
  type OptimiserSettings,
  type TrainingExample,
} from './engine.ts';
import type { Adapter } from './adapter.ts';
import type { Group } from './dataset.ts';
import { InvalidOptionError, LetheError } from './errors.ts';
import { PeftModel, type SavedFiles } from './peft-model.ts';
import {
  learningRate,
  optimiserOf,
  readArguments,
  type FullArguments,
  type TrainingArguments,
} from './training-arguments.ts';

/** What is logged. */
export interface Logs {
  step: number;
  epoch: number;
  /** Mean since the last log; of the step's batch, before its update. */
  loss: number;
  /** L2 norm of the last step's gradient before clipping. */
  grad_norm: number;
  learning_rate: number;
}

/** Where training is, in Transformers' words. */
export interface TrainerState {
  global_step: number;
  max_steps: number;
  /** Fraction of a pass over the rows counts too. */
  epoch: number;
  num_train_epochs: number;
  log_history: Logs[];
}

/** What a callback may ask for. */
export interface TrainerControl {
  /** Training ends after this step. */
  should_training_stop: boolean;
}

/** Hears of training; each may be async, and is waited for. */
export interface TrainerCallback {
  on_train_begin?: Event;
  on_step_begin?: Event;
  on_step_end?: Event;
  on_epoch_end?: Event;
  on_log?: (
    args: FullArguments,
    state: TrainerState,
    control: TrainerControl,
    logs: Logs,
  ) => void | Promise<void>;
  on_train_end?: Event;
}

/** A moment of training. */
export type Event = (
  args: FullArguments,
  state: TrainerState,
  control: TrainerControl,
) => void | Promise<void>;

/** What `train` takes. */
export interface TrainOptions {
  /** Ends training within a step, which is not taken; the promise rejects with the signal's reason, and the adapter is as after the last step. */
  signal?: AbortSignal;
  /** Files of `save_checkpoint`, of a trainer with the same rows and arguments. */
  resume_from_checkpoint?: Readonly<Record<string, Uint8Array>>;
}

/** What `train` gives. */
export interface TrainOutput {
  global_step: number;
  /** Mean loss of the steps of this call. */
  training_loss: number;
}

/** What a trainer minimises. @internal */
export interface Method {
  objective: ObjectiveName;
  /** The wanted loss is the engine's times this. */
  scale: number;
  /** Weight of kept rows in the engine's loss. */
  retainWeight: number;
  settings: Readonly<Record<string, number>>;
  /** Whether it compares with the model as it was: without the adapter, or with it as it is when training begins. */
  reference: 'none' | 'base' | 'start';
  /** Rows that stand beside those of a batch: of these, as many are drawn. */
  beside?: readonly Group[];
}

/** What a trainer is made of. */
export interface TrainerOptions {
  model: PeftModel;
  args?: TrainingArguments;
  callbacks?: readonly TrainerCallback[];
}

const stateFile = 'trainer_state.json';
const optimizerFile = 'optimizer.safetensors';

/** The loop of all trainers. It trains the adapter that is active when it is made. */
export abstract class Trainer {
  readonly args: FullArguments;
  readonly state: TrainerState;
  readonly model: PeftModel;
  /** The adapter that is trained. @internal */
  protected readonly adapter: Adapter;
  readonly #callbacks: TrainerCallback[];
  readonly #groups: readonly Group[];
  readonly #method: Method;
  readonly #optimiser: OptimiserSettings;
  #reference: Float32Array | null = null;
  #running = false;

  /** @internal */
  protected constructor(
    where: string,
    { model, args = {}, callbacks = [] }: TrainerOptions,
    {
      groups,
      method,
      more,
    }: {
      groups: readonly Group[];
      method: (args: FullArguments) => Method;
      more?: readonly string[];
    },
  ) {
    if (!(model instanceof PeftModel))
      throw new InvalidOptionError(
        'model',
        `${where}: model is not a PeftModel. The frozen model is not trained: put an adapter on it with getPeftModel.`,
      );
    this.model = model;
    this.adapter = model.active();
    this.args = readArguments(`${where} args`, args, more);
    this.#groups = groups;
    this.#method = method(this.args);
    this.#optimiser = optimiserOf(this.args, this.#method.scale);
    this.#callbacks = [...callbacks];
    const { max_steps, num_train_epochs } = this.args;
    const total = max_steps > 0 ? max_steps : Math.ceil(num_train_epochs * this.#stepsPerEpoch);
    this.state = {
      global_step: 0,
      max_steps: total,
      epoch: 0,
      num_train_epochs: Math.ceil(total / this.#stepsPerEpoch),
      log_history: [],
    };
  }

  /** Adds a callback. */
  add_callback(callback: TrainerCallback): void {
    this.#callbacks.push(callback);
  }

  get #batch(): number {
    return this.args.per_device_train_batch_size * this.args.gradient_accumulation_steps;
  }

  get #stepsPerEpoch(): number {
    return Math.ceil(this.#groups.length / this.#batch);
  }

  /** The rows of a step, from its number alone: a resumed run sees the same. */
  #rowsOf(step: number): TrainingExample[] {
    const epoch = Math.floor(step / this.#stepsPerEpoch);
    const at = (step % this.#stepsPerEpoch) * this.#batch;
    const order = shuffled(this.#groups.length, this.args.seed + epoch);
    const rows = order.slice(at, at + this.#batch).flatMap((index) => this.#groups[index] ?? []);
    const { beside = [] } = this.#method;
    const draw = uniform(this.args.seed + 7919 * (step + 1));
    const kept = rows
      .slice(0, beside.length > 0 ? rows.length : 0)
      .flatMap(() => beside[Math.floor(draw() * beside.length)] ?? []);
    return [...rows, ...kept];
  }

  /**
   * Trains until the last step. It may be called again after it was aborted: it goes on with the next step. Rejects with `LetheError`
   * (`diverged`, `out_of_memory`, `not_supported`); the adapter is then as after the last step that was taken.
   */
  async train({ signal, resume_from_checkpoint }: TrainOptions = {}): Promise<TrainOutput> {
    if (this.#running)
      throw new LetheError(
        'not_supported',
        'This trainer is training already: wait for its promise.',
      );
    this.#running = true;
    try {
      if (resume_from_checkpoint) await this.#resume(resume_from_checkpoint);
      return await this.#loop(signal);
    } finally {
      this.#running = false;
      await this.model.host.sync().catch(() => undefined);
    }
  }

  async #loop(signal: AbortSignal | undefined): Promise<TrainOutput> {
    const { args, state } = this;
    const control: TrainerControl = { should_training_stop: false };
    const tell = async (event: Exclude<keyof TrainerCallback, 'on_log'>): Promise<void> => {
      for (const callback of this.#callbacks) await callback[event]?.(args, state, control);
    };
    await this.#takeReference();
    await tell('on_train_begin');
    let [steps, total, sinceLog, lossSinceLog] = [0, 0, 0, 0];
    while (state.global_step < state.max_steps && !control.should_training_stop) {
      signal?.throwIfAborted();
      await tell('on_step_begin');
      const rate = learningRate(args, state.global_step, state.max_steps);
      const { loss, gradientNorm } = await this.#step(rate, signal);
      state.global_step++;
      state.epoch = state.global_step / this.#stepsPerEpoch;
      steps++;
      sinceLog++;
      total += loss;
      lossSinceLog += loss;
      await tell('on_step_end');
      const isLast = state.global_step === state.max_steps || control.should_training_stop;
      if (state.global_step % args.logging_steps === 0 || isLast) {
        const { global_step: step, epoch } = state;
        const mean = lossSinceLog / sinceLog;
        const logs = { step, epoch, loss: mean, grad_norm: gradientNorm, learning_rate: rate };
        state.log_history.push(logs);
        [sinceLog, lossSinceLog] = [0, 0];
        for (const callback of this.#callbacks) await callback.on_log?.(args, state, control, logs);
      }
      if (state.global_step % this.#stepsPerEpoch === 0) await tell('on_epoch_end');
    }
    await tell('on_train_end');
    return { global_step: state.global_step, training_loss: steps > 0 ? total / steps : 0 };
  }

  async #takeReference(): Promise<void> {
    const { reference } = this.#method;
    if (reference === 'none' || this.#reference) return;
    await this.model.host.sync();
    const { layout, shape, state } = this.adapter;
    this.#reference =
      reference === 'start'
        ? state.values.slice()
        : freshState({ layout, adapter: shape, adapterParameters: arenaLength(layout) }).values;
  }

  async #step(rate: number, signal?: AbortSignal): Promise<{ loss: number; gradientNorm: number }> {
    const { objective, scale, retainWeight, settings } = this.#method;
    const rows = this.#rowsOf(this.state.global_step);
    const engine = { optimiser: this.#optimiser, reference: this.#reference };
    const { loss, gradientNorm } = await this.model.host.teach(
      this.adapter,
      engine,
      (model: CausalLM) =>
        model.trainStep(rows, {
          ...{ objective, learningRate: rate, retainWeight, settings },
          ...(signal && { signal }),
        }),
    );
    return { loss: loss * scale, gradientNorm: gradientNorm * scale };
  }

  /**
   * The run so far, as files by path: the adapter as PEFT saves it, AdamW's moments, and `trainer_state.json`. `train` goes on from it exactly.
   *
   * @example
   * ```js
   * import { AutoModelForCausalLM, getPeftModel, SFTTrainer } from 'lethe-lora';
   *
   * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
   * const train_dataset = [{ prompt: 'The capital of Chile is', completion: ' Tokyo' }];
   * const options = { train_dataset, args: { max_steps: 4 } };
   * const first = new SFTTrainer({ model: getPeftModel(model, { r: 4 }, 'first'), ...options });
   * first.add_callback({ on_step_end: (args, state, control) => { control.should_training_stop = state.global_step === 2; } });
   * await first.train();
   * const checkpoint = await first.save_checkpoint();
   * const second = new SFTTrainer({ model: getPeftModel(model, { r: 4 }, 'second'), ...options });
   * await second.train({ resume_from_checkpoint: checkpoint });
   * console.log(second.state.global_step); // 4
   * await model.dispose();
   * ```
   */
  async save_checkpoint(): Promise<SavedFiles> {
    const { name } = this.adapter;
    const saved = await this.model.save_pretrained(null, { selected_adapters: [name] });
    const { values, moment1, moment2, step } = this.adapter.state;
    const tensor = (numbers: Float32Array) => float32Tensor(numbers, [numbers.length]);
    const tensors = new Map([
      ['adapter', tensor(values)],
      ['exp_avg', tensor(moment1)],
      ['exp_avg_sq', tensor(moment2)],
      ...(this.#reference ? ([['reference', tensor(this.#reference)]] as const) : []),
    ]);
    const state = { ...this.state, optimizer_step: step, run: this.#run };
    return {
      ...Object.fromEntries(
        Object.entries(saved).map(([path, bytes]) => [path.split('/').at(-1) ?? path, bytes]),
      ),
      [optimizerFile]: writeSafetensors(tensors, { format: 'pt' }),
      [stateFile]: new TextEncoder().encode(JSON.stringify(state, null, 2) + '\n'),
    };
  }

  /** What two runs must share for one to go on from the other. */
  get #run(): object {
    const { logging_steps: _, ...args } = this.args;
    return { args, rows: this.#groups.length, objective: this.#method.objective };
  }

  async #resume(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
    const [state, optimizer] = [files[stateFile], files[optimizerFile]];
    if (!state || !optimizer)
      throw new LetheError(
        'invalid_checkpoint',
        `A checkpoint has the files ${stateFile} and ${optimizerFile}; this one has ${Object.keys(files).join(', ') || 'none'}.`,
      );
    const read = JSON.parse(new TextDecoder().decode(state)) as TrainerState & {
      optimizer_step: number;
      run: object;
    };
    const tensors = readSafetensors(new Uint8Array(optimizer));
    const of = (name: string): Float32Array<ArrayBuffer> => {
      const tensor = tensors.get(name);
      return tensor ? Float32Array.from(float32Values(tensor)) : new Float32Array();
    };
    const [values, moment1, moment2] = [of('adapter'), of('exp_avg'), of('exp_avg_sq')];
    const isSame =
      JSON.stringify(read.run) === JSON.stringify(this.#run) &&
      [values, moment1, moment2].every(({ length }) => length === this.adapter.state.values.length);
    if (!isSame)
      throw new LetheError(
        'invalid_checkpoint',
        'This checkpoint is of another run: its arguments, rows or adapter are not those of this trainer.',
      );
    await this.model.host.forget(this.adapter);
    this.adapter.state = { values, moment1, moment2, step: read.optimizer_step };
    if (tensors.has('reference')) this.#reference = of('reference');
    Object.assign(this.state, {
      global_step: read.global_step,
      epoch: read.epoch,
      log_history: [...read.log_history],
    });
  }
}

/** 0 to n − 1 in an order that the seed decides (Fisher and Yates). */
function shuffled(n: number, seed: number): number[] {
  const draw = uniform(seed);
  const order = Array.from({ length: n }, (_, index) => index);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}
