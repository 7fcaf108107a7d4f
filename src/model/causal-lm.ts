/** @file A decoder with a LoRA adapter, on one device: loads, answers, scores, learns. */
import { parseModel, writeModelFiles, type Graph, type ModelFile } from '../onnx/index.ts';
import {
  adamW,
  adapterInput,
  adapterLayout,
  arenaLength,
  findProjections,
  estimateMemory,
  mergeAdapter,
  MissingGradientError,
  objectiveSettings,
  prepare,
  stepBranch,
  UnsupportedOperatorError,
  type MemoryEstimate,
  type OptimiserSettings,
  type StepBranch,
  type Trainable,
} from '../passes/index.ts';
import {
  chooseDevice,
  loadBackend,
  type Backend,
  type DeviceChoice,
  type DeviceRequest,
  type Tensor,
} from '../runtime/index.ts';
import { checkLength, freshState } from './adapter-state.ts';
import { adaptable, cacheInputs, chosen, countParameters, modelName } from './describe.ts';
import { loadFiles, type FileSource, type ModelFiles } from './files.ts';
import { generate, type CacheInput } from './generate.ts';
import { Learner } from './learner.ts';
import { BufferLimitError, checkBuffers, groupsOf, rowsAtOnce, splitToFit } from './parts.ts';
import { parting, readLens } from './lens.ts';
import { PromptCoder } from './prompt-coder.ts';
import { labelledBatch, splitByLength, splitByTokens, type LabelledSequence } from './sequences.ts';
import { Sessions } from './sessions.ts';
import { suggestedAdapter, textShares } from './told.ts';
import type {
  AdapterConfig,
  AdapterState,
  CausalLM,
  ChatMessage,
  Continuation,
  Contrast,
  GenerateOptions,
  Generation,
  LensReading,
  LoadProgress,
  ModelInfo,
  Prompt,
  Score,
  StepOptions,
  StepResult,
  TrainingExample,
} from './types.ts';

export interface LoadOptions extends DeviceRequest {
  /** Folder in the Hub's layout (a URL with a slash at its end, or a path in Node), or files at hand. */
  base: string | FileSource;
  /** The model's file in that folder, such as `onnx/model_q4.onnx`; by default `onnx/model.onnx`. */
  file?: string;
  /** URL of the folder with ONNX Runtime's WebAssembly files; needed in a browser. */
  binaries?: string;
  adapter?: Partial<AdapterConfig>;
  optimiser?: OptimiserSettings;
  onProgress?: (progress: LoadProgress) => void;
  signal?: AbortSignal;
  /**
   * Bytes of memory that a training step may take on the device that was chosen; one that needs more is refused before it runs. By
   * default, and where it gives undefined, none is.
   */
  memory?: (device: DeviceChoice) => number | undefined;
}

const defaultAdapter: AdapterConfig = { rank: 8, alpha: 16, modules: [], layers: [], seed: 1 };
const defaultOptimiser: OptimiserSettings = { ...adamW, maxGradientNorm: 1 };

/** Tokens (rows times padded length) that one scoring run takes at most. */
const scoreBudget = 2048;

/** Loads a model. Throws with the reason when its files cannot be had or it is not a decoder that ONNX Runtime runs. */
export async function loadCausalLM(options: LoadOptions): Promise<CausalLM> {
  const report = options.onProgress ?? (() => undefined);
  const [files, backend] = await Promise.all([
    loadFiles(options.base, report, options.signal, options.file),
    chooseDevice(options).then((choice) => loadBackend(choice, options.binaries)),
  ]);
  options.signal?.throwIfAborted();
  const file = parseModel(files.model, files.external);
  const step = stepBranch(file, files.external);
  const source = prepare(file, files.external);
  if (!source.outputs.some(({ name }) => name === 'logits'))
    throw new Error('This model has no output "logits": it is not a causal language model.');
  const model = new OnnxCausalLM(source, step, files, backend, options);
  await model.prepare(report);
  return model;
}

class OnnxCausalLM implements CausalLM {
  readonly info: ModelInfo;
  private readonly prompts: PromptCoder;
  private readonly trainable: Trainable & { kind: 'adapters' };
  private readonly sessions: Sessions;
  private readonly learner: Learner;
  /** Known once the decode graph is built. */
  private cache: CacheInput[] = [];
  private queue: Promise<unknown> = Promise.resolve();
  private disposed = false;

