/** @file A decoder with a LoRA adapter, on one device: loads, answers, scores, learns. */
import { parseModel, writeModelFiles, type Graph, type ModelFile } from '../onnx/index.ts';
import {
  adamW,
  adapterInput,
  adapterLayout,
  arenaLength,
  buildDecodeGraph,
  buildLensGraph,
  buildScoreGraph,
  buildTrainGraph,
  findProjections,
  checkMemory,
  estimateMemory,
  mergeAdapter,
  MissingGradientError,
  objectives,
  referenceInput,
  prepare,
  UnsupportedOperatorError,
  type MemoryEstimate,
  type ObjectiveName,
  type OptimiserSettings,
  type Trainable,
} from '../passes/index.ts';
import {
  chooseDevice,
  float32,
  loadBackend,
  scalar,
  Session,
  type Backend,
  type DeviceRequest,
  type Tensor,
  type Traffic,
} from '../runtime/index.ts';
import { cacheInputs, chosen, countParameters, modelName } from './describe.ts';
import { loadFiles, type ModelFiles } from './files.ts';
import { generate, type CacheInput } from './generate.ts';
import { parting, readLens } from './lens.ts';
import { uniform } from './random.ts';
import { labelledBatch, splitByTokens } from './sequences.ts';
import { suggestedAdapter, textShares } from './told.ts';
import { readTextCoder, type TextCoder } from './text.ts';
import type {
  AdapterConfig,
  AdapterState,
  CausalLM,
  Continuation,
  Contrast,
  GenerateOptions,
  Generation,
  LensReading,
  LoadProgress,
  ModelInfo,
  Score,
  StepOptions,
  StepResult,
  TrainingExample,
} from './types.ts';

export interface LoadOptions extends DeviceRequest {
  /** Folder in the Hub's layout: a URL with a slash at its end, or a path in Node. */
  base: string;
  /** The model's file in that folder, such as `onnx/model_q4.onnx`; by default `onnx/model.onnx`. */
  file?: string;
  /** URL of the folder with ONNX Runtime's WebAssembly files; needed in a browser. */
  binaries?: string;
  adapter?: Partial<AdapterConfig>;
  optimiser?: OptimiserSettings;
  onProgress?: (progress: LoadProgress) => void;
  signal?: AbortSignal;
  /** Bytes of memory that a training step may take; one that needs more is refused before it runs. By default none is. */
  memory?: number;
}

/** Raised when a step's loss or gradient is not a finite number; the state is the one before the step. */
export class DivergedError extends Error {
  constructor(readonly loss: number) {
    super(`The loss became ${loss}: the last step was not taken.`);
    this.name = 'DivergedError';
  }
}

const defaultAdapter: AdapterConfig = { rank: 8, alpha: 16, modules: [], layers: [], seed: 1 };
const defaultOptimiser: OptimiserSettings = { ...adamW, maxGradientNorm: 1 };

/** Tokens (rows times padded length) that one scoring run takes at most. */
const scoreBudget = 2048;

type SessionKind = 'decode' | 'score' | 'lens' | ObjectiveName;

const stateNames = ['adapter', 'moment1', 'moment2'] as const;

/** Loads a model. Throws with the reason when its files cannot be had or it is not a decoder that ONNX Runtime runs. */
export async function loadCausalLM(options: LoadOptions): Promise<CausalLM> {
  const report = options.onProgress ?? (() => undefined);
  const [files, backend] = await Promise.all([
    loadFiles(options.base, report, options.signal, options.file),
    chooseDevice(options).then((choice) => loadBackend(choice, options.binaries)),
  ]);
  options.signal?.throwIfAborted();
  const source = prepare(parseModel(files.model, files.external), files.external);
  if (!source.outputs.some(({ name }) => name === 'logits'))
    throw new Error('This model has no output "logits": it is not a causal language model.');
  const model = new OnnxCausalLM(source, files, backend, options);
  await model.prepare(report);
  return model;
}

