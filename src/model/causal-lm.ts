/** @file A decoder with a LoRA adapter, on one device: loads, answers, scores, learns. */
import { parseModel, writeModelFiles, type Graph, type ModelFile } from '../onnx/index.ts';
import {
  adamW,
  adapterLayout,
  arenaLength,
  estimateMemory,
  isPast,
  mergeAdapter,
  objectiveSettings,
  type MemoryEstimate,
  type OptimiserSettings,
} from '../passes/index.ts';
import {
  chooseDevice,
  loadBackend,
  type Backend,
  type DeviceChoice,
  type DeviceRequest,
  type Session,
} from '../runtime/index.ts';
import { adapt, type Adaptation } from './adaptation.ts';
import { AdaptedDecoder, padsSurely, rowsOf } from './adapted-decoder.ts';
import { changesNothing, checkLength, freshState } from './adapter-state.ts';
import { firstToAnswer, type Way } from './answering.ts';
import { cacheInputs } from './cache.ts';
import { Capabilities } from './capabilities.ts';
import type { Decoder } from './decoder.ts';
import { adaptable, countParameters, headSizes, modelName } from './describe.ts';
import { FileDecoder } from './file-decoder.ts';
import { loadFiles, type FileSource, type ModelFiles } from './files.ts';
import { generate } from './generate.ts';
import { Learner, type Example } from './learner.ts';
import { BufferLimitError, checkBuffers, groupsOf, rowsAtOnce, splitToFit } from './parts.ts';
import { parting, readLens } from './lens.ts';
import { PromptCoder } from './prompt-coder.ts';
import { scoreByLogits, scoreBySession } from './score.ts';
import { splitByLength, splitByTokens, type LabelledSequence } from './sequences.ts';
import { Sessions, type SessionKind } from './sessions.ts';
import { suggestedAdapter, textShares } from './told.ts';
import type {
  Abilities,
  AdapterConfig,
  AdapterState,
  Capability,
  CausalLM,
  ChatMessage,
  Continuation,
  Contrast,
  GenerateOptions,
  Generation,
  LensReading,
  LoadProgress,
  ModelInfo,
  ObjectiveName,
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
  if (!file.outputs.some(({ name }) => name === 'logits'))
    throw new Error('This model has no output "logits": it is not a causal language model.');
  const model = new OnnxCausalLM(file, files, backend, options);
  await model.prepare(report);
  return model;
}

class OnnxCausalLM implements CausalLM {
  readonly info: ModelInfo;
  private readonly prompts: PromptCoder;
  private readonly capabilities = new Capabilities();
  /** Null where adapters go nowhere. */
  private readonly adaptation: Adaptation | null;
  private readonly sessions: Sessions;
  private readonly learner: Learner;
  /** What answers; known once it has been tried. */
  private decoder: Decoder | null = null;
  /** Sessions that are kept for asking. */
  private asking: SessionKind[] = [];
  /** Whether scores come from a graph of their own; undefined until one has come. */
  private hasScoreGraph: boolean | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private disposed = false;

  constructor(
    private readonly file: Graph,
    private readonly files: ModelFiles,
    private readonly backend: Backend,
    options: LoadOptions,
  ) {
    this.prompts = new PromptCoder(files);
    const { coder, hasChat, chatProblem } = this.prompts;
    const adapter = { ...defaultAdapter, ...suggestedAdapter(files), ...options.adapter };
    this.adaptation = this.adaptTo(adapter);
    const { projections = [], trainable } = this.adaptation ?? {};
    const layout = trainable ? adapterLayout(trainable.projections, adapter.rank) : [];
    const optimiser = options.optimiser ?? defaultOptimiser;
    this.sessions = new Sessions(file, this.adaptation, optimiser, backend);
    const { traffic } = this.sessions;
    this.info = {
      id: modelName(files, options.base),
      parameters: countParameters(this.adaptation?.source ?? file),
      adapter,
      adapterParameters: arenaLength(layout),
      layout,
      projections: adaptable(projections),
      textShares: textShares(files),
      digest: files.digest,
      device: backend.choice,
      get readBack() {
        return traffic.readBack;
      },
      can: this.capabilities.can,
      chat: hasChat,
      ...(chatProblem !== null && { chatProblem }),
    };
    const memory = (): number | undefined => {
      const usable = options.memory?.(backend.choice);
      return usable === undefined
        ? undefined
        : usable - this.sessions.held([...this.asking, 'score']);
    };
    this.learner = new Learner(this.sessions, backend, coder.pad, memory, this.freshState());
  }

