/** @file The laboratory as the worker runs it: one model, its history, one run at a time. */
import { deviceLimits, stepMemory } from '../hub/index.ts';
import {
  defaultAdapter,
  examine,
  nothingDone,
  parseExperiment,
  parseRunSettings,
  parseTestedFact,
  probe,
  run,
  stateKey,
  survey,
  type Asking,
  type Checkpoint,
  type CheckpointMeta,
  type LabApi,
  type Probe,
  type RunEvent,
  type RunHooks,
  type RunProgress,
  type RunSettings,
  type TestedFact,
} from '../lab/index.ts';
import {
  exportPeft,
  importPeft,
  loadCausalLM,
  type AdapterState,
  type CausalLM,
  type MemoryEstimate,
  type PeftFiles,
} from '../model/index.ts';
import {
  CheckpointStore,
  StorageFullError,
  digestCheckpoint,
  readCheckpointFile,
  writeCheckpointFile,
} from '../storage/index.ts';
import { adapterKey, openSource } from './source.ts';
import { inTurn, whenFree } from './turn.ts';

interface Loaded {
  key: string;
  model: CausalLM;
  store: CheckpointStore;
  /** Which adapter checkpoints must be of; undefined for the usual one. */
  adapter: string | undefined;
  current: CheckpointMeta;
}

export class Laboratory implements LabApi {
  private loaded: Loaded | null = null;
  private running = false;
  /** The model is in states that are not the current one. */
  private examining = false;
  private stopAsked = false;
  /** Counts what ends a survey: one that began at another count stops, and its last batch is not given out. */
  private interruptions = 0;
  /** Checkpoints for which the browser had no room: kept here until they are stored, or deleted. */
  private readonly unsaved = new Map<string, Checkpoint>();

