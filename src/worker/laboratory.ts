/** @file The laboratory as the worker runs it: one model in one state of its history, and one thing at a time that changes it. */
import {
  canonicalJson,
  defaultAdapter,
  dissect,
  examine,
  inspect,
  languageOrder,
  languagesOf,
  leftover,
  nothingDone,
  parseExperiment,
  parseTestedFact,
  probe,
  run,
  runOf,
  settled,
  stateKey,
  stepExamples,
  survey,
  type Asking,
  type CheckpointMeta,
  type Dissection,
  type ExperimentRun,
  type Inspection,
  type Leftover,
  type LeftoverAsked,
  type Looked,
  type Probe,
  type RunEvent,
  type RunHooks,
  type RunProgress,
  type TestedFact,
} from '../lab/index.ts';
import type { LabApi, RunPlan } from './api.ts';
import {
  changesNothing,
  exportPeft,
  importPeft,
  isSlow,
  loadCausalLM,
  type Abilities,
  type AdapterState,
  type CausalLM,
  type MemoryEstimate,
  type PeftFiles,
} from 'lethe-lora/engine';
import {
  readCheckpointFile,
  writeCheckpointFile,
  type StoredCheckpoint,
} from '../storage/index.ts';
import { History, type Entry } from './history.ts';
import { adapterKey, memoryOn, openSource } from './source.ts';
import { withHistoryLock, withLock } from './locks.ts';

interface Loaded {
  key: string;
  model: CausalLM;
  history: History;
  current: CheckpointMeta;
}

/** A probe, what it was about, and what it took. */
interface KnownProbe {
  about: string;
  probe: Probe;
  milliseconds: number;
}

function keyOf(state: CheckpointMeta, fact: TestedFact, asking: Asking | undefined): string {
  return canonicalJson({ state: stateKey(state), fact, asking: asking ?? { mode: 'plain' } });
}

/** A checkpoint's state; null where there is none, or it cannot be read any more. */
async function stateOf(history: History, id: string | null): Promise<AdapterState | null> {
  if (id === null) return null;
  const read = await history.read(id).catch(() => null);
  return read?.state ?? null;
}

/** Milliseconds of a step for which a class can wait. */
const longStep = 20_000;

/** Milliseconds of a step that nobody has to be told of beforehand. */
const shortStep = 5_000;

/** About the tokens of a step, before it is planned. */
const usualTokens = 500;

/** Numbers of retain sentences that are tried where more take long. */
const fewRetained = [12, 8, 6, 4];

/** A token that is taught goes forward, forward again where its layer's products were not kept, and back: what is read goes forward once. */
const passes = 3;

export class Laboratory implements LabApi {
  private loaded: Loaded | null = null;
  /** Counts the loads that were asked for: the last one stays, whichever is there first. */
  private loads = 0;
  private running = false;
  /** The model is in states that are not the current one. */
  private examining = false;
  private stopAsked = false;
  /** Counts what ends a survey: one that began at another count stops, and its last batch is not given out. */
  private interruptions = 0;
  /** Questions that are being answered. */
  private readonly questions = new Set<AbortController>();
  /** What was asked last, in all languages, of a state that is still in use perhaps. */
  private known: KnownProbe | null = null;
  /** Milliseconds that a token took in the last step; null before the first. */
  private perTaught: number | null = null;
  /** Ends the step or the probe of a run. */
  private stopper = new AbortController();
  /** Checkpoints for which the browser had no room: kept here until they are stored, or deleted. */
  private readonly unsaved = new Map<string, StoredCheckpoint>();

  async load(...[options, onProgress]: Parameters<LabApi['load']>): ReturnType<LabApi['load']> {
    // Files at hand have no name that tells them from others.
    const key = options.source.kind === 'files' ? crypto.randomUUID() : JSON.stringify(options);
    if (this.loaded?.key === key) return this.describe(this.loaded);
    this.refuseWhileRunning();
    this.interruptions++;
    void this.stopAsking();
    const number = ++this.loads;
    const { binaries, device, threads } = options;
    // Before the old model is given up: there may be no such files.
    const files = await openSource(options.source);
    await this.loaded?.model.dispose();
    this.loaded = null;
    this.known = null;
    this.perTaught = null;
    const model = await loadCausalLM({
      ...files,
      ...(binaries !== undefined && { binaries }),
      device,
      ...(threads !== undefined && { threads }),
      adapter: { ...defaultAdapter, ...options.adapter },
      memory: memoryOn,
      onProgress,
    });
    if (number !== this.loads) {
      await model.dispose();
      throw new Error('Another model was chosen meanwhile.');
    }
    const adapter = options.adapter ? await adapterKey(model.info) : undefined;
    const history = new History(model, adapter, this.unsaved);
    // Two tabs that open at once must not both write the first checkpoint.
    const current = await withLock(`root/${model.info.digest}`, () => history.enterSelected());
    this.loaded = { key, model, history, current };
    return this.describe(this.loaded);
  }