  constructor(
    private readonly source: Graph,
    step: StepBranch | null,
    files: ModelFiles,
    private readonly backend: Backend,
    options: LoadOptions,
  ) {
    this.prompts = new PromptCoder(files);
    const { coder, hasChat, chatProblem, unusedTemplates } = this.prompts;
    const adapter = { ...defaultAdapter, ...suggestedAdapter(files), ...options.adapter };
    const all = findProjections(source);
    const projections = chosen(all, adapter);
    this.trainable = { kind: 'adapters', projections, rank: adapter.rank, alpha: adapter.alpha };
    const layout = adapterLayout(projections, adapter.rank);
    const optimiser = options.optimiser ?? defaultOptimiser;
    this.sessions = new Sessions(source, step, this.trainable, optimiser, backend);
    const { traffic } = this.sessions;
    this.info = {
      id: modelName(files, options.base),
      parameters: countParameters(source),
      adapter,
      adapterParameters: arenaLength(layout),
      layout,
      projections: adaptable(all),
      textShares: textShares(files),
      digest: files.digest,
      device: backend.choice,
      get readBack() {
        return traffic.readBack;
      },
      ...this.trainability(),
      chat: hasChat,
      ...(chatProblem !== null && { chatProblem }),
      ...(unusedTemplates.length > 0 && { unusedTemplates }),
    };
    const usable = options.memory?.(backend.choice);
    const memory = usable === undefined ? undefined : usable - this.sessions.heldToAsk();
    this.learner = new Learner(this.sessions, backend, coder.pad, memory, this.freshState());
  }

  memory(batch: number, time: number): MemoryEstimate {
    return estimateMemory(this.sessions.graph('cross-entropy'), batch, time);
  }

  /** Whether a train graph can be built, and if not why: decided by building it. */
  private trainability(): Pick<ModelInfo, 'trainable' | 'untrainableReason'> {
    try {
      checkBuffers(this.sessions.graph('cross-entropy'), this.sessions.bufferLimit);
      return { trainable: true };
    } catch (error) {
      if (
        error instanceof MissingGradientError ||
        error instanceof UnsupportedOperatorError ||
        error instanceof BufferLimitError
      )
        return { trainable: false, untrainableReason: error.message };
      throw error;
    }
  }

  /** Builds what every visitor needs at once: the sessions that generate and score. */
  async prepare(report: (progress: LoadProgress) => void): Promise<void> {
    const { sessions } = this;
    report({ stage: 'build', fraction: 0 });
    const { generating } = sessions;
    for (const kind of generating) {
      checkBuffers(sessions.graph(kind), sessions.bufferLimit);
      await sessions.get(kind);
    }
    this.cache = cacheInputs(sessions.graph(generating.at(-1) ?? 'decode'));
    report({ stage: 'build', fraction: 0.5 });
    await sessions.get('score');
    report({ stage: 'build', fraction: 1 });
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
    return this.prompts.coder.encode(text);
  }

  decode(tokens: readonly number[]): string {
    return this.prompts.coder.decode(tokens);
  }

  format(messages: readonly ChatMessage[]): string {
    return this.prompts.format(messages);
  }

  generate(prompts: readonly Prompt[], options: GenerateOptions): Promise<Generation[]> {
    return this.generateTokens(
      prompts.map((prompt) => this.prompts.begin(prompt)),
      options,
    );
  }

  generateTokens(
    prompts: readonly (readonly number[])[],
    options: GenerateOptions,
  ): Promise<Generation[]> {
    return this.enqueue(async () => {
      const { backend, cache, sessions } = this;
      const { coder, context } = this.prompts;
      const session = await sessions.get('decode');
      const step = sessions.step && (await sessions.get('step'));
      const mayPad = sessions.step?.mayPad ?? true;
      const longest = Math.max(0, ...prompts.map(({ length }) => length));
      this.prompts.refuseLong(prompts, 1);
      const maxNewTokens = Math.min(options.maxNewTokens, context - longest);
      const time = longest + maxNewTokens;
      const rows = rowsAtOnce(sessions.graph('decode'), time, sessions.bufferLimit);
      const { adapter } = this.learner;
      const decoder = { backend, session, ...(step && { step }), mayPad, coder, cache, adapter };
      const generations: Generation[] = [];
      for (const group of groupsOf(prompts, rows, mayPad)) {
        // Another seed for each group, as its rows would have had other draws.
        const seed = (options.seed ?? 0) + (group[0] ?? 0);
        const asked = group.map((index) => prompts[index] ?? []);
        const said = await generate(decoder, asked, { ...options, maxNewTokens, seed });
        group.forEach((index, row) => (generations[index] = said[row] as Generation));
      }
      return generations;
    });
  }