  memory(batch: number, time: number): MemoryEstimate {
    return estimateMemory(this.sessions.graph('cross-entropy'), batch, time);
  }

  private adaptTo(adapter: AdapterConfig): Adaptation | null {
    try {
      return adapt(this.file, this.files.external, adapter);
    } catch (error) {
      this.capabilities.refuse(adapted, error);
      return null;
    }
  }

  /** Builds what answers, and nothing else; what cannot be done beside answering is known by then, or found out when it is wanted. */
  async prepare(report: (progress: LoadProgress) => void): Promise<void> {
    report({ stage: 'build', fraction: 0 });
    const { coder } = this.prompts;
    const words = coder.encode('The capital');
    const answering = await firstToAnswer(this.ways(), {
      tokens: words.length > 0 ? words : [coder.pad],
      adapter: this.learner.adapter,
    });
    this.decoder = answering.decoder;
    if (answering.isAdapted) this.capabilities.can.adapt = 'yes';
    else if (this.adaptation) this.capabilities.refuse(adapted, answering.failures[0]);
    report({ stage: 'build', fraction: 1 });
  }

  /** The ways to answer, the best first: with a cache, without one, and by the file's own kernels. */
  private ways(): Way[] {
    const { adaptation, backend, file, files, prompts, sessions } = this;
    const { pad } = prompts.coder;
    const way = (
      isAdapted: boolean,
      kinds: () => SessionKind[],
      decoderOf: (opened: Session[]) => Decoder,
    ): Way => ({
      isAdapted,
      make: async () => {
        this.asking = kinds();
        const opened: Session[] = [];
        for (const kind of this.asking) {
          if (isAdapted) checkBuffers(sessions.graph(kind), sessions.bufferLimit);
          opened.push(await sessions.get(kind));
        }
        return decoderOf(opened);
      },
      discard: () => sessions.discard(this.asking),
    });
    const ofFile = way(
      false,
      () => ['file'],
      ([session]) => new FileDecoder(backend, session as Session, file, pad, headSizes(files)),
    );
    if (!adaptation) return [ofFile];
    const { source } = adaptation;
    const adaptedWay = (kind: 'decode' | 'whole'): Way =>
      way(
        true,
        () => (kind === 'decode' && sessions.step ? ['decode', 'step'] : [kind]),
        ([session, step]) => {
          const graph = sessions.graph(kind);
          const cache = cacheInputs(step ? sessions.graph('step') : graph);
          return new AdaptedDecoder({
            backend,
            session: session as Session,
            ...(step && { step }),
            mayPad: step ? (sessions.step?.mayPad ?? false) : true,
            padsSurely: step !== undefined || cache.length === 0 || padsSurely(source),
            pad,
            cache,
            rowsAtOnce: (time) =>
              Math.min(rowsOf(graph), rowsAtOnce(graph, time, sessions.bufferLimit)),
          });
        },
      );
    const hasCache = source.inputs.some(isPast) || adaptation.step !== null;
    return [adaptedWay('decode'), ...(hasCache ? [adaptedWay('whole')] : []), ofFile];
  }