  private describe({ model, current }: Loaded): Awaited<ReturnType<LabApi['load']>> {
    // A copy: the model's own record has a getter, which does not cross to the page.
    return { info: { ...model.info }, current };
  }

  private get lab(): Loaded {
    if (!this.loaded) throw new Error('No model is loaded yet.');
    return this.loaded;
  }

  async probe(
    ...[fact, asking, languages, onRow]: Parameters<LabApi['probe']>
  ): ReturnType<LabApi['probe']> {
    this.refuseWhileExamining();
    const { model, current } = this.lab;
    const question = new AbortController();
    this.questions.add(question);
    const since = performance.now();
    try {
      const answered = await probe(model, fact, {
        step: 0,
        withAnswers: true,
        retainSet: [],
        signal: question.signal,
        ...(asking && { asking }),
        ...(languages && { languages }),
        ...(onRow && { onRow }),
      });
      const isWhole = answered.rows.length === languagesOf(fact).length;
      if (isWhole && !this.running && this.lab.current === current)
        this.known = {
          about: keyOf(current, fact, asking),
          probe: answered,
          milliseconds: performance.now() - since,
        };
      return answered;
    } catch (error) {
      if (question.signal.aborted) return null;
      throw error;
    } finally {
      this.questions.delete(question);
    }
  }

  stopAsking(): Promise<void> {
    for (const question of this.questions) question.abort();
    return Promise.resolve();
  }

  async inspect(looked: Looked): Promise<{ now: Inspection; before: Inspection | null }> {
    this.refuseWhileRunning();
    const { model } = this.lab;
    this.examining = true;
    this.interruptions++;
    try {
      const own = await model.getState();
      const now = await inspect(model, looked);
      if (changesNothing(model.info, own)) return { now, before: null };
      try {
        await model.setState(model.freshState());
        return { now, before: await inspect(model, looked) };
      } finally {
        await model.setState(own);
      }
    } finally {
      this.examining = false;
    }
  }

  async dissect({ experiment, phase }: ExperimentRun): Promise<Dissection> {
    this.refuseWhileRunning();
    const { current, history, model } = this.lab;
    const run = { experiment: settled(parseExperiment(experiment), model.info), phase };
    this.examining = true;
    this.interruptions++;
    try {
      const previous = await stateOf(history, current.parent);
      return await dissect(model, run, previous);
    } finally {
      this.examining = false;
    }
  }

  async leftover(asked: LeftoverAsked, since: string): Promise<Leftover> {
    this.refuseWhileRunning();
    const { history, model } = this.lab;
    const fact = parseTestedFact(asked.fact);
    this.examining = true;
    this.interruptions++;
    try {
      const { state } = await history.read(since);
      return await leftover(model, { ...asked, fact }, state);
    } finally {
      this.examining = false;
    }
  }

  survey(...[asked, onAnswers]: Parameters<LabApi['survey']>): Promise<boolean> {
    this.refuseWhileRunning();
    const { model, current } = this.lab;
    const began = ++this.interruptions;
    return survey(model, asked, {
      onAnswers: (answers) => onAnswers({ state: stateKey(current), answers }),
      shouldStop: () => this.interruptions !== began,
    });
  }

  stopSurvey(): Promise<void> {
    this.interruptions++;
    return Promise.resolve();
  }

  async run(...[wanted, onEvent, name]: Parameters<LabApi['run']>): ReturnType<LabApi['run']> {
    const { current, model } = this.lab;
    const experiment = settled(parseExperiment(wanted.experiment), model.info);
    const { phase } = wanted;
    const place = { parent: current.id, name };
    return this.alone(() => this.execute({ experiment, phase }, nothingDone, place, onEvent));
  }

  resume(id: string, onEvent: (event: RunEvent) => void): Promise<CheckpointMeta> {
    return this.alone(() => this.goOn(id, onEvent));
  }