class OnnxCausalLM implements CausalLM {
  readonly info: ModelInfo;
  private readonly coder: TextCoder;
  private readonly trainable: Trainable & { kind: 'adapters' };
  private readonly traffic: Traffic = { readBack: 0 };
  /** Known once the decode graph is built. */
  private cache: CacheInput[] = [];
  private readonly fitting = new Set<string>();
  private readonly sessions = new Map<string, Promise<Session>>();
  private state: Record<(typeof stateNames)[number], Tensor>;
  private reference: Tensor | null = null;
  private step = 0;
  private queue: Promise<unknown> = Promise.resolve();
  private disposed = false;

  constructor(
    private readonly source: Graph,
    files: ModelFiles,
    private readonly backend: Backend,
    private readonly options: LoadOptions,
  ) {
    this.coder = readTextCoder(files);
    const adapter = { ...defaultAdapter, ...suggestedAdapter(files), ...options.adapter };
    const projections = chosen(findProjections(source), adapter);
    this.trainable = { kind: 'adapters', projections, rank: adapter.rank, alpha: adapter.alpha };
    const layout = adapterLayout(projections, adapter.rank);
    const { traffic } = this;
    this.info = {
      id: modelName(files, options.base),
      parameters: countParameters(source),
      adapter,
      adapterParameters: arenaLength(layout),
      layout,
      textShares: textShares(files),
      digest: files.digest,
      device: backend.choice,
      get readBack() {
        return traffic.readBack;
      },
      ...this.trainability(),
    };
    this.state = this.upload(this.freshState());
  }

  memory(batch: number, time: number): MemoryEstimate {
    return estimateMemory(this.buildTrain('cross-entropy'), batch, time);
  }

  /** Checks each size of batch once against the memory that may be used. */
  private refuseIfTooLarge(
    objective: ObjectiveName,
    [rows = 1, time = 1]: readonly number[],
  ): void {
    const key = `${objective} ${rows} ${time}`;
    if (this.options.memory === undefined || this.fitting.has(key)) return;
    checkMemory(this.buildTrain(objective), rows, time, this.options.memory);
    this.fitting.add(key);
  }

  /** Whether a train graph can be built, and if not why: decided by building it. */
  private trainability(): Pick<ModelInfo, 'trainable' | 'untrainableReason'> {
    try {
      this.buildTrain('cross-entropy');
      return { trainable: true };
    } catch (error) {
      if (error instanceof MissingGradientError || error instanceof UnsupportedOperatorError)
        return { trainable: false, untrainableReason: error.message };
      throw error;
    }
  }

  /** Builds what every visitor needs at once: the sessions that generate and score. */
  async prepare(report: (progress: LoadProgress) => void): Promise<void> {
    report({ stage: 'build', fraction: 0 });
    await this.session('decode');
    report({ stage: 'build', fraction: 0.5 });
    await this.session('score');
    report({ stage: 'build', fraction: 1 });
  }

  private buildTrain(objective: ObjectiveName): Graph {
    const optimiser = this.options.optimiser ?? defaultOptimiser;
    return buildTrainGraph(this.source, this.trainable, objective, optimiser).graph;
  }

  /** A session by its kind, built at first use. */
  private session(kind: SessionKind): Promise<Session> {
    let session = this.sessions.get(kind);
    if (!session) {
      session = this.createSession(kind);
      this.sessions.set(kind, session);
      session.catch(() => this.sessions.delete(kind));
    }
    return session;
  }

  private async createSession(kind: SessionKind): Promise<Session> {
    const { backend, traffic, source, trainable } = this;
    if (kind === 'score')
      return Session.create(buildScoreGraph(source, trainable), backend, traffic);
    if (kind === 'lens')
      return Session.create(buildLensGraph(source, trainable, 2), backend, traffic);
    if (kind === 'decode') {
      const graph = buildDecodeGraph(source, trainable);
      this.cache = cacheInputs(graph);
      const onDevice = graph.outputs.map(({ name }) => name).filter((name) => name !== 'logits');
      return Session.create(graph, backend, traffic, { onDevice });
    }
    return Session.create(this.buildTrain(kind), backend, traffic, {
      onDevice: stateNames.map((name) => `${name}_out`),
    });
  }

