/** @file The laboratory as the page has it: its parts, one idea each, and what takes several of them. */
import {
  canonicalJson,
  examinedAt,
  stateKey,
  type LabApi,
  type ModelSource,
} from '../../lab/index.ts';
import type { AdapterConfig, MemoryEstimate } from '../../model/index.ts';
import type { SweepRequest } from '../../worker/index.ts';
import { messages, reasonOf } from '../messages/index.ts';
import { Checkpoints } from './checkpoints.ts';
import { Examinations } from './examinations.svelte.ts';
import { Experiments } from './experiments.ts';
import { Knowledge } from './knowledge.svelte.ts';
import { rememberModel } from './last-model.ts';
import { LiveSession } from './live-session.svelte.ts';
import { ModelInUse } from './model-in-use.svelte.ts';
import { embeddedModel, type Query } from './model-link.ts';
import { OwnFacts } from './own-facts.svelte.ts';
import { Projector } from './projector.svelte.ts';
import { Questions } from './questions.ts';
import { Runs } from './runs.ts';
import { currentCheckpoint, pathTo, type Session } from './session.ts';
import { StateFiles } from './state-files.ts';
import { whenDrawn } from './turns.ts';
import { Trial } from './trial.svelte.ts';

export class Lab {
  /** What the address says beside the set-up. */
  readonly query: Query;
  readonly live = new LiveSession();
  readonly model: ModelInUse;
  readonly ownFacts = new OwnFacts();
  readonly knowledge: Knowledge;
  readonly questions: Questions;
  readonly trial: Trial;
  readonly experiments: Experiments;
  readonly checkpoints: Checkpoints;
  readonly files: StateFiles;
  readonly runs: Runs;
  readonly examinations: Examinations;
  readonly projector: Projector;

  readonly #api: LabApi;

  constructor(api: LabApi, query: Query) {
    this.#api = api;
    this.query = query;
    this.model = new ModelInUse(query);
    this.knowledge = new Knowledge(api);
    this.questions = new Questions(api, this);
    this.trial = new Trial(this);
    this.experiments = new Experiments(this);
    this.checkpoints = new Checkpoints(api, this);
    this.files = new StateFiles(api, this);
    this.runs = new Runs(api, this);
    this.examinations = new Examinations(api);
    this.projector = new Projector(query.projector);
  }

  /** What is known of the laboratory now. */
  get session(): Session {
    return this.live.session;
  }

  /** Something would be lost if the page were left now. */
  get busy(): boolean {
    return this.session.phase === 'running' || this.session.unsaved.length > 0;
  }

  /** Reads the address, loads the model and the history, and asks. */
  async start(): Promise<void> {
    const { wanted, device } = this.query;
    await this.ownFacts.load();
    this.trial.readAddress();
    // The set-up names its model.
    if (wanted && (await this.model.want(wanted))) this.trial.adopt(this.trial.setup);
    await this.load(device);
  }

  /** Loads the model in use on a device, reads its history, and asks it. */
  async load(device: Query['device']): Promise<void> {
    this.live.dispatch({ type: 'load-started' });
    try {
      const { threads } = this.query;
      const { source, adapter } = this.model;
      const options = {
        source,
        device,
        ...(adapter && { adapter }),
        ...(threads !== null && { threads }),
      };
      const { info, current } = await this.#api.load(options, (progress) => {
        this.live.dispatch({ type: 'load-progress', progress });
      });
      // Piece by piece: for a moment the browser still compiles with every processor what the model runs on.
      this.live.dispatch({ type: 'known', info });
      this.questions.settleManner();
      const { settings } = current;
      if (settings && /^#?(\/|$)/.test(location.hash)) this.trial.takeOver(settings);
      await whenDrawn();
      this.live.dispatch({ type: 'loaded', current });
    } catch (error) {
      this.live.dispatch({ type: 'load-failed', message: reasonOf(error) });
      return;
    }
    // Asked at once: a button that is ready for a moment in between would lose the click that it is given then.
    const asked = this.questions.ask();
    await whenDrawn();
    await Promise.all([asked, this.checkpoints.refresh()]);
    await this.check();
  }

  /** Finds out what the model can do beside answering; done after the first answer, which need not wait for it. */
  async check(): Promise<void> {
    const { digest } = this.session.info ?? {};
    const can = await this.#api.check().catch(() => null);
    // Perhaps another model was loaded meanwhile.
    if (can && this.session.info?.digest === digest) this.live.dispatch({ type: 'tried', can });
  }

  /** Loads another model, or the same with another adapter. What was taught stays in the history of each. */
  async use(source: ModelSource, adapter?: Partial<AdapterConfig>): Promise<void> {
    if (this.session.phase === 'running') {
      this.live.tell({ kind: 'said', words: messages.notice.modelBusy });
      return;
    }
    this.model.take(source, adapter);
    this.trial.adopt(this.trial.setup);
    await this.load(this.query.device);
    if (this.session.phase === 'ready' && source.kind === 'hub')
      await this.live.attempt(() => rememberModel(source));
  }

  /** The model that comes with the page. */
  useEmbedded(): Promise<void> {
    return this.use(embeddedModel(document.baseURI));
  }

  /**
   * Sets up an experiment given as JSON; where its adapter is another one, the model is loaded with that. Throws an `Error` that says
   * why it cannot be used.
   */
  open(json: string): void {
    const { adapter } = this.experiments.open(json);
    if (canonicalJson(adapter) !== canonicalJson(this.experiments.current.adapter))
      void this.use(this.model.source, adapter ?? undefined);
  }

  /** Examines whether the falsehood is gone from the current state; whatever else would ask the model waits. */
  async examine(): Promise<void> {
    const { checkpoints, current, phase, asking, manner } = this.session;
    const here = currentCheckpoint(this.session);
    if (phase !== 'ready' || asking || !here) return;
    this.live.dispatch({ type: 'examining', on: true });
    await this.examinations.examine(stateKey(here), {
      ...examinedAt(pathTo(checkpoints, current), this.trial.fact),
      ...(manner && { asking: manner }),
    });
    this.live.dispatch({ type: 'examining', on: false });
    await this.questions.askIfUnknown();
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