  private async goOn(id: string, onEvent: (event: RunEvent) => void): Promise<CheckpointMeta> {
    const { model, history } = this.lab;
    const { meta, state } = await history.read(id);
    const stopped = runOf(meta);
    if (!stopped || meta.ending !== 'stopped')
      throw new Error('Only a run that was stopped can go on.');
    await this.enter(model, meta, state);
    const { parent, createdAt, name } = meta;
    // Where it began: some methods compare with it. A parent that was deleted matters only to those.
    const start = parent === null ? null : await history.read(parent).catch(() => null);
    return this.execute(stopped, meta, { parent, id, createdAt, name }, onEvent, start?.state);
  }

  /** Puts the model into a checkpoint's state; a survey that began before, or meanwhile, ends. */
  private async enter(model: CausalLM, meta: CheckpointMeta, state: AdapterState): Promise<void> {
    this.interruptions++;
    void this.stopAsking();
    await model.setState(state);
    this.lab.current = meta;
    this.interruptions++;
  }

  /** What changes checkpoints: not during a run, here or in another tab. */
  private async alone<T>(action: () => Promise<T>): Promise<T> {
    this.refuseWhileRunning();
    return withHistoryLock(this.lab.model.info.digest, action);
  }

  private refuseWhileRunning(): void {
    this.refuseWhileExamining();
    if (this.running) throw new Error('A run is going on: stop it first.');
  }

  private refuseWhileExamining(): void {
    if (this.examining) throw new Error('An examination is going on: stop it first.');
  }

  private async execute(
    taken: ExperimentRun,
    begun: RunProgress,
    place: Pick<Entry, 'parent' | 'name' | 'id' | 'createdAt'>,
    onEvent: (event: RunEvent) => void,
    start?: AdapterState,
  ): Promise<CheckpointMeta> {
    this.refuseWhileRunning();
    const { model, history } = this.lab;
    void this.stopAsking();
    const before = await model.getState();
    const id = place.id ?? crypto.randomUUID();
    const entry = { createdAt: Date.now(), ...place, id, ...taken };
    this.running = true;
    this.interruptions++;
    this.stopAsked = false;
    this.stopper = new AbortController();
    const { facts, asking } = taken.experiment;
    const [fact] = facts;
    const about = fact && keyOf(this.lab.current, fact, asking ?? undefined);
    const { known } = this;
    try {
      onEvent({ type: 'started', id });
      const hooks: RunHooks = {
        onEvent: (event) => {
          if (event.type === 'step' && isSlow(model.info))
            this.perTaught = event.millisecondsPerStep / this.tokensOf(taken, event.step);
          onEvent(event);
        },
        shouldStop: () => this.stopAsked,
        signal: this.stopper.signal,
        paced: {
          known: known?.about === about ? known : null,
          languages: languageOrder(taken.experiment.teach.languages),
        },
        // So that a tab closed in the middle of a run finds it tomorrow as one that was stopped here.
        onMilestone: async (state, progress) => {
          await history.save({ ...entry, ending: 'stopped', progress, state });
        },
      };
      const result = await run(model, taken, begun, hooks, start);
      const { ending, message, ...progress } = result;
      const state = await model.getState();
      const meta = await history.save({ ...entry, ending, progress, state });
      this.lab.current = meta;
      onEvent({ type: 'saved', meta });
      onEvent({ type: 'ended', ending, message });
      return meta;
    } catch (error) {
      await model.setState(before);
      throw error;
    } finally {
      this.running = false;
    }
  }

  async examine(
    ...[examined, taught, onEvent]: Parameters<LabApi['examine']>
  ): ReturnType<LabApi['examine']> {
    this.refuseWhileRunning();
    const { history, model } = this.lab;
    const fact = parseTestedFact(examined.fact);
    // A checkpoint that was deleted, or cannot be read, is one that is not there.
    const lesson = taught === null ? null : await history.read(taught).catch(() => null);
    this.examining = true;
    this.interruptions++;
    this.stopAsked = false;
    try {
      return await examine(
        model,
        { ...examined, fact },
        { onEvent, shouldStop: () => this.stopAsked },
        undefined,
        lesson?.state ?? null,
      );
    } finally {
      this.examining = false;
    }
  }

  stop(): Promise<void> {
    this.stopAsked = true;
    // A step of a small model is over in a moment: it is not thrown away.
    if (this.loaded && isSlow(this.loaded.model.info)) this.stopper.abort();
    return Promise.resolve();
  }

