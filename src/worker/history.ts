/** @file The history of one model with one adapter: its checkpoints, stored, or in memory where the browser does not store them. */
import { nothingDone, type CheckpointMeta, type RunProgress } from '../lab/index.ts';
import type { LabApi } from './api.ts';
import type { AdapterState, CausalLM } from 'lethe-lora/engine';
import {
  beside,
  CheckpointStore,
  digestCheckpoint,
  SettingStore,
  StorageError,
  type Damaged,
  type StoredCheckpoint,
  type Trouble,
} from '../storage/index.ts';

/** What becomes a checkpoint; its id and time where it has them already. */
export type Entry = Pick<CheckpointMeta, 'parent' | 'name' | 'experiment' | 'phase' | 'ending'> & {
  id?: string;
  createdAt?: number;
  progress: RunProgress;
  state: AdapterState;
};

type Model = Pick<CausalLM, 'info' | 'freshState' | 'setState'>;

/** What was read last, so that the page has it where the database is closed under it. */
interface Listing {
  checkpoints: CheckpointMeta[];
  damaged: Damaged[];
  named: string[];
}

export class History {
  /** Why the last thing was not stored; null where it was. */
  #trouble: Trouble | null = null;
  #listing: Listing = { checkpoints: [], damaged: [], named: [] };
  /** The one that the model is in: all that is left of it where the site's data are cleared. */
  #inUse: StoredCheckpoint | null = null;
  /** Ids of those in memory that the visitor named. */
  readonly #named = new Set<string>();

  constructor(
    private readonly model: Model,
    /** Which adapter its checkpoints are of; undefined for the usual one. */
    private readonly adapter: string | undefined,
    /** Checkpoints, perhaps of other models too, that are kept here until they are stored, or deleted. */
    private readonly unsaved: Map<string, StoredCheckpoint>,
    private readonly store = new CheckpointStore(),
    private readonly settings = new SettingStore(),
  ) {}

  /** Puts the model into the checkpoint that was selected last; into the untouched state, stored by now, where there is none. */
  async enterSelected(): Promise<CheckpointMeta> {
    const id = await this.#orNothing(() => this.settings.get(this.selectedKey));
    if (typeof id === 'string') {
      try {
        const checkpoint = await this.read(id);
        await this.model.setState(checkpoint.state);
        this.#inUse = checkpoint;
        return checkpoint.meta;
      } catch {
        // Damaged, deleted, or out of reach: the history names it; begin at the root.
      }
    }
    const state = this.model.freshState();
    await this.model.setState(state);
    const untouched = {
      parent: null,
      name: 'Untouched',
      experiment: null,
      phase: null,
      ending: null,
    };
    const root = await this.root();
    if (!root) return this.save({ ...untouched, progress: nothingDone, state });
    this.#inUse = { meta: root, record: root, state };
    return root;
  }

