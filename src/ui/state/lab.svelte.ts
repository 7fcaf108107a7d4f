/** @file The page's one state: the set-up, what is known of the laboratory, and what a person can do. */
import type { RelationId } from '../../facts/index.ts';
import {
  examinedAt,
  parseExperiment,
  stateKey,
  type CheckpointMeta,
  type Experiment,
  type LabApi,
  type RunEvent,
  type RunSettings,
} from '../../lab/index.ts';
import { locale, messages } from '../messages/index.ts';
import { screenOf } from '../screens/index.ts';
import { announcement, pickedText } from '../view/announce.ts';
import { fromHash, modelFolder, toHash, type Query } from './address.ts';
import { Examinations } from './examinations.svelte.ts';
import { Knowledge } from './knowledge.svelte.ts';
import {
  defaultSetup,
  experimentOf,
  sameFact,
  setupOf,
  teachSettings,
  testedFact,
  unlearnSettings,
  withFacts,
  withQuestion,
  type Setup,
} from './setup.ts';
import { bytes } from '../view/format.ts';
import { isLow, measureSpace } from './space.ts';
import {
  currentCheckpoint,
  emptySession,
  pathTo,
  reduce,
  type Session,
  type SessionEvent,
} from './session.ts';

/** On this channel tabs tell one another that the history has changed. */
const historyChannel = 'lethe/history';

/** Typing is over after this many milliseconds: then the model is asked. */
const settle = 250;

export class Lab {
  setup: Setup = $state.raw({ ...defaultSetup });
  session: Session = $state.raw(emptySession(testedFact(defaultSetup)));
  /** What a screen reader is told. */
  said = $state('');
  readonly knowledge: Knowledge;
  readonly examinations: Examinations;