  /** Runs after everything asked before it. */
  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(() => {
      if (this.disposed) throw new Error('This model was closed.');
      return work();
    });
    this.queue = result.catch(() => undefined);
    return result;
  }

  encode(text: string): number[] {
    return this.coder.encode(text);
  }

  decode(tokens: readonly number[]): string {
    return this.coder.decode(tokens);
  }

  private begin(text: string): number[] {
    const tokens = this.coder.encode(text);
    if (this.coder.bos !== null) return [this.coder.bos, ...tokens];
    if (tokens.length > 0) return tokens;
    throw new Error('This model has no beginning-of-sequence token: a prompt may not be empty.');
  }

  generate(prompts: readonly string[], options: GenerateOptions): Promise<Generation[]> {
    return this.generateTokens(
      prompts.map((prompt) => this.begin(prompt)),
      options,
    );
  }

  generateTokens(
    prompts: readonly (readonly number[])[],
    options: GenerateOptions,
  ): Promise<Generation[]> {
    return this.enqueue(async () => {
      const session = await this.session('decode');
      const { backend, coder, cache, state } = this;
      return generate({ backend, session, coder, cache, adapter: state.adapter }, prompts, options);
    });
  }

  score(items: readonly Continuation[], signal?: AbortSignal): Promise<Score[]> {
    const sequences = items.map(({ prompt, continuation }) => {
      const before = this.begin(prompt);
      return { ids: [...before, ...this.coder.encode(continuation)], from: before.length };
    });
    return this.enqueue(async () => {
      const session = await this.session('score');
      const scores: Score[] = [];
      for (const batch of splitByTokens(sequences, scoreBudget)) {
        signal?.throwIfAborted();
        const output = await session.run({
          ...labelledBatch(this.backend, batch, this.coder.pad),
          [adapterInput]: this.state.adapter,
        });
        const logProb = numbers(output['sequence_logprob']);
        const greedy = numbers(output['sequence_greedy']);
        batch.forEach(({ ids, from }, row) =>
          scores.push({
            logProb: logProb[row] ?? NaN,
            isGreedy: Math.round(greedy[row] ?? 0) === ids.length - from,
          }),
        );
      }
      return scores;
    });
  }

  lens(contrasts: readonly Contrast[]): Promise<LensReading[]> {
    const partings = contrasts.map(({ prompt, continuations: [one, other] }) =>
      parting(this.begin(prompt), [this.coder.encode(one), this.coder.encode(other)]),
    );
    return this.enqueue(async () => {
      const session = await this.session('lens');
      const { backend, coder, state } = this;
      const lens = { backend, session, pad: coder.pad, adapter: state.adapter };
      return readLens({ ...lens, budget: scoreBudget }, partings);
    });
  }

  trainStep(examples: readonly TrainingExample[], options: StepOptions): Promise<StepResult> {
    const end = this.coder.eos[0];
    const sequences = examples.map(({ prompt, completion, open = false }) => {
      const before = this.begin(prompt);
      const last = open || end === undefined ? [] : [end];
      const counted = [...this.coder.encode(completion), ...last];
      return { ids: [...before, ...counted], from: before.length };
    });
    return this.enqueue(() =>
      this.runStep(
        options.objective,
        {
          ...labelledBatch(this.backend, sequences, this.coder.pad),
          role: float32(
            this.backend,
            Float32Array.from(examples, ({ role }) => role),
            [examples.length],
          ),
          retain_weight: scalar(this.backend, options.retainWeight ?? 1),
          ...this.settings(options),
        },
        options.learningRate,
      ),
    );
  }

  /** The objective's own settings, those not given at their defaults. */
  private settings({ objective, settings = {} }: StepOptions): Record<string, Tensor> {
    return Object.fromEntries(
      Object.entries<number>(objectives[objective].settings).map(([name, usual]) => [
        name,
        scalar(this.backend, settings[name] ?? usual),
      ]),
    );
  }

  /** One run of the train graph; the new state takes the old one's place unless a number is not finite. */
  private async runStep(
    objective: ObjectiveName,
    batch: Record<string, Tensor>,
    learningRate: number,
  ): Promise<StepResult> {
    this.refuseIfTooLarge(objective, batch['input_ids']?.dims ?? []);
    const session = await this.session(objective);
    if (!this.reference && session.inputNames.includes(referenceInput))
      throw new Error(`The objective "${objective}" compares with a reference, and none is set.`);
    const output = await session.run({
      ...batch,
      ...this.state,
      ...(this.reference && { [referenceInput]: this.reference }),
      lr: scalar(this.backend, learningRate),
      step: scalar(this.backend, this.step + 1),
    });
    const next = Object.fromEntries(
      stateNames.map((name) => [name, output[`${name}_out`] as Tensor]),
    ) as typeof this.state;
    const loss = numbers(output['loss'])[0] ?? NaN;
    const gradientNorm = numbers(output['grad_norm'])[0] ?? NaN;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      release(next);
      throw new DivergedError(loss);
    }
    release(this.state);
    this.state = next;
    this.step++;
    return { loss, gradientNorm, sequenceLogProb: numbers(output['sequence_logprob']).slice() };
  }

  getState(): Promise<AdapterState> {
    return this.enqueue(async () => {
      const [values, moment1, moment2] = await Promise.all(
        stateNames.map(async (name) =>
          Float32Array.from((await this.state[name].getData()) as Float32Array),
        ),
      );
      return { values, moment1, moment2, step: this.step } as AdapterState;
    });
  }

  mergedModel(): Promise<ModelFile[]> {
    return this.enqueue(async () => {
      const values = (await this.state.adapter.getData()) as Float32Array;
      const { projections } = this.trainable;
      return writeModelFiles(mergeAdapter(this.source, projections, values, this.trainable));
    });
  }

  setState(state: AdapterState): Promise<void> {
    return this.enqueue(() => {
      for (const array of [state.values, state.moment1, state.moment2]) this.checkLength(array);
      release(this.state);
      this.state = this.upload(state);
      this.step = state.step;
      return Promise.resolve();
    });
  }

  setReference(values: Float32Array | null): Promise<void> {
    return this.enqueue(() => {
      if (values) this.checkLength(values);
      this.reference?.dispose();
      this.reference = values && this.vector(values);
      return Promise.resolve();
    });
  }

  private checkLength({ length }: Float32Array): void {
    const expected = this.info.adapterParameters;
    if (length !== expected)
      throw new Error(`This state has ${length} numbers; the model's adapter has ${expected}.`);
  }

  private vector(values: Float32Array): Tensor {
    return float32(this.backend, Float32Array.from(values), [values.length]);
  }

  private upload(state: AdapterState): typeof this.state {
    return {
      adapter: this.vector(state.values),
      moment1: this.vector(state.moment1),
      moment2: this.vector(state.moment2),
    };
  }

  /** A: uniform in ±1/√in (PEFT's Kaiming initialisation with a = √5); B: zero. */
  freshState(): AdapterState {
    const { layout, adapterParameters, adapter } = this.info;
    const values = new Float32Array(adapterParameters);
    const draw = uniform(adapter.seed);
    for (const { name, dims, offset, length } of layout) {
      if (!name.endsWith('.lora_A')) continue;
      const bound = 1 / Math.sqrt(dims[1] ?? 1);
      for (let i = 0; i < length; i++) values[offset + i] = bound * (2 * draw() - 1);
    }
    return {
      values,
      moment1: new Float32Array(adapterParameters),
      moment2: new Float32Array(adapterParameters),
      step: 0,
    };
  }

  async dispose(): Promise<void> {
    await this.enqueue(async () => {
      this.disposed = true;
      release(this.state);
      this.reference?.dispose();
      const sessions = await Promise.allSettled(this.sessions.values());
      for (const session of sessions)
        if (session.status === 'fulfilled') await session.value.dispose();
      this.sessions.clear();
    });
  }
}

function numbers(tensor: Tensor | undefined): Float32Array {
  if (!tensor) throw new Error('The graph did not give an expected output.');
  return tensor.data as Float32Array;
}

function release(tensors: Record<string, Tensor>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