  score(items: readonly Continuation[], signal?: AbortSignal): Promise<Score[]> {
    const sequences = items.map(({ prompt, continuation }) =>
      this.prompts.continued(prompt, continuation),
    );
    return this.enqueue(async () => {
      const { sessions } = this;
      this.prompts.refuseLong(sequences.map(({ ids }) => ids));
      const session = await sessions.get('score');
      const scores = new Map<LabelledSequence, Score>();
      for (const batch of this.runsOf(sequences, 'score')) {
        signal?.throwIfAborted();
        const output = await session.run({
          ...labelledBatch(this.backend, batch, this.prompts.coder.pad),
          [adapterInput]: this.learner.adapter,
        });
        const logProb = numbers(output['sequence_logprob']);
        const greedy = numbers(output['sequence_greedy']);
        batch.forEach((sequence, row) =>
          scores.set(sequence, {
            logProb: logProb[row] ?? NaN,
            isGreedy: Math.round(greedy[row] ?? 0) === sequence.ids.length - sequence.from,
          }),
        );
      }
      return sequences.map((sequence) => scores.get(sequence) as Score);
    });
  }

  /** Sequences in groups that one run may take, in any order. */
  private runsOf<T extends LabelledSequence>(
    sequences: readonly T[],
    kind: 'score' | 'lens',
  ): T[][] {
    const graph = this.sessions.graph(kind);
    // On a GPU each further shape of a batch may compile shaders anew.
    const split = this.backend.choice.device === 'webgpu' ? splitByTokens : splitByLength;
    return split(sequences, scoreBudget).flatMap((batch) =>
      splitToFit(
        batch.map((sequence) => [sequence]),
        graph,
        this.sessions.bufferLimit,
      ),
    );
  }

  lens(contrasts: readonly Contrast[]): Promise<LensReading[]> {
    const { prompts } = this;
    const partings = contrasts.map(({ prompt, continuations: [one, other] }) =>
      parting(prompts.begin(prompt), [prompts.goOn(prompt, one), prompts.goOn(prompt, other)]),
    );
    return this.enqueue(async () => {
      const { backend, learner, sessions } = this;
      const session = await sessions.get('lens');
      const lens = { backend, session, pad: prompts.coder.pad, adapter: learner.adapter };
      return readLens({ ...lens, runsOf: (all) => this.runsOf(all, 'lens') }, partings);
    });
  }

  trainStep(examples: readonly TrainingExample[], options: StepOptions): Promise<StepResult> {
    const rows = examples.map(({ prompt, completion, open = false, role }) => ({
      ...this.prompts.continued(prompt, completion, !open),
      role,
    }));
    const { objective, learningRate, retainWeight = 1, settings = {} } = options;
    const usual = Object.entries<number>(objectiveSettings[objective]);
    const scalars = {
      retain_weight: retainWeight,
      ...Object.fromEntries(usual.map(([name, value]) => [name, settings[name] ?? value])),
    };
    return this.enqueue(() => {
      this.prompts.refuseLong(rows.map(({ ids }) => ids));
      return this.learner.take(rows, { objective, learningRate, scalars });
    });
  }

  getState(): Promise<AdapterState> {
    return this.enqueue(() => this.learner.save());
  }

  mergedModel(): Promise<ModelFile[]> {
    return this.enqueue(async () => {
      const { values } = await this.learner.save();
      const { projections } = this.trainable;
      return writeModelFiles(mergeAdapter(this.source, projections, values, this.trainable));
    });
  }

  setState(state: AdapterState): Promise<void> {
    return this.enqueue(() => {
      for (const array of [state.values, state.moment1, state.moment2]) this.checkLength(array);
      return this.learner.load(state);
    });
  }

  setReference(values: Float32Array | null): Promise<void> {
    return this.enqueue(() => {
      if (values) this.checkLength(values);
      return this.learner.setReference(values);
    });
  }

  private checkLength(values: Float32Array): void {
    checkLength(values, this.info.adapterParameters);
  }

  freshState(): AdapterState {
    return freshState(this.info);
  }

  async dispose(): Promise<void> {
    await this.enqueue(async () => {
      this.disposed = true;
      this.learner.dispose();
      await this.sessions.dispose();
    });
  }
}

function numbers(tensor: Tensor | undefined): Float32Array {
  if (!tensor) throw new Error('The graph did not give an expected output.');
  return tensor.data as Float32Array;
}