  async load(...[options, onProgress]: Parameters<LabApi['load']>): ReturnType<LabApi['load']> {
    // Files at hand have no name that tells them from others.
    const key = options.source.kind === 'files' ? crypto.randomUUID() : JSON.stringify(options);
    if (this.loaded?.key === key) return this.describe(this.loaded);
    this.refuseWhileRunning();
    this.interruptions++;
    const { binaries, device, threads } = options;
    // Before the old model is given up: there may be no such files.
    const files = await openSource(options.source);
    const memory = stepMemory(await deviceLimits(device));
    await this.loaded?.model.dispose();
    this.loaded = null;
    const [store, model] = await Promise.all([
      CheckpointStore.open(),
      loadCausalLM({
        ...files,
        ...(binaries !== undefined && { binaries }),
        device,
        ...(threads !== undefined && { threads }),
        adapter: { ...defaultAdapter, ...options.adapter },
        ...(memory !== undefined && { memory }),
        onProgress,
      }),
    ]);
    const adapter = options.adapter ? await adapterKey(model.info) : undefined;
    // Two tabs that open at once must not both write the first checkpoint.
    const current = await whenFree(`root/${model.info.digest}`, () =>
      this.selected(store, model, adapter),
    );
    this.loaded = { key, model, store, adapter, current };
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

  /** The checkpoint that was selected last, loaded into the model; the untouched model where there is none. */
  private async selected(
    store: CheckpointStore,
    model: CausalLM,
    adapter: string | undefined,
  ): Promise<CheckpointMeta> {
    const id = await store.remembered(selectedKey(model.info.digest, adapter));
    if (id !== undefined) {
      try {
        const { meta, state } = await store.read(id);
        await model.setState(state);
        return meta;
      } catch {
        // Damaged or deleted: the history names it; begin at the root.
      }
    }
    return this.root(store, model, adapter);
  }

  private async root(
    store: CheckpointStore,
    model: CausalLM,
    adapter: string | undefined,
  ): Promise<CheckpointMeta> {
    const { checkpoints } = await store.list(model.info.digest);
    const known = checkpoints.find((meta) => isRoot(meta, adapter));
    const state = model.freshState();
    await model.setState(state);
    return (
      known ??
      (await this.save(store, model, adapter, {
        parent: null,
        name: 'Untouched',
        settings: null,
        ending: null,
        progress: nothingDone,
        state,
      }))
    );
  }

  private async save(
    store: CheckpointStore,
    model: CausalLM,
    adapter: string | undefined,
    entry: Pick<CheckpointMeta, 'parent' | 'name' | 'settings' | 'experiment' | 'ending'> & {
      id?: string;
      createdAt?: number;
      progress: RunProgress;
      state: AdapterState;
    },
  ): Promise<CheckpointMeta> {
    const { progress, state, id = crypto.randomUUID(), createdAt = Date.now(), ...rest } = entry;
    const meta: CheckpointMeta = {
      id,
      createdAt,
      ...rest,
      modelId: model.info.id,
      modelDigest: model.info.digest,
      ...(adapter !== undefined && { adapter }),
      step: state.step,
      runStep: progress.runStep,
      losses: progress.losses,
      probes: progress.probes,
      ...(progress.retainWeight !== undefined && { retainWeight: progress.retainWeight }),
      digest: '',
    };
    meta.digest = await digestCheckpoint(meta, state);
    await this.store(store, { meta, state });
    await this.select(store, meta);
    return meta;
  }

  /** Stores a checkpoint, or keeps it in memory where there is no room. */
  private async store(store: CheckpointStore, checkpoint: Checkpoint): Promise<void> {
    const { id } = checkpoint.meta;
    try {
      await store.write(checkpoint);
      this.unsaved.delete(id);
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error;
      this.unsaved.set(id, checkpoint);
    }
  }

  /** Remembers which checkpoint is in use; where there is no room, the next visit begins at the one before. */
  private async select(store: CheckpointStore, meta: CheckpointMeta): Promise<void> {
    const { id, modelDigest, adapter } = meta;
    if (this.unsaved.has(id)) return;
    try {
      await store.remember(selectedKey(modelDigest, adapter), id);
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error;
    }
  }

  private async read(store: CheckpointStore, id: string): Promise<Checkpoint> {
    return this.unsaved.get(id) ?? (await store.read(id));
  }

  async probe(fact: TestedFact, asking?: Asking): Promise<Probe> {
    this.refuseWhileExamining();
    const asked = { step: 0, withAnswers: true, kept: [], ...(asking && { asking }) };
    return probe(this.lab.model, fact, asked);
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

  async complete(prompt: string, maxNewTokens: number): Promise<string> {
    this.refuseWhileExamining();
    const [generation] = await this.lab.model.generate([prompt], { maxNewTokens });
    return generation?.text ?? '';
  }

  async run(...[settings, onEvent, made]: Parameters<LabApi['run']>): ReturnType<LabApi['run']> {
    const { current } = this.lab;
    const parsed = parseRunSettings(settings);
    const experiment = made.experiment && parseExperiment(made.experiment);
    const place = { parent: current.id, name: made.name, ...(experiment && { experiment }) };
    return this.alone(() => this.execute(parsed, nothingDone, place, onEvent));
  }

  resume(id: string, onEvent: (event: RunEvent) => void): Promise<CheckpointMeta> {
    return this.alone(() => this.goOn(id, onEvent));
  }

  private async goOn(id: string, onEvent: (event: RunEvent) => void): Promise<CheckpointMeta> {
    const { model, store } = this.lab;
    const { meta, state } = await this.read(store, id);
    if (!meta.settings || meta.ending !== 'stopped')
      throw new Error('Only a run that was stopped can go on.');
    await this.enter(model, meta, state);
    const { parent, createdAt, name, experiment } = meta;
    // Where it began: some methods compare with it. A parent that was deleted matters only to those.
    const start = parent === null ? null : await this.read(store, parent).catch(() => null);
    return this.execute(
      meta.settings,
      meta,
      { parent, id, createdAt, name, ...(experiment && { experiment }) },
      onEvent,
      start?.state,
    );
  }

  /** Puts the model into a checkpoint's state; a survey that began before, or meanwhile, ends. */
  private async enter(model: CausalLM, meta: CheckpointMeta, state: AdapterState): Promise<void> {
    this.interruptions++;
    await model.setState(state);
    this.lab.current = meta;
    this.interruptions++;
  }

  /** What changes checkpoints: not during a run, here or in another tab. */
  private async alone<T>(action: () => Promise<T>): Promise<T> {
    this.refuseWhileRunning();
    return inTurn(this.lab.model.info.digest, action);
  }

  private refuseWhileRunning(): void {
    this.refuseWhileExamining();
    if (this.running) throw new Error('A run is going on: stop it first.');
  }

  private refuseWhileExamining(): void {
    if (this.examining) throw new Error('An examination is going on: stop it first.');
  }

  private async execute(
    settings: RunSettings,
    begun: RunProgress,
    place: Pick<CheckpointMeta, 'parent' | 'name' | 'experiment'> &
      Partial<Pick<CheckpointMeta, 'id' | 'createdAt'>>,
    onEvent: (event: RunEvent) => void,
    start?: AdapterState,
  ): Promise<CheckpointMeta> {
    this.refuseWhileRunning();
    const { model, store, adapter } = this.lab;
    const before = await model.getState();
    const id = place.id ?? crypto.randomUUID();
    const entry = { createdAt: Date.now(), ...place, id, settings };
    this.running = true;
    this.interruptions++;
    this.stopAsked = false;
    try {
      onEvent({ type: 'started', id, settings });
      const hooks: RunHooks = {
        onEvent,
        shouldStop: () => this.stopAsked,
        // So that a tab closed in the middle of a run finds it tomorrow as one that was stopped here.
        onMilestone: async (state, progress) => {
          await this.save(store, model, adapter, {
            ...entry,
            ending: 'stopped',
            progress,
            state,
          });
        },
      };
      const result = await run(model, settings, begun, hooks, start);
      const { ending, message, ...progress } = result;
      const state = await model.getState();
      const meta = await this.save(store, model, adapter, { ...entry, ending, progress, state });
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
    ...[examined, onEvent]: Parameters<LabApi['examine']>
  ): ReturnType<LabApi['examine']> {
    this.refuseWhileRunning();
    const { model } = this.lab;
    const fact = parseTestedFact(examined.fact);
    this.examining = true;
    this.interruptions++;
    this.stopAsked = false;
    try {
      return await examine(
        model,
        { ...examined, fact },
        { onEvent, shouldStop: () => this.stopAsked },
      );
    } finally {
      this.examining = false;
    }
  }

  stop(): Promise<void> {
    this.stopAsked = true;
    return Promise.resolve();
  }

  async checkout(id: string): Promise<CheckpointMeta> {
    this.refuseWhileRunning();
    const { model, store } = this.lab;
    const { meta, state } = await this.read(store, id);
    await this.enter(model, meta, state);
    await this.select(store, meta);
    return meta;
  }

  async history(): ReturnType<LabApi['history']> {
    const { model, store, adapter } = this.lab;
    const { checkpoints, damaged } = await store.list(model.info.digest);
    const own = checkpoints.filter(
      (meta) => meta.adapter === adapter && !this.unsaved.has(meta.id),
    );
    const unsaved = [...this.unsaved.values()]
      .map(({ meta }) => meta)
      .filter((meta) => meta.modelDigest === model.info.digest && meta.adapter === adapter);
    return {
      checkpoints: [...own, ...unsaved].sort((a, b) => a.createdAt - b.createdAt),
      damaged,
      unsaved: unsaved.map(({ id }) => id),
    };
  }

  async rename(id: string, name: string): Promise<void> {
    const { store } = this.lab;
    const held = this.unsaved.get(id);
    if (held) this.unsaved.set(id, { ...held, meta: { ...held.meta, name } });
    else if (this.running) await store.rename(id, name);
    else await this.alone(() => store.rename(id, name));
  }

  async remove(id: string): Promise<void> {
    if (id === this.lab.current.id)
      throw new Error('This is the state in use: go to another one first.');
    this.unsaved.delete(id);
    await this.alone(() => this.lab.store.remove(id));
  }

  async exportCheckpoint(id: string): Promise<Blob> {
    return writeCheckpointFile(await this.read(this.lab.store, id));
  }

  async importCheckpoint(file: Blob): Promise<CheckpointMeta> {
    const { model, store, adapter } = this.lab;
    const checkpoint = await readCheckpointFile(file);
    if (checkpoint.meta.modelDigest !== model.info.digest)
      throw new Error(`This checkpoint belongs to another model (${checkpoint.meta.modelId}).`);
    if (
      checkpoint.meta.adapter !== adapter ||
      checkpoint.state.values.length !== model.info.adapterParameters
    )
      throw new Error(
        'This checkpoint belongs to this model with another adapter: other projections, layers, rank or alpha. Load the model with that adapter first.',
      );
    await this.alone(() => store.write(checkpoint));
    return checkpoint.meta;
  }

  saveUnsaved(): Promise<void> {
    return this.alone(async () => {
      const { store, current } = this.lab;
      for (const [id, checkpoint] of this.unsaved) {
        await store.write(checkpoint);
        this.unsaved.delete(id);
      }
      await this.select(store, current);
    });
  }

  async exportAdapter(packed: readonly string[]): Promise<PeftFiles> {
    this.refuseWhileRunning();
    const { model } = this.lab;
    const { values } = await model.getState();
    return exportPeft(model.info, values, { packed });
  }

  async importAdapter(files: PeftFiles, name: string): Promise<CheckpointMeta> {
    const { model, store, adapter } = this.lab;
    const { state } = importPeft(model.info, files, model.freshState());
    return this.alone(async () => {
      const { checkpoints } = await store.list(model.info.digest);
      const root = checkpoints.find((meta) => isRoot(meta, adapter));
      const meta = await this.save(store, model, adapter, {
        parent: root?.id ?? null,
        name,
        settings: null,
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

  memory(batch: number, time: number): Promise<MemoryEstimate> {
    return Promise.resolve(this.lab.model.memory(batch, time));
  }
}

/** The untouched model: an adapter that was brought in has no run either, but a parent. */
function isRoot({ settings, parent, adapter }: CheckpointMeta, loaded: string | undefined) {
  return settings === null && parent === null && adapter === loaded;
}

/** The checkpoint that a model with an adapter was left in is remembered under this. */
function selectedKey(modelDigest: string, adapter: string | undefined): string {
  return `selected/${modelDigest}${adapter === undefined ? '' : `/${adapter}`}`;
}
