/** @file The page's one state: the set-up, what is known of the laboratory, and what a person can do. */
import type { LanguageCode, RelationId } from '../../facts/index.ts';
import { findCached } from '../../hub/index.ts';
import {
  canonicalJson,
  examinedAt,
  experimentAt,
  experimentOfRuns,
  languagesOf,
  parseExperiment,
  stateKey,
  type Asking,
  type CheckpointMeta,
  type Experiment,
  type KnownFact,
  type LabApi,
  type ModelSource,
  type OwnFact,
  type Probe,
  type RunEvent,
  type RunOn,
  type RunSettings,
  type TestedFact,
} from '../../lab/index.ts';
import type { AdapterConfig, MemoryEstimate, PeftFiles } from '../../model/index.ts';
import type { SweepRequest } from '../../worker/index.ts';
import { locale, messages, Said } from '../messages/index.ts';
import { screenOf } from '../screens/index.ts';
import { announcement, pickedText } from '../view/announce.ts';
import { runName } from '../view/names.ts';
import {
  asksForProjector,
  embeddedModel,
  fromHash,
  modelFolder,
  withModel,
  type Query,
  type WantedModel,
} from './address.ts';
import { Examinations } from './examinations.svelte.ts';
import { Knowledge } from './knowledge.svelte.ts';
import { rememberModel } from './last-model.ts';
import { askingOf, modeOf, sameAsking, unusual, usualManner } from './manner.ts';
import { OwnFacts } from './own-facts.svelte.ts';
import { askingFromLink, hashOf, ownFromLink, splitHash } from './own-link.ts';
import {
  defaultSetup,
  experimentOf,
  ownOf,
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
import { Projector } from './projector.svelte.ts';
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

/** How a checkpoint's experiment is handed on. */
export interface CheckpointExperiment {
  json: string;
  link: string;
  /** Run from the untouched model it leads there; else it is only the last part of the way. */
  whole: boolean;
}

export class Lab {
  setup: Setup = $state.raw({ ...defaultSetup });
  session: Session = $state.raw(emptySession(testedFact(defaultSetup)));
  /** What a screen reader is told. */
  said = $state('');
  /** The model that is loaded, or being loaded, and what differs from its usual adapter. */
  source: ModelSource = $state.raw({ kind: 'folder', base: '' });
  adapter: Partial<AdapterConfig> | undefined = $state.raw();
  /** The model that the link names while it is not on this computer. */
  wanted: WantedModel | null = $state.raw(null);
  readonly knowledge: Knowledge;
  readonly examinations: Examinations;
  readonly ownFacts = new OwnFacts();
  /** The own fact on trial, in place of the set-up's; null where that is. */
  own: OwnFact | null = $state.raw(null);
  readonly projector = new Projector(asksForProjector(location.search));

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
    this.source = { kind: 'folder', base: query.modelBase };
    this.adapter = query.adapter;
    this.#tabs.addEventListener('message', () => {
      if (this.session.info) void this.#attempt(() => this.#readHistory());
    });
  }

  /** What the address says beside the set-up. */
  get query(): Query {
    return this.#query;
  }

  /** Whether the model that comes with the page is in use. */
  get embedded(): boolean {
    const own = embeddedModel(document.baseURI);
    return this.source.kind === 'folder' && own.kind === 'folder' && this.source.base === own.base;
  }

  /** Reads the address, loads the model and the history, and asks. */
  async start(): Promise<void> {
    await this.ownFacts.load();
    this.readAddress();
    if (this.#query.wanted) await this.#want(this.#query.wanted);
    await this.load(this.#query.device);
  }

  /** A model of the Hub that is here is used; for another one the screen of models asks, and the embedded one is loaded meanwhile. */
  async #want(wanted: WantedModel): Promise<void> {
    const { id, variant, revision } = wanted;
    // Where the browser keeps no files, none is here.
    const found =
      variant === null
        ? undefined
        : await findCached(id, variant, revision ?? undefined).catch(() => undefined);
    if (found && variant !== null) {
      this.source = { kind: 'hub', id, variant, ...(revision !== null && { revision }) };
      // The set-up names its model.
      this.#adopt(this.setup);
      return;
    }
    this.wanted = wanted;
    // Meant for that model, not for the one that is loaded meanwhile.
    this.adapter = undefined;
    location.hash = '#/models';
  }

  /** Loads another model, or the same with another adapter. What was taught stays in the history of each. */
  async use(source: ModelSource, adapter?: Partial<AdapterConfig>): Promise<void> {
    if (this.session.phase === 'running') {
      this.#dispatch({
        type: 'notice',
        notice: { kind: 'said', words: messages.notice.modelBusy },
      });
      return;
    }
    this.source = source;
    this.adapter = adapter;
    this.wanted = null;
    const query = withModel(location.search, source, document.baseURI, adapter);
    history.replaceState(history.state, '', location.pathname + query + location.hash);
    this.#adopt(this.setup);
    await this.load(this.#query.device);
    if (this.session.phase === 'ready' && source.kind === 'hub')
      await this.#attempt(() => rememberModel(source));
  }

  /** The model that comes with the page. */
  useEmbedded(): Promise<void> {
    return this.use(embeddedModel(document.baseURI));
  }

  /** About how much memory a step takes; null where it cannot be told. */
  async memory(batch: number, time: number): Promise<MemoryEstimate | null> {
    try {
      return await this.#api.memory(batch, time);
    } catch {
      return null;
    }
  }

  /** The laboratory's address, set-up included. */
  get hash(): string {
    return hashOf(this.setup, this.own, unusual(this.ownFacts.manner, this.session.info));
  }

  /** The fact on trial: an own one, or the set-up's. */
  get fact(): TestedFact {
    return this.own ?? testedFact(this.setup);
  }

  /** The fact about a country that is set up. */
  get knownFact(): KnownFact {
    return testedFact(this.setup);
  }

  /** Takes an own fact up, or with null goes back to the countries; languages in which it is not worded are not chosen any more. */
  takeUp(own: OwnFact | null): void {
    this.own = own;
    this.change(own ? withLanguages(this.setup, languagesOf(own)) : this.setup);
  }

  /** Asks the model now, in the way that is set, without touching what the laboratory shows. */
  askNow(fact: TestedFact): Promise<Probe> {
    return this.#api.probe(fact, this.session.manner);
  }

  /** Takes over how the model is to be asked, and asks again where that changed. */
  settleManner(): void {
    const manner = askingOf(this.ownFacts.manner, this.session.info);
    if (!sameAsking(manner, this.session.manner)) void this.knowledge.forget(manner);
    this.#dispatch({ type: 'manner-changed', manner });
    this.#askSoon();
  }

  /** What is set up, as `npm run lab` takes it. */
  get experiment(): Experiment {
    const { modules, layers, rank, alpha } = this.adapter ?? {};
    return experimentOf(this.setup, {
      own: this.own,
      asking: this.session.manner ?? { mode: 'plain' },
      adapter: this.adapter
        ? {
            ...(rank !== undefined && { rank }),
            ...(alpha !== undefined && { alpha }),
            ...(modules && { modules: [...modules] }),
            ...(layers && { layers: [...layers] }),
          }
        : null,
    });
  }

  /**
   * Sets up an experiment given as JSON; where its adapter is another one, the model is loaded with that. Throws an `Error` that says
   * why it cannot be used.
   */
  open(json: string): void {
    const text = messages.experiment;
    const experiment = parseExperiment(JSON.parse(json) as unknown);
    const { asking, adapter, together, facts } = experiment;
    const setup = setupOf(experiment);
    const isMixed = together && facts.some(({ kind }) => kind === 'own');
    if (!setup) throw new Said(isMixed ? text.ownByItself : text.severalRuns);
    if (!this.#isModel(setup.model)) throw new Said(text.otherModel({ folder: setup.model }));
    if (asking?.mode === 'chat' && this.session.info && !this.session.info.chat)
      throw new Said(text.noChat);
    this.ownFacts.borrow(asking);
    this.own = ownOf(experiment);
    this.change(this.own ? withLanguages(setup, languagesOf(this.own)) : setup);
    this.settleManner();
    if (canonicalJson(adapter) !== canonicalJson(this.experiment.adapter))
      void this.use(this.source, adapter ?? undefined);
  }

  /** The experiment that a checkpoint came of, as JSON and as a link; null where no experiment says how it came about. */
  experimentOf(id: string): CheckpointExperiment | null {
    const made = experimentAt(pathTo(this.session.checkpoints, id), this.#runOn);
    const setup = made && setupOf(made.experiment);
    if (!made || !setup) return null;
    return {
      json: JSON.stringify(made.experiment, null, 2),
      link:
        location.origin +
        location.pathname +
        location.search +
        hashOf(setup, ownOf(made.experiment), this.#unusual(made.experiment.asking)),
      whole: made.whole,
    };
  }

  /** The model as an experiment names it: a folder as the address has it, a model of the Hub by its id. */
  get #model(): string {
    const { source } = this;
    if (source.kind === 'hub') return source.id;
    if (source.kind === 'files') return source.name;
    return source.base === this.#query.modelBase ? this.#query.model : source.base;
  }

  /** How an experiment asks, where the model would not be asked so anyway. */
  #unusual(asking: Asking | null): Asking | null {
    const usual = modeOf(usualManner, this.session.info);
    return asking && (asking.prompts || asking.mode !== usual) ? asking : null;
  }

  /** What its runs are made on, as an experiment says it. */
  get #runOn(): RunOn {
    return { model: this.#model, adapter: this.adapter ?? null };
  }

  #isModel(named: string): boolean {
    const { source } = this;
    return source.kind === 'folder'
      ? modelFolder(named, location.href) === source.base
      : named === this.#model;
  }

  /** Something would be lost if the page were left now. */
  get busy(): boolean {
    return this.session.phase === 'running' || this.session.unsaved.length > 0;
  }

  /** The model in use, as another worker can load it; null while there is none. */
  get sweepModel(): Omit<SweepRequest['model'], 'binaries'> | null {
    const { info } = this.session;
    const { threads } = this.#query;
    return (
      info && {
        name: this.#model,
        source: this.source,
        device: info.device.device === 'webgpu' ? 'webgpu' : 'wasm',
        ...(threads !== null && { threads }),
      }
    );
  }

  readAddress(): void {
    if (screenOf(location.hash) !== 'lab') return;
    try {
      const { own, ask, rest } = splitHash(location.hash);
      if (ask !== null) {
        this.ownFacts.borrow(askingOfLink(ask));
        if (this.session.info) this.settleManner();
      }
      if (own !== null) this.own = ownOfLink(own);
      else if (rest !== '') this.own = null;
      const setup = fromHash(rest);
      if (setup) this.#adopt(setup);
    } catch (error) {
      this.#dispatch({ type: 'notice', notice: { kind: 'bad-link', detail: textOf(error) } });
    }
  }

  async load(device: Query['device']): Promise<void> {
    this.#dispatch({ type: 'load-started' });
    try {
      const { threads } = this.#query;
      const { source, adapter } = this;
      const options = {
        source,
        device,
        ...(adapter && { adapter }),
        ...(threads !== null && { threads }),
      };
      const loaded = await this.#api.load(options, (progress) => {
        this.#dispatch({ type: 'load-progress', progress });
      });
      this.#dispatch({ type: 'loaded', ...loaded });
      this.settleManner();
      if (/^#?(\/|$)/.test(location.hash) && loaded.current.settings)
        this.#adopt(this.#takeOver(loaded.current.settings));
    } catch (error) {
      this.#dispatch({ type: 'load-failed', message: textOf(error) });
      return;
    }
    // Asked at once: a button that is ready for a moment in between would lose the click that it is given then.
    await Promise.all([this.ask(), this.#attempt(() => this.#readHistory())]);
  }

  /** Changes the set-up, writes it to the address, and asks again where the fact became another. */
  change(setup: Setup): void {
    this.#adopt(setup);
    if (screenOf(location.hash) === 'lab') history.replaceState(history.state, '', this.hash);
  }

  /** Sets a fact up to be lied about. */
  pick(subject: string, relation: RelationId): void {
    this.own = null;
    this.change(withQuestion(this.setup, subject, relation));
    this.said = pickedText(subject, relation);
  }

  dismiss(): void {
    this.#dispatch({ type: 'notice', notice: null });
  }

  /** Asks the model in all languages; again if the fact changed meanwhile. */
  async ask(): Promise<void> {
    if (this.session.phase !== 'ready' || this.session.asking) return;
    const { fact, manner } = this.session;
    this.#dispatch({ type: 'asking' });
    try {
      const probe = await this.#api.probe(fact, manner);
      this.#dispatch({ type: 'asked', fact, manner, probe });
    } catch (error) {
      this.#dispatch({ type: 'ask-failed', message: textOf(error) });
      return;
    }
    if (!sameFact(fact, this.session.fact) || !sameAsking(manner, this.session.manner))
      await this.ask();
  }

  teach(): Promise<void> {
    return this.#start(teachSettings(this.setup));
  }

  async unlearn(): Promise<void> {
    const settings = unlearnSettings(this.setup);
    if (settings) await this.#start(settings);
  }

  #start(given: RunSettings): Promise<void> {
    const { manner } = this.session;
    const settings = withOwn(given, this.own);
    if (manner) settings.asking = manner;
    const { checkpoints, current } = this.session;
    const before = pathTo(checkpoints, current).flatMap((meta) => meta.settings ?? []);
    const made = experimentOfRuns([...before, settings], this.#runOn);
    this.#dispatch({ type: 'run-requested', settings });
    const named = { name: runName(settings), ...(made && { experiment: made.experiment }) };
    return this.#run((onEvent) => this.#api.run(settings, onEvent, named));
  }

  /** Goes back to the untouched model, where a lesson or a new lie begins; the fact on trial stays. */
  startOver(): Promise<void> {
    const root = this.session.checkpoints.find(({ parent }) => parent === null);
    return root ? this.checkout(root.id) : Promise.resolve();
  }

  /** Runs what a lesson prescribes, from where the model is; the set-up takes over its fact. */
  perform(settings: RunSettings): Promise<void> {
    this.#adopt(withFacts(this.setup, settings));
    return this.#start(settings);
  }

  /** Continues a stopped run where it was. */
  async resume(meta: CheckpointMeta): Promise<void> {
    if (!meta.settings) return;
    this.#adopt(this.#takeOver(meta.settings));
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
      if (meta.settings) this.change(this.#takeOver(meta.settings));
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

  /** The adapter of the state in use as PEFT's files. Rejects with an `Error` fit to be shown. */
  exportAdapter(packed: readonly string[]): Promise<PeftFiles> {
    return this.#api.exportAdapter(packed);
  }

  /** Opens PEFT's files as a checkpoint and goes there. Rejects with an `Error` fit to be shown. */
  async importAdapter(files: PeftFiles, name: string): Promise<void> {
    const meta = await this.#api.importAdapter(files, name);
    await this.#changedHistory();
    await this.checkout(meta.id);
  }

  /** The model with the state in use merged in. Rejects with an `Error` fit to be shown. */
  mergedModel(): Promise<{ name: string; blob: Blob }[]> {
    return this.#api.mergedModel();
  }

  /** Reads the history anew, and lets other tabs do so. */
  async #changedHistory(): Promise<void> {
    this.#tabs.postMessage(null);
    await this.#readHistory();
  }

  /** Examines whether the falsehood is gone from the current state; whatever else would ask the model waits. */
  async examine(): Promise<void> {
    const { checkpoints, current, phase, asking, manner } = this.session;
    const here = currentCheckpoint(this.session);
    if (phase !== 'ready' || asking || !here) return;
    this.#dispatch({ type: 'examining', on: true });
    await this.examinations.examine(stateKey(here), {
      ...examinedAt(pathTo(checkpoints, current), this.fact),
      ...(manner && { asking: manner }),
    });
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
    this.setup = { ...setup, model: this.#model };
    this.#dispatch({ type: 'fact-changed', fact: this.fact });
    this.#askSoon();
  }

  /** The set-up with a run's facts; an own one stands beside it. */
  #takeOver(settings: RunSettings): Setup {
    this.own = settings.fact.kind === 'own' ? settings.fact : null;
    return withFacts(this.setup, settings);
  }

  #askSoon(): void {
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
          : error instanceof Said
            ? { kind: 'said', words: error.message }
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

/** The languages of a set-up, where a fact is worded in only some. */
function withLanguages(setup: Setup, worded: readonly LanguageCode[]): Setup {
  const unlearnIn = setup.unlearnIn.filter((code) => worded.includes(code));
  const [first = setup.teachIn] = worded;
  return {
    ...setup,
    teachIn: worded.includes(setup.teachIn) ? setup.teachIn : first,
    alsoIn: setup.alsoIn.filter((code) => worded.includes(code)),
    unlearnIn: unlearnIn.length > 0 ? unlearnIn : [first],
  };
}

/** A run of the set-up, about an own fact where there is one. */
function withOwn(settings: RunSettings, own: OwnFact | null): RunSettings {
  if (!own) return { ...settings };
  const worded = languagesOf(own);
  const { others: _, ...rest } = settings;
  return {
    ...rest,
    fact: own,
    languages: settings.languages.filter((code) => worded.includes(code)),
  };
}

function ownOfLink(value: string): OwnFact {
  try {
    return ownFromLink(value);
  } catch (error) {
    throw new Error(`own=${value.slice(0, 20)}…: ${textOf(error)}`, { cause: error });
  }
}

function askingOfLink(value: string): Asking {
  try {
    return askingFromLink(value);
  } catch (error) {
    throw new Error(`ask=${value.slice(0, 20)}…: ${textOf(error)}`, { cause: error });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