  async checkout(id: string): Promise<CheckpointMeta> {
    this.refuseWhileRunning();
    const { model, history } = this.lab;
    const { meta, state } = await history.enter(id);
    await this.enter(model, meta, state);
    await history.select(id);
    return meta;
  }

  async history(): ReturnType<LabApi['history']> {
    return this.lab.history.list();
  }

  async rename(id: string, name: string): Promise<void> {
    const { history } = this.lab;
    const rename = (): Promise<void> => history.rename(id, name);
    // Neither a name in memory nor that of another checkpoint disturbs a run.
    await (this.running || history.isUnsaved(id) ? rename() : this.alone(rename));
  }

  async remove(...ids: string[]): Promise<void> {
    const { current, history } = this.lab;
    if (ids.includes(current.id))
      throw new Error('This is the state in use: go to another one first.');
    await this.alone(() => history.remove(...ids));
  }

  async exportCheckpoint(id: string): Promise<Blob> {
    return new Blob([writeCheckpointFile(await this.lab.history.read(id))]);
  }

  async importCheckpoint(file: Blob): Promise<CheckpointMeta> {
    const { history } = this.lab;
    const checkpoint = await readCheckpointFile(new Uint8Array(await file.arrayBuffer()));
    return this.alone(() => history.add(checkpoint));
  }

  saveUnsaved(): Promise<void> {
    return this.alone(async () => {
      const { history, current } = this.lab;
      await history.saveUnsaved();
      await history.select(current.id);
    });
  }

  async exportAdapter(packed: readonly string[]): Promise<PeftFiles> {
    this.refuseWhileRunning();
    const { model } = this.lab;
    const { values } = await model.getState();
    return exportPeft(model.info, values, { packed });
  }

  async importAdapter(files: PeftFiles, name: string): Promise<CheckpointMeta> {
    const { model, history } = this.lab;
    const { state } = importPeft(model.info, files, model.freshState());
    return this.alone(async () => {
      const root = await history.root();
      const meta = await history.save({
        parent: root?.id ?? null,
        name,
        experiment: null,
        phase: null,
        ending: null,
        progress: nothingDone,
        state,
      });
      await this.enter(model, meta, state);
      return meta;
    });
  }

  async mergedModel(): Promise<{ name: string; blob: Blob }[]> {
    this.refuseWhileRunning();
    const files = await this.lab.model.mergedModel();
    return files.map(({ name, parts }) => ({ name, blob: new Blob(parts) }));
  }

  check(): Promise<Abilities> {
    return this.lab.model.check();
  }

  plan({ experiment, phase }: ExperimentRun): ReturnType<LabApi['plan']> {
    const { model } = this.lab;
    const mayTake = model.info.perRead * passes * usualTokens;
    if (!isSlow(model.info) && mayTake < shortStep) return Promise.resolve(null);
    const run = { experiment: settled(experiment, model.info), phase };
    const { memory, available = null, tokens } = model.plan(stepExamples(run, 1), 'cross-entropy');
    const perToken = this.perTaught ?? (model.info.perRead * passes || null);
    const perStep = perToken && tokens * perToken;
    const lighter = perToken && perStep && perStep > longStep ? this.lighter(run, perToken) : null;
    return Promise.resolve({ memory: memory.total, available, perStep, lighter });
  }

  /** Fewer retain sentences, the most with which a step does not take long; else the fewest. */
  private lighter({ experiment, phase }: ExperimentRun, perToken: number): RunPlan['lighter'] {
    const { teach } = experiment;
    const fewer = fewRetained.filter((count) => count < teach.retainPerStep);
    const plans = fewer.map((retainPerStep) => {
      const run = { experiment: { ...experiment, teach: { ...teach, retainPerStep } }, phase };
      return { retainPerStep, perStep: this.tokensOf(run, 1) * perToken };
    });
    return plans.find(({ perStep }) => perStep <= longStep) ?? plans.at(-1) ?? null;
  }

  /** Tokens that a step computes. */
  private tokensOf(run: ExperimentRun, step: number): number {
    return this.lab.model.plan(stepExamples(run, step), 'cross-entropy').tokens;
  }

  memory(batch: number, time: number): Promise<MemoryEstimate> {
    return Promise.resolve(this.lab.model.memory(batch, time));
  }
}