  /** Does something with the database; undefined, and the trouble noted, where the browser does not let it. */
  async #orNothing<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await action();
      // What is in memory only is so for the reason that was noted.
      if (this.unsaved.size === 0) this.#trouble = null;
      return result;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#trouble = error.trouble;
      return undefined;
    }
  }

  /** The untouched model's checkpoint: an adapter that was brought in has no run either, but a parent. */
  async root(): Promise<CheckpointMeta | undefined> {
    return (await this.#all()).find(isRoot);
  }

  /** Makes a checkpoint, in place of one with the same id, and remembers it as the one in use. */
  async save(entry: Entry): Promise<CheckpointMeta> {
    const { progress, state, id = crypto.randomUUID(), createdAt = Date.now(), ...rest } = entry;
    const { info } = this.model;
    const meta: CheckpointMeta = {
      id,
      createdAt,
      ...rest,
      modelId: info.id,
      modelDigest: info.digest,
      ...(this.adapter !== undefined && { adapter: this.adapter }),
      step: state.step,
      runStep: progress.runStep,
      losses: progress.losses,
      probes: progress.probes,
      ...(progress.retainWeight !== undefined && { retainWeight: progress.retainWeight }),
      digest: '',
    };
    meta.digest = await digestCheckpoint(meta, state);
    await this.#keep({ meta, record: meta, state });
    await this.select(id);
    return meta;
  }

  /** Stores a checkpoint, or keeps it in memory where the browser does not store it. */
  async #keep(checkpoint: StoredCheckpoint): Promise<void> {
    const { id } = checkpoint.meta;
    this.#inUse = checkpoint;
    const isStored = await this.#orNothing(async () => {
      await this.store.write(checkpoint);
      return true;
    });
    if (!isStored) this.unsaved.set(id, checkpoint);
    else if (this.unsaved.delete(id)) await this.#restoreName(id);
  }

  async #restoreName(id: string): Promise<void> {
    if (this.#named.delete(id) && this.#inUse?.meta.id === id)
      await this.#orNothing(() => this.store.rename(id, this.#inUse?.meta.name ?? ''));
  }

  /** Remembers which checkpoint is in use; where that cannot be stored, the next visit begins at the one before. */
  async select(id: string): Promise<void> {
    if (!this.unsaved.has(id)) await this.#orNothing(() => this.settings.put(this.selectedKey, id));
  }

  /** The checkpoint that a model with an adapter was left in is remembered under this. */
  private get selectedKey(): string {
    const { adapter } = this;
    return `selected/${this.model.info.digest}${adapter === undefined ? '' : `/${adapter}`}`;
  }

  /** Throws where it is damaged or not there, and a `StorageError` where the browser does not let the page read. */
  async read(id: string): Promise<StoredCheckpoint> {
    const held = this.unsaved.get(id);
    if (held) return held;
    try {
      return await this.store.read(id);
    } catch (error) {
      if (this.#inUse?.meta.id !== id) throw error;
      return this.#inUse;
    }
  }

  /** Reads a checkpoint that the model goes to. */
  async enter(id: string): Promise<StoredCheckpoint> {
    this.#inUse = await this.read(id);
    return this.#inUse;
  }

  /** All checkpoints, the oldest first; those of the last time where the database is out of reach. */
  async #all(): Promise<CheckpointMeta[]> {
    const listing = await this.#orNothing(() => this.store.list(this.model.info.digest));
    if (listing) this.#listing = listing;
    const { digest } = this.model.info;
    const isOurs = (meta: CheckpointMeta): boolean =>
      meta.modelDigest === digest && meta.adapter === this.adapter;
    const stored = this.#listing.checkpoints.filter(
      (meta) => isOurs(meta) && !this.unsaved.has(meta.id),
    );
    // The site's data were deleted under the page.
    const used = this.#inUse;
    if (used && this.#listing.checkpoints.length === 0) this.unsaved.set(used.meta.id, used);
    const unsaved = [...this.unsaved.values()].map(({ meta }) => meta).filter(isOurs);
    return [...stored, ...unsaved].sort((a, b) => a.createdAt - b.createdAt);
  }

  async list(): ReturnType<LabApi['history']> {
    // What was out of reach may be back; where there was no room, the visitor makes some first.
    if (this.unsaved.size > 0 && this.#trouble !== 'full')
      await this.saveUnsaved().catch(() => undefined);
    const checkpoints = await this.#all();
    return {
      checkpoints,
      damaged: this.#listing.damaged,
      named: [...this.#listing.named, ...this.#named],
      // Of the untouched model nothing would be lost.
      unsaved: checkpoints.filter((meta) => this.unsaved.has(meta.id) && !isRoot(meta)).map(idOf),
      trouble: this.#trouble,
    };
  }

  /** Whether a checkpoint is in memory only. */
  isUnsaved(id: string): boolean {
    return this.unsaved.has(id);
  }

  async rename(id: string, name: string): Promise<void> {
    const held = this.unsaved.get(id);
    if (held) {
      const meta = { ...held.meta, name };
      this.unsaved.set(id, { ...held, meta, record: { ...held.record, name } });
      this.#named.add(id);
    } else await this.store.rename(id, name);
    if (this.#inUse?.meta.id === id) {
      const { meta, record, state } = this.#inUse;
      this.#inUse = { meta: { ...meta, name }, record: { ...record, name }, state };
    }
  }

  async remove(...ids: string[]): Promise<void> {
    const stored = ids.filter((id) => !this.unsaved.delete(id));
    if (this.#inUse && ids.includes(this.#inUse.meta.id)) this.#inUse = null;
    if (stored.length > 0) await this.store.remove(...stored);
  }

  /**
   * Stores a checkpoint that came from a file, beside another one of the same id where there is one, and gives its record. Throws where it
   * belongs to another model, or to this one with another adapter.
   */
  async add(checkpoint: StoredCheckpoint): Promise<CheckpointMeta> {
    const { meta, state } = checkpoint;
    const { digest, adapterParameters } = this.model.info;
    if (meta.modelDigest !== digest)
      throw new Error(`This checkpoint belongs to another model (${meta.modelId.slice(0, 200)}).`);
    if (meta.adapter !== this.adapter || state.values.length !== adapterParameters)
      throw new Error(
        'This checkpoint belongs to this model with another adapter: other projections, layers, rank or alpha. Load the model with that adapter first.',
      );
    const held = this.unsaved.get(meta.id);
    if (held?.meta.digest === meta.digest) return held.meta;
    const fresh = held ? await beside(checkpoint) : checkpoint;
    const added = await this.#orNothing(() => this.store.add(fresh));
    if (added) return added.meta;
    // Another one of its id may be stored, out of reach.
    const other = fresh === checkpoint ? await beside(checkpoint) : fresh;
    this.unsaved.set(other.meta.id, other);
    return other.meta;
  }

  /** Tries again to store what is only in memory; throws a `StorageError` where that is refused again. */
  async saveUnsaved(): Promise<void> {
    for (const [id, checkpoint] of this.unsaved) {
      if (await this.#isIdle(checkpoint)) continue;
      try {
        await this.store.write(checkpoint);
      } catch (error) {
        if (error instanceof StorageError) this.#trouble = error.trouble;
        throw error;
      }
      this.unsaved.delete(id);
      if (this.#named.delete(id)) await this.store.rename(id, checkpoint.meta.name);
    }
    this.#trouble = null;
  }

  /** An untouched model from which nothing came, where the database has one by now. */
  async #isIdle({ meta }: StoredCheckpoint): Promise<boolean> {
    if (!isRoot(meta) || [...this.unsaved.values()].some((each) => each.meta.parent === meta.id))
      return false;
    const { checkpoints } = await this.store.list(meta.modelDigest);
    return checkpoints.some((each) => isRoot(each) && each.adapter === meta.adapter);
  }
}

function isRoot({ experiment, parent }: CheckpointMeta): boolean {
  return experiment === null && parent === null;
}

function idOf({ id }: CheckpointMeta): string {
  return id;
}
