/** @file The laboratory as the page has it: its parts, one idea each, and what takes several of them. */
import {
  canonicalJson,
  examinedAt,
  stateKey,
  taughtAt,
  type Dissection,
  type Experiment,
  type Inspection,
  type Leftover,
  type Looked,
} from '../../lab/index.ts';
import type { LanguageCode } from '../../facts/index.ts';
import type { AdapterConfig, MemoryEstimate } from 'lethe-lora/engine';
import type { SweepRequest, LabApi, ModelSource, Restart, RunPlan } from '../../worker/index.ts';
import { messages, reasonOf } from '../messages/index.ts';
import { Checkpoints } from './checkpoints.ts';
import { Examinations } from './examinations.svelte.ts';
import { Knowledge } from './knowledge.svelte.ts';
import { rememberModel } from './last-model.ts';
import { ModelInUse } from './model-in-use.svelte.ts';
import { embeddedModel, twinModel, type Query } from '../address/model-link.ts';
import { agreeTo, unagreed } from '../address/origins.ts';
import { OwnFacts } from './own-facts.svelte.ts';
import { Projector } from './projector.svelte.ts';
import { Questions } from './questions.ts';
import { Runs } from './runs.ts';
import { Session } from './session.svelte.ts';
import { StateFiles } from './state-files.ts';
import { Trial } from './trial.svelte.ts';

/** What was seen in an answer now, and in the untouched model's, where that is another. */
export interface Look {
  now: Inspection;
  before: Inspection | null;
}

export class Lab {
  /** What is known of the laboratory now. */
  readonly session = new Session();
  readonly ownFacts = new OwnFacts();
  readonly model: ModelInUse;
  readonly knowledge: Knowledge;
  readonly questions: Questions;
  readonly trial: Trial;
  readonly checkpoints: Checkpoints;
  readonly files: StateFiles;
  readonly runs: Runs;
  readonly examinations: Examinations;
  readonly projector: Projector;

  readonly #api: LabApi;
  /** Counts loads: what an earlier one still brings is of no interest. */
  #loads = 0;

  constructor(
    api: LabApi,
    /** What the address says beside the experiment. */
    readonly query: Query,
  ) {
    this.#api = api;
    const { session, ownFacts } = this;
    this.model = new ModelInUse(query);
    this.knowledge = new Knowledge(api);
    this.questions = new Questions(
      api,
      session,
      ownFacts,
      this.knowledge,
      () => this.trial.form.teach.languages,
    );
    this.trial = new Trial(session, this.model, ownFacts, this.questions);
    this.checkpoints = new Checkpoints(api, session, this.questions, this.trial);
    this.trial.onBegin = (byLink) => void this.checkpoints.beginAnew(byLink);
    this.files = new StateFiles(api, session, this.checkpoints);
    this.runs = new Runs(api, session, this.questions, this.trial, this.checkpoints, () =>
      this.check(),
    );
    this.questions.onAnswered = () => {
      this.runs.beginIfAsked();
    };
    this.examinations = new Examinations(api);
    this.projector = new Projector(query.projector);
  }

  /** Something would be lost if the page were left now. */
  get busy(): boolean {
    return this.session.phase === 'running' || this.session.unsaved.length > 0;
  }

  /** Reads the address, loads the model and the history, and asks. */
  async start(): Promise<void> {
    const { wanted, device, unusable } = this.query;
    await this.ownFacts.load();
    this.trial.readAddress();
    if (unusable[0] !== undefined) {
      const words = messages.notice.badAddress({ detail: unusable[0] });
      this.session.tell({ kind: 'message', words });
    }
    if (wanted) await this.model.want(wanted);
    await this.load(device);
  }

