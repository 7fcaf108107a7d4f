/** @file A decoder with a LoRA adapter, on one device: loads, answers, scores, learns. */
import { ownEntry } from '../own-entry.ts';
import { parseModel, writeModelFiles, type Graph, type ModelFile } from '../onnx/index.ts';
import {
  adamW,
  adapterLayout,
  arenaLength,
  mergeAdapter,
  objectiveSettings,
  type MemoryEstimate,
  type OptimiserSettings,
} from '../passes/index.ts';
import {
  chooseDevice,
  float32,
  loadBackend,
  type Backend,
  type DeviceChoice,
  type DeviceRequest,
} from '../runtime/index.ts';
import { AdaptedDecoder } from './adapted-decoder.ts';
import { adapt, type Adaptation } from './adaptation.ts';
import { askInOrder } from './ask.ts';
import { changesNothing, checkLength, freshState } from './adapter-state.ts';
import { firstToAnswer } from './answering.ts';
import { Capabilities } from './capabilities.ts';
import type { Decoder } from './decoder.ts';
import { adaptable, countParameters, headSizes, modelName } from './describe.ts';
import { loadFiles, type FileSource, type ModelFiles } from './files.ts';
import { generate } from './generate.ts';
import { Learner } from './learner.ts';
import { groupsOf } from './parts.ts';
import { checkTeaching, type PlannedStep } from './plan.ts';
import { parting, readLens } from './lens.ts';
import { scorePatched } from './patch.ts';
import { PromptCoder } from './prompt-coder.ts';
import { runsOf, Scorer } from './score.ts';
import type { Example } from './sequences.ts';
import { Sessions, type SessionKind } from './sessions.ts';
import { suggestedAdapter, textShares } from './lethe-config.ts';
import { waysToAnswer } from './ways.ts';
import { isSlow } from './types.ts';
import type {
  Abilities,
  AdapterConfig,
  AdapterState,
  AnswerProgress,
  AskOptions,
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
  PatchedScore,
  Prompt,
  Question,
  Score,
  StepOptions,
  StepPlan,
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
  /** How steps of training are computed if they can be: in one run, or layer by layer. By default the plan decides (`CausalLM.plan`). */
  form?: 'whole' | 'layers';
}

const defaultAdapter: AdapterConfig = { rank: 8, alpha: 16, modules: [], layers: [], seed: 1 };
const defaultOptimiser: OptimiserSettings = { ...adamW, maxGradientNorm: 1 };

/** A model's files, and what will run them: models with other adapters may be opened from the same ones. */
export interface ReadModel {
  files: ModelFiles;
  backend: Backend;
}

/** Loads a model. Throws with the reason when its files cannot be had or it is not a decoder that ONNX Runtime runs. */
export async function loadCausalLM(options: LoadOptions): Promise<CausalLM> {
  return openCausalLM(await readCausalLM(options), options);
}

/** Reads a model's files and chooses the device. Throws with the reason where one cannot be had. */
export async function readCausalLM(options: LoadOptions): Promise<ReadModel> {
  const report = options.onProgress ?? (() => undefined);
  const [files, backend] = await Promise.all([
    loadFiles(options.base, report, options.signal, options.file),
    chooseDevice(options).then((choice) => loadBackend(choice, options.binaries)),
  ]);
  options.signal?.throwIfAborted();
  return { files, backend };
}

/** Builds what answers from files that were read. Throws when they are not a decoder that ONNX Runtime runs. */
export async function openCausalLM(
  { files, backend }: ReadModel,
  options: LoadOptions,
): Promise<CausalLM> {
  const report = options.onProgress ?? (() => undefined);
  const file = parseModel(files.model, files.external);
  if (!file.outputs.some(({ name }) => name === 'logits'))
    throw new Error('This model has no output "logits": it is not a causal language model.');
  const model = new OnnxCausalLM(file, files, backend, options);
  await model.prepare(report);
  return model;
}

/** What answers. */
interface Answers {
  decoder: Decoder;
  /** Its sessions. */
  kinds: readonly SessionKind[];
  scorer: Scorer;
}

class OnnxCausalLM implements CausalLM {
  readonly info: ModelInfo & { perToken: number; perRead: number };
  private readonly prompts: PromptCoder;
  private readonly capabilities = new Capabilities();
  /** Null where adapters go nowhere. */
  private readonly adaptation: Adaptation | null;
  private readonly sessions: Sessions;
  private readonly learner: Learner;
  /** Known once it has been tried. */
  private answers: Answers | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private disposed = false;