  readonly #api: LabApi;
  readonly #query: Query;
  readonly #tabs = new BroadcastChannel(historyChannel);
  #warned = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: LabApi, query: Query) {
    this.#api = api;
    this.knowledge = new Knowledge(api);
    this.examinations = new Examinations(api);
    this.#query = query;
    this.#tabs.addEventListener('message', () => {
      if (this.session.info) void this.#attempt(() => this.#readHistory());
    });
  }

  /** Reads the address, loads the model and the history, and asks. */
  async start(): Promise<void> {
    this.readAddress();
    await this.load(this.#query.device);
  }

  /** The laboratory's address, set-up included. */
  get hash(): string {
    return toHash(this.setup);
  }

  /** What is set up, as `npm run lab` takes it. */
  get experiment(): Experiment {
    return experimentOf(this.setup);
  }

  /** Sets up an experiment given as JSON. Throws an `Error` that says why it cannot be used. */
  open(json: string): void {
    const setup = setupOf(parseExperiment(JSON.parse(json) as unknown));
    if (!setup) throw new Error(messages.experiment.severalRuns);
    if (modelFolder(setup.model, location.href) !== this.#query.modelBase)
      throw new Error(messages.experiment.otherModel(setup.model));
    this.change(setup);
  }

  /** Something would be lost if the page were left now. */
  get busy(): boolean {
    return this.session.phase === 'running' || this.session.unsaved.length > 0;
  }

  readAddress(): void {
    if (screenOf(location.hash) !== 'lab') return;
    try {
      const setup = fromHash(location.hash);
      if (setup) this.#adopt(setup);
    } catch (error) {
      this.#dispatch({ type: 'notice', notice: { kind: 'bad-link', detail: textOf(error) } });
    }
  }

  async load(device: Query['device']): Promise<void> {
    this.#dispatch({ type: 'load-started' });
    try {
      const { modelBase, threads } = this.#query;
      const options = { modelBase, device, ...(threads !== null && { threads }) };
      const loaded = await this.#api.load(options, (progress) => {
        this.#dispatch({ type: 'load-progress', progress });
      });
      this.#dispatch({ type: 'loaded', ...loaded });
      if (/^#?(\/|$)/.test(location.hash) && loaded.current.settings)
        this.#adopt(withFacts(this.setup, loaded.current.settings));
    } catch (error) {
      this.#dispatch({ type: 'load-failed', message: textOf(error) });
      return;
    }
    await this.#attempt(() => this.#readHistory());
    await this.ask();
  }

  /** Changes the set-up, writes it to the address, and asks again where the fact became another. */
  change(setup: Setup): void {
    this.#adopt(setup);
    if (screenOf(location.hash) === 'lab') history.replaceState(history.state, '', toHash(setup));
  }

  /** Sets a fact up to be lied about. */
  pick(subject: string, relation: RelationId): void {
    this.change(withQuestion(this.setup, subject, relation));
    this.said = pickedText(subject, relation);
  }

  dismiss(): void {
    this.#dispatch({ type: 'notice', notice: null });
  }

  /** Asks the model in all languages; again if the fact changed meanwhile. */
  async ask(): Promise<void> {
    if (this.session.phase !== 'ready' || this.session.asking) return;
    const { fact } = this.session;
    this.#dispatch({ type: 'asking' });
    try {
      const probe = await this.#api.probe(fact);
      this.#dispatch({ type: 'asked', fact, probe });
    } catch (error) {
      this.#dispatch({ type: 'ask-failed', message: textOf(error) });
      return;
    }
    if (!sameFact(fact, this.session.fact)) await this.ask();
  }

  teach(): Promise<void> {
    return this.#start(teachSettings(this.setup));
  }

  async unlearn(): Promise<void> {
    const settings = unlearnSettings(this.setup);
    if (settings) await this.#start(settings);
  }

  #start(settings: RunSettings): Promise<void> {
    this.#dispatch({ type: 'run-requested', settings });
    return this.#run((onEvent) => this.#api.run(settings, onEvent));
  }

  /** Continues a stopped run where it was. */
  async resume(meta: CheckpointMeta): Promise<void> {
    if (!meta.settings) return;
    this.#adopt(withFacts(this.setup, meta.settings));
    this.#dispatch({ type: 'run-requested', settings: meta.settings, resumed: meta });
    await this.#run((onEvent) => this.#api.resume(meta.id, onEvent));
  }

  async #run(go: (onEvent: (event: RunEvent) => void) => Promise<CheckpointMeta>): Promise<void> {
    try {
      const meta = await go((event) => {
        this.#dispatch({ type: 'run-event', event });
      });
      this.#dispatch({ type: 'run-finished', meta });
    } catch (error) {
      this.#dispatch({ type: 'run-failed', message: textOf(error) });
      if (isBusyElsewhere(error))
        this.#dispatch({ type: 'notice', notice: { kind: 'busy-elsewhere' } });
    }
    await this.#attempt(() => this.#changedHistory());
    if (this.session.rows.some(({ answer }) => answer === null)) await this.ask();
  }

  async stop(): Promise<void> {
    this.#dispatch({ type: 'stop-requested' });
    await this.#attempt(() => this.#api.stop());
  }

  /** Goes to a checkpoint; the set-up takes over its fact, and what was measured there is shown. */
  checkout(id: string): Promise<void> {
    return this.#attempt(async () => {
      const meta = await this.#api.checkout(id);
      if (meta.settings) this.change(withFacts(this.setup, meta.settings));
      this.#dispatch({ type: 'checked-out', meta });
      if (this.session.rows.length === 0) await this.ask();
    });
  }

  rename(id: string, name: string): Promise<void> {
    return this.#attempt(async () => {
      await this.#api.rename(id, name);
      await this.#changedHistory();
    });
  }

  remove(id: string): Promise<void> {
    return this.#attempt(async () => {
      await this.#api.remove(id);
      await this.#changedHistory();
    });
  }

  /** The file of a checkpoint, or null where it could not be made (and was said). */
  async export(id: string): Promise<Blob | null> {
    let file: Blob | null = null;
    await this.#attempt(async () => {
      file = await this.#api.exportCheckpoint(id);
    });
    return file;
  }

  import(file: Blob): Promise<void> {
    return this.#attempt(async () => {
      const meta = await this.#api.importCheckpoint(file);
      await this.#changedHistory();
      await this.checkout(meta.id);
    });
  }

  /** Reads the history anew, and lets other tabs do so. */
  async #changedHistory(): Promise<void> {
    this.#tabs.postMessage(null);
    await this.#readHistory();
  }

  /** Examines whether the falsehood is gone from the current state; whatever else would ask the model waits. */
  async examine(): Promise<void> {
    const { checkpoints, current, fact, phase, asking } = this.session;
    const here = currentCheckpoint(this.session);
    if (phase !== 'ready' || asking || !here) return;
    this.#dispatch({ type: 'examining', on: true });
    await this.examinations.examine(stateKey(here), examinedAt(pathTo(checkpoints, current), fact));
    this.#dispatch({ type: 'examining', on: false });
    if (this.session.rows.length === 0) await this.ask();
  }

  async #readHistory(): Promise<void> {
    this.#dispatch({ type: 'history', ...(await this.#api.history()) });
    await this.#warnOfSpace();
  }

  /** Says that room is running out while there is still some. */
  async #warnOfSpace(): Promise<void> {
    const { notice, unsaved, info } = this.session;
    if (notice !== null || unsaved.length > 0 || !info || this.#warned) return;
    const space = await measureSpace();
    if (!space || !isLow(space, info.adapterParameters)) return;
    this.#warned = true;
    const detail = bytes(space.left, locale);
    this.#dispatch({ type: 'notice', notice: { kind: 'low-space', detail } });
  }

  /** Reads the history again, after something was stored or deleted outside the laboratory. */
  refresh(): Promise<void> {
    return this.#attempt(() => this.#readHistory());
  }

  /** Tries again to store what the browser had no room for. */
  saveUnsaved(): Promise<void> {
    return this.#attempt(async () => {
      try {
        await this.#api.saveUnsaved();
      } finally {
        await this.#readHistory();
      }
    });
  }

  #adopt(setup: Setup): void {
    this.setup = { ...setup, model: this.#query.model };
    this.#dispatch({ type: 'fact-changed', fact: testedFact(setup) });
    clearTimeout(this.#timer);
    if (this.session.rows.length === 0)
      this.#timer = setTimeout(() => {
        if (this.session.rows.length === 0) void this.ask();
      }, settle);
  }

  /** Does something of a screen's own; what goes wrong is said, and does not throw. */
  attempt(action: () => Promise<void>): Promise<void> {
    return this.#attempt(action);
  }

  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#dispatch({
        type: 'notice',
        notice: isBusyElsewhere(error)
          ? { kind: 'busy-elsewhere' }
          : { kind: 'action-failed', detail: textOf(error) },
      });
    }
  }

  #dispatch(event: SessionEvent): void {
    const before = this.session;
    this.session = reduce(before, event);
    this.said = announcement(before, event, this.session) ?? this.said;
  }
}

/** The error that the worker's turn-taking throws; its class does not cross to the page, its name does. */
function isBusyElsewhere(error: unknown): boolean {
  return error instanceof Error && error.name === 'BusyElsewhereError';
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