  /** Loads the model in use on a device, reads its history, and asks it. */
  async load(device: Query['device']): Promise<void> {
    const { session } = this;
    const number = ++this.#loads;
    session.loadStarted();
    this.questions.drop();
    const { source, adapter } = this.model;
    const origin = source.kind === 'folder' ? unagreed(source.base) : null;
    if (origin !== null) {
      session.askFirst(origin);
      return;
    }
    try {
      const { threads } = this.query;
      const options = {
        source,
        device,
        ...(adapter && { adapter }),
        ...(threads !== null && { threads }),
      };
      const { info, current } = await this.#api.load(options, (progress) => {
        if (number === this.#loads) session.loading(progress);
      });
      if (number !== this.#loads) return;
      session.info = info;
      this.questions.settleAsking();
      const { experiment } = current;
      if (experiment && /^#?(\/|$)/.test(location.hash)) this.trial.takeOver(experiment);
      session.loaded(current);
    } catch (error) {
      if (number === this.#loads) session.loadFailed(reasonOf(error));
      return;
    }
    const isOpened = this.trial.openedLink && !isReload();
    this.trial.openedLink = false;
    if (isOpened) {
      await this.checkpoints.refresh();
      await this.checkpoints.beginAnew(true);
      await this.questions.askIfUnknown();
    } else await Promise.all([this.questions.ask(), this.checkpoints.refresh()]);
    await this.check();
    this.runs.beginIfAsked();
  }

  /** The engine was lost, and another one has taken its place in the state that was stored last. */
  async restarted({ info, current, breakdown }: Restart): Promise<void> {
    const { session } = this;
    session.restarted(info, current);
    const { gpuBack, gpuGone, restarted } = messages.engine;
    const onGpu = info.device.device === 'webgpu';
    const words = breakdown !== 'gpu-lost' ? restarted : onGpu ? gpuBack : gpuGone;
    session.tell({ kind: 'message', words });
    await this.checkpoints.refresh();
    await this.questions.askIfUnknown();
    await this.check();
  }

  /** The engine was lost for good: what waited for it is told first. */
  gone(error: unknown): void {
    setTimeout(() => {
      this.session.loadFailed(reasonOf(error));
    });
  }

  /** The engine gives no answer for longer than it should, or speaks again. */
  silent(isSilent: boolean): void {
    if (isSilent) this.session.tell({ kind: 'silent' });
    else if (this.session.notice?.kind === 'silent') this.session.tell(null);
  }

  /** The visitor agrees to the server that the model in use comes from. */
  async agree(): Promise<void> {
    const { origin } = this.session;
    if (origin === null) return;
    agreeTo(origin);
    await this.load(this.query.device);
  }

  /** Finds out what the model can do beside answering; done after the first answer, which need not wait for it. */
  async check(): Promise<void> {
    const { digest } = this.session.info ?? {};
    const can = await this.#api.check().catch(() => null);
    // Perhaps another model was loaded meanwhile.
    if (can && this.session.info?.digest === digest) this.session.tried(can);
  }

  /** Loads another model, or the same with another adapter. What was taught stays in the history of each. */
  async use(source: ModelSource, adapter?: Partial<AdapterConfig>): Promise<void> {
    if (this.session.phase === 'running') {
      this.session.tell({ kind: 'message', words: messages.notice.modelBusy });
      return;
    }
    this.model.take(source, adapter);
    await this.load(this.query.device);
    if (this.session.phase === 'ready' && source.kind === 'hub')
      await this.session.attempt(() => rememberModel(source));
  }

  /** The model that comes with the page. */
  useEmbedded(): Promise<void> {
    return this.use(embeddedModel(document.baseURI));
  }

  /** Atlas' twin, which nobody trained to share facts between languages. */
  useTwin(): Promise<void> {
    return this.use(twinModel(document.baseURI));
  }

  /**
   * Sets up an experiment given as JSON; where its adapter is another one, the model is loaded with that. Throws an `Error` that says
   * why it cannot be used.
   */
  open(json: string): void {
    const { adapter } = this.trial.open(json);
    if (canonicalJson(adapter) !== canonicalJson(this.model.named.adapter))
      void this.use(this.model.source, adapter ?? undefined);
  }

  /** Examines whether the false answer is gone from the current state; whatever else would ask the model waits. */
  async examine(): Promise<void> {
    const { session } = this;
    const { phase, isAsking, asking, here, path } = session;
    if (phase !== 'ready' || isAsking || !here) return;
    session.phase = 'examining';
    const { fact } = this.trial;
    await this.examinations.examine(
      stateKey(here),
      { ...examinedAt(path, fact), ...(asking && { asking }) },
      taughtAt(path, fact)?.id ?? null,
    );
    session.phase = 'ready';
    await this.questions.askIfUnknown();
  }

  /** Looks into an answer; null where the model is busy. What goes wrong is told. */
  inspect(looked: Looked): Promise<Look | null> {
    return this.#whileExamining(() => this.#api.inspect(looked));
  }

  /** Takes the next step of teaching apart without taking it; null where the model is busy. What goes wrong is told. */
  dissect(): Promise<Dissection | null> {
    return this.#whileExamining(() => this.#api.dissect(this.runs.oneStep));
  }

  /** What the last unlearning changed, applied in parts; null where nothing was unlearned, or the model is busy. */
  leftover(languages: readonly LanguageCode[]): Promise<Leftover | null> {
    const { asking, fact, path } = this.session;
    const since = path.at(path.findLastIndex(({ phase }) => phase !== 'unlearn'))?.id;
    if (since === undefined) return Promise.resolve(null);
    return this.#whileExamining(() =>
      this.#api.leftover({ fact, languages, ...(asking && { asking }) }, since),
    );
  }

  async #whileExamining<T>(look: () => Promise<T>): Promise<T | null> {
    const { session } = this;
    if (session.phase !== 'ready') return null;
    session.phase = 'examining';
    let seen: T | null = null;
    await session.attempt(async () => {
      seen = await look();
    });
    session.phase = 'ready';
    await this.questions.askIfUnknown();
    return seen;
  }

  /** What teaching as it is set up will take; null where that is little, or cannot be told. */
  async plan(experiment: Experiment): Promise<RunPlan | null> {
    try {
      return await this.#api.plan({ experiment, phase: 'teach' });
    } catch {
      return null;
    }
  }

  /** About how much memory a step takes; null where it cannot be told. */
  async memory(batch: number, time: number): Promise<MemoryEstimate | null> {
    try {
      return await this.#api.memory(batch, time);
    } catch {
      return null;
    }
  }

  /** The model in use, as another worker can load it; null while there is none. */
  get sweepModel(): Omit<SweepRequest['model'], 'binaries'> | null {
    const { info } = this.session;
    const { threads } = this.query;
    return (
      info && {
        name: this.model.name,
        source: this.model.source,
        device: info.device.device === 'webgpu' ? 'webgpu' : 'wasm',
        ...(threads !== null && { threads }),
      }
    );
  }
}

/** Whether the page was loaded anew in its place: then it goes on where it was, whatever its address says. */
function isReload(): boolean {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return entry?.type === 'reload' || entry?.type === 'back_forward';
}