  /** What answers. */
  private get answering(): Decoder {
    if (!this.decoder) throw new Error('This model is not ready.');
    return this.decoder;
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
      const { answering: decoder, prompts: own } = this;
      const { coder, context } = own;
      const longest = Math.max(0, ...prompts.map(({ length }) => length));
      own.refuseLong(prompts, 1);
      const maxNewTokens = Math.min(options.maxNewTokens, context - longest);
      const rows = decoder.rowsAtOnce(longest + maxNewTokens);
      const generator = { decoder, coder, adapter: this.learner.adapter };
      const generations: Generation[] = [];
      for (const group of groupsOf(prompts, rows, decoder.mayPad)) {
        // Another seed for each group, as its rows would have had other draws.
        const seed = (options.seed ?? 0) + (group[0] ?? 0);
        const asked = group.map((index) => prompts[index] ?? []);
        const said = await generate(generator, asked, { ...options, maxNewTokens, seed });
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
      this.prompts.refuseLong(sequences.map(({ ids }) => ids));
      this.capabilities.require('score');
      const scores = await this.scoresOf(sequences, signal);
      this.capabilities.can.score = 'yes';
      return sequences.map((sequence) => scores.get(sequence) as Score);
    });
  }

  /** By the score graph where it can be built and run, else by the logits of what answers. */
  private async scoresOf(
    sequences: readonly LabelledSequence[],
    signal?: AbortSignal,
  ): Promise<Map<LabelledSequence, Score>> {
    const { answering, backend, capabilities, learner, prompts, sessions } = this;
    const { adapter } = learner;
    if (capabilities.can.adapt === 'yes' && this.hasScoreGraph !== false)
      try {
        const session = await sessions.get('score');
        const scores = await inBatches(this.runsOf(sequences, 'score'), signal, (batch) =>
          scoreBySession(session, backend, batch, prompts.coder.pad, adapter),
        );
        this.hasScoreGraph = true;
        return scores;
      } catch (error) {
        if (this.hasScoreGraph || signal?.aborted || error instanceof BufferLimitError) throw error;
        this.hasScoreGraph = false;
        await sessions.discard(['score']);
      }
    return inBatches(splitByLength(sequences, scoreBudget), signal, (batch) =>
      scoreByLogits(answering, batch, adapter),
    );
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
      const { backend, capabilities, learner, sessions } = this;
      const session = await capabilities.build('lens', () => sessions.get('lens'));
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
    return this.enqueue(async () => {
      this.prompts.refuseLong(rows.map(({ ids }) => ids));
      await this.openStep(rows, objective);
      return this.learner.take(rows, { objective, learningRate, scalars });
    });
  }

  /** Builds what a step runs. What fails for cross-entropy is why the model cannot be taught; other objectives need more of it. */
  private async openStep(rows: readonly Example[], objective: ObjectiveName): Promise<void> {
    const { capabilities, learner, sessions } = this;
    capabilities.require('teach');
    const build = <T>(make: () => T | Promise<T>): T | Promise<T> =>
      objective === 'cross-entropy' ? capabilities.build('teach', make) : make();
    await build(() => sessions.graph(objective));
    const kind = learner.kindOf(rows, objective);
    await build(() => sessions.get(kind));
  }

  check(): Promise<Abilities> {
    return this.enqueue(async () => {
      const { can } = this.capabilities;
      if (can.teach === 'unknown')
        await this.capabilities.build('teach', () => this.checkTeaching()).catch(() => undefined);
      return can;
    });
  }

  private checkTeaching(): void {
    const { sessions } = this;
    checkBuffers(sessions.graph('cross-entropy'), sessions.bufferLimit);
  }

  getState(): Promise<AdapterState> {
    return this.enqueue(() => this.learner.save());
  }

  mergedModel(): Promise<ModelFile[]> {
    return this.enqueue(async () => {
      const { values } = await this.learner.save();
      return this.capabilities.build('merge', () => {
        const { source, trainable } = this.adaptation as Adaptation;
        return writeModelFiles(mergeAdapter(source, trainable.projections, values, trainable));
      });
    });
  }

  setState(state: AdapterState): Promise<void> {
    return this.enqueue(() => {
      for (const array of [state.values, state.moment1, state.moment2]) this.checkLength(array);
      // It would not change what is said, and nobody would be told.
      if (!changesNothing(this.info, state)) this.capabilities.require('adapt');
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

/** What cannot be done without adapters. */
const adapted: readonly Capability[] = ['adapt', 'teach', 'lens', 'merge'];

async function inBatches(
  batches: readonly (readonly LabelledSequence[])[],
  signal: AbortSignal | undefined,
  score: (batch: readonly LabelledSequence[]) => Promise<Score[]>,
): Promise<Map<LabelledSequence, Score>> {
  const scores = new Map<LabelledSequence, Score>();
  for (const batch of batches) {
    signal?.throwIfAborted();
    const each = await score(batch);
    batch.forEach((sequence, index) => scores.set(sequence, each[index] as Score));
  }
  return scores;
}