  constructor(
    private readonly file: Graph,
    private readonly files: ModelFiles,
    private readonly backend: Backend,
    options: LoadOptions,
  ) {
    this.prompts = new PromptCoder(files);
    const { coder, hasChat, chatProblem, unusedTemplates } = this.prompts;
    const adapter = { ...defaultAdapter, ...suggestedAdapter(files), ...options.adapter };
    this.adaptation = this.adaptTo(adapter);
    const { projections = [], trainable } = this.adaptation ?? {};
    const layout = trainable ? adapterLayout(trainable.projections, adapter.rank) : [];
    const optimiser = options.optimiser ?? defaultOptimiser;
    this.sessions = new Sessions(file, this.adaptation, optimiser, backend, options.form);
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
      inHalf: this.sessions.inHalf,
      get readBack() {
        return traffic.readBack;
      },
      perToken: 0,
      perRead: 0,
      can: this.capabilities.can,
      chat: hasChat,
      ...(chatProblem !== null && { chatProblem }),
      ...(unusedTemplates.length > 0 && { unusedTemplates }),
    };
    const memory = (): number | undefined => {
      const usable = options.memory?.(backend.choice);
      return usable === undefined
        ? undefined
        : usable - this.sessions.held([...this.answering.kinds, 'score']);
    };
    this.learner = new Learner(
      this.sessions,
      backend,
      coder.pad,
      memory,
      (state) => changesNothing(this.info, state),
      this.freshState(),
    );
  }

  memory(batch: number, time: number): MemoryEstimate {
    const labelled = Math.max(1, Math.ceil(time * usualAnswer));
    const row: Example = { ids: Array<number>(time).fill(0), from: time - labelled, role: 0 };
    return this.learner.plan(Array<Example>(batch).fill(row), 'cross-entropy').memory;
  }

  plan(examples: readonly TrainingExample[], objective: ObjectiveName): StepPlan {
    const { form, rowsAtOnce, groups, tokens, memory, available, fits } = this.learner.plan(
      this.rowsOf(examples),
      objective,
    );
    const plan = { form, rowsAtOnce, groups, tokens, memory, fits };
    return available === undefined ? plan : { ...plan, available };
  }

  private rowsOf(examples: readonly TrainingExample[]): Example[] {
    return examples.map(({ prompt, completion, open = false, role }) => ({
      ...this.prompts.continued(prompt, completion, !open),
      role,
    }));
  }

  private adaptTo(adapter: AdapterConfig): Adaptation | null {
    try {
      return adapt(this.file, this.files, adapter);
    } catch (error) {
      this.capabilities.refuse(adapted, error);
      return null;
    }
  }

  /** Builds what answers, and nothing else; what cannot be done beside answering is known by then, or found out when it is wanted. */
  async prepare(report: (progress: LoadProgress) => void): Promise<void> {
    report({ stage: 'build', fraction: 0 });
    const { adaptation, backend, capabilities, file, files, learner, sessions } = this;
    const { pad } = this.prompts.coder;
    const told = headSizes(files);
    const ways = waysToAnswer({ file, adaptation, sessions, backend, pad, told });
    // Tokens that any vocabulary has; what pads might be taken for padding.
    const tokens = [1, 2, 3].filter((token) => token !== pad);
    const { adapter } = learner;
    const first = await firstToAnswer(ways, sessions, { tokens, adapter });
    const { decoder, perToken, way, failures } = first;
    this.info.perToken = perToken;
    this.answers = {
      decoder,
      kinds: way.kinds(),
      scorer: new Scorer(decoder, sessions, backend, pad),
    };
    if (way.isAdapted) capabilities.can.adapt = 'yes';
    else if (adaptation) capabilities.refuse(adapted, failures[0]);
    report({ stage: 'build', fraction: 1 });
  }

  /** What answers. */
  private get answering(): Answers {
    if (!this.answers) throw new Error('This model is not ready.');
    return this.answers;
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

  promptTokens(prompt: Prompt): number[] {
    return this.prompts.begin(prompt);
  }

  continuationTokens(prompt: Prompt, continuation: string): number[] {
    return this.prompts.goOn(prompt, continuation);
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
      const { prompts: own } = this;
      const { decoder } = this.answering;
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
        const said = await generate(generator, asked, {
          ...options,
          ...{ maxNewTokens, seed },
          onToken: (row, token) => options.onToken?.(group[row] ?? 0, token),
        });
        group.forEach((index, row) => (generations[index] = said[row] as Generation));
      }
      return generations;
    });
  }

  async ask(questions: readonly Question[], options: AskOptions): Promise<AnswerProgress[]> {
    const { onProgress = () => undefined, inOrder: wanted = isSlow(this.info) } = options;
    if (wanted) {
      const inOrder = await this.enqueue(() => this.askInOrder(questions, options, onProgress));
      if (inOrder) return inOrder;
    }
    const items = questions.flatMap(({ prompt, continuations }) =>
      continuations.map((continuation) => ({ prompt, continuation })),
    );
    const scores = await this.score(items, options.signal);
    const generations = await this.generate(
      questions.map(({ prompt }) => prompt),
      options,
    );
    return questions.map(({ continuations }, index) => {
      const answering = {
        generation: generations[index] as Generation,
        done: true,
        scores: scores.splice(0, continuations.length),
      };
      onProgress(index, answering);
      return answering;
    });
  }

  /** Undefined where what answers cannot do it. */
  private askInOrder(
    questions: readonly Question[],
    options: AskOptions,
    onProgress: (question: number, answering: AnswerProgress) => void,
  ): Promise<AnswerProgress[] | undefined> {
    const { prompts, learner } = this;
    const { decoder } = this.answering;
    const { coder, context } = prompts;
    const asked = questions.map(({ prompt, continuations, perhaps = [], maxNewTokens }) => {
      const tokens = prompts.begin(prompt);
      const limit = Math.min(maxNewTokens ?? Infinity, options.maxNewTokens);
      return {
        prompt: tokens,
        continuations: continuations.map((text) => prompts.goOn(prompt, text)),
        perhaps: perhaps.map((text) => prompts.goOn(prompt, text)),
        maxNewTokens: Math.min(limit, context - tokens.length),
      };
    });
    const all = asked.flatMap(({ prompt, continuations, perhaps }) =>
      [...continuations, ...perhaps].map((tokens) => [...prompt, ...tokens]),
    );
    prompts.refuseLong(all);
    prompts.refuseLong(
      asked.map(({ prompt }) => [...prompt]),
      1,
    );
    const longest = Math.max(0, ...asked.map((each) => each.prompt.length + each.maxNewTokens));
    const mayAsk =
      decoder instanceof AdaptedDecoder &&
      decoder.mayRead &&
      decoder.mayPad &&
      decoder.rowsAtOnce(longest) >= questions.length;
    if (!mayAsk) return Promise.resolve(undefined);
    const asker = {
      decoder,
      coder,
      adapter: learner.adapter,
      onRead: (tokens: number, milliseconds: number) => {
        this.tookToRead(tokens, milliseconds);
      },
    };
    return askInOrder(asker, asked, options, onProgress);
  }

  /** The fastest so far counts: a first run builds what later ones use. */
  private tookToRead(tokens: number, milliseconds: number): void {
    this.info.perRead = Math.min(this.info.perRead || Infinity, milliseconds / tokens);
  }

  score(items: readonly Continuation[], signal?: AbortSignal): Promise<Score[]> {
    const sequences = items.map(({ prompt, continuation }) =>
      this.prompts.continued(prompt, continuation),
    );
    return this.enqueue(async () => {
      const { answering, capabilities, learner } = this;
      this.prompts.refuseLong(sequences.map(({ ids }) => ids));
      capabilities.require('score');
      const byGraph = capabilities.can.adapt === 'yes' && !this.sessions.answersInBytes;
      const since = performance.now();
      const scores = await answering.scorer.score(sequences, learner.adapter, byGraph, signal);
      this.tookToRead(sequences.flatMap(({ ids }) => ids).length, performance.now() - since);
      capabilities.can.score = 'yes';
      return scores;
    });
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
      return readLens(
        { ...lens, runsOf: (all) => runsOf(all, 'lens', sessions, backend) },
        partings,
      );
    });
  }

  patched(items: readonly Continuation[], source: Float32Array): Promise<PatchedScore[]> {
    const { prompts } = this;
    const sequences = items.map(({ prompt, continuation }) =>
      prompts.continued(prompt, continuation),
    );
    return this.enqueue(async () => {
      this.checkLength(source);
      prompts.refuseLong(sequences.map(({ ids }) => ids));
      const { backend, capabilities, learner, sessions } = this;
      const session = await capabilities.build('lens', () => sessions.get('patch'));
      const [layers] = sessions.graph('patch').input('patch').shape ?? [];
      return scorePatched(
        {
          backend,
          session,
          pad: prompts.coder.pad,
          adapter: learner.adapter,
          source: float32(backend, source, [source.length]),
          layers: Number(layers),
          runsOf: (all) => runsOf(all, 'patch', sessions, backend),
        },
        sequences,
      );
    });
  }

  trainStep(examples: readonly TrainingExample[], options: StepOptions): Promise<StepResult> {
    const rows = this.rowsOf(examples);
    const {
      objective,
      learningRate,
      retainWeight = 1,
      settings = {},
      signal,
      onProgress,
    } = options;
    const usual = Object.entries<number>(objectiveSettings[objective]);
    const scalars = {
      retain_weight: retainWeight,
      ...Object.fromEntries(
        usual.map(([name, value]) => [name, ownEntry(settings, name) ?? value]),
      ),
    };
    return this.enqueue(async () => {
      this.prompts.refuseLong(rows.map(({ ids }) => ids));
      signal?.throwIfAborted();
      const plan = await this.openStep(rows, objective);
      const step = {
        ...{ objective, learningRate, scalars },
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
      };
      return this.learner.take(rows, step, plan);
    });
  }

  /** Builds what a step runs. What fails for cross-entropy is why the model cannot be taught; other objectives need more of it. */
  private async openStep(rows: readonly Example[], objective: ObjectiveName): Promise<PlannedStep> {
    const { capabilities, learner } = this;
    capabilities.require('teach');
    const build = <T>(make: () => T | Promise<T>): T | Promise<T> =>
      objective === 'cross-entropy' ? capabilities.build('teach', make) : make();
    const plan = await build(() => learner.plan(rows, objective));
    await build(() => learner.open(plan, objective));
    return plan;
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
    checkTeaching('cross-entropy', this.sessions.planning());
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

/** Share of a sequence that its counted words are, where nobody knows them yet. */
const usualAnswer = 0.25;

/** What cannot be done without adapters. */
const adapted: readonly Capability[] = ['adapt', 'teach', 'lens', 'merge'];
