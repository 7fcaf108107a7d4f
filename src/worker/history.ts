/** @file The history of one model with one adapter: its checkpoints, stored, or in memory where the browser has no room for them. */
import { nothingDone, type CheckpointMeta, type RunProgress } from '../lab/index.ts';
import type { LabApi } from './api.ts';
import type { AdapterState, CausalLM } from '../model/index.ts';
import {
  CheckpointStore,
  digestCheckpoint,
  StorageFullError,
  type StoredCheckpoint,
} from '../storage/index.ts';

/** What becomes a checkpoint; its id and time where it has them already. */
export type Entry = Pick<CheckpointMeta, 'parent' | 'name' | 'experiment' | 'phase' | 'ending'> & {
  id?: string;
  createdAt?: number;
  progress: RunProgress;
  state: AdapterState;
};

export class History {
  private constructor(
    private readonly store: CheckpointStore,
    private readonly model: CausalLM,
    /** Which adapter its checkpoints are of; undefined for the usual one. */
    private readonly adapter: string | undefined,
    /** Checkpoints, perhaps of other models too, that are kept here until they are stored, or deleted. */
    private readonly unsaved: Map<string, StoredCheckpoint>,
  ) {}

  static async open(
    model: CausalLM,
    adapter: string | undefined,
    unsaved: Map<string, StoredCheckpoint>,
  ): Promise<History> {
    return new History(await CheckpointStore.open(), model, adapter, unsaved);
  }

  /** Puts the model into the checkpoint that was selected last; into the untouched state, stored by now, where there is none. */
  async enterSelected(): Promise<CheckpointMeta> {
    const id = await this.store.remembered(this.selectedKey);
    if (id !== undefined) {
      try {
        const { meta, state } = await this.store.read(id);
        await this.model.setState(state);
        return meta;
      } catch {
        // Damaged or deleted: the history names it; begin at the root.
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
    return (await this.root()) ?? this.save({ ...untouched, progress: nothingDone, state });
  }

  /** The untouched model's checkpoint: an adapter that was brought in has no run either, but a parent. */
  async root(): Promise<CheckpointMeta | undefined> {
    const { checkpoints } = await this.store.list(this.model.info.digest);
    return checkpoints.find(
      ({ experiment, parent, adapter }) =>
        experiment === null && parent === null && adapter === this.adapter,
    );
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
    await this.keep({ meta, record: meta, state });
    await this.select(id);
    return meta;
  }

  /** Stores a checkpoint, or keeps it in memory where there is no room. */
  private async keep(checkpoint: StoredCheckpoint): Promise<void> {
    const { id } = checkpoint.meta;
    try {
      await this.store.write(checkpoint);
      this.unsaved.delete(id);
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error;
      this.unsaved.set(id, checkpoint);
    }
  }

  /** Remembers which checkpoint is in use; where there is no room, the next visit begins at the one before. */
  async select(id: string): Promise<void> {
    if (this.unsaved.has(id)) return;
    try {
      await this.store.remember(this.selectedKey, id);
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error;
    }
  }

  /** The checkpoint that a model with an adapter was left in is remembered under this. */
  private get selectedKey(): string {
    const { adapter } = this;
    return `selected/${this.model.info.digest}${adapter === undefined ? '' : `/${adapter}`}`;
  }

  async read(id: string): Promise<StoredCheckpoint> {
    return this.unsaved.get(id) ?? (await this.store.read(id));
  }

  /** All checkpoints, the oldest first. */
  async list(): ReturnType<LabApi['history']> {
    const { digest } = this.model.info;
    const { checkpoints, damaged } = await this.store.list(digest);
    const stored = checkpoints.filter(
      (meta) => meta.adapter === this.adapter && !this.unsaved.has(meta.id),
    );
    const unsaved = [...this.unsaved.values()]
      .map(({ meta }) => meta)
      .filter((meta) => meta.modelDigest === digest && meta.adapter === this.adapter);
    return {
      checkpoints: [...stored, ...unsaved].sort((a, b) => a.createdAt - b.createdAt),
      damaged,
      unsaved: unsaved.map(({ id }) => id),
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
      this.unsaved.set(id, { ...held, meta, record: meta });
    } else await this.store.rename(id, name);
  }

  async remove(id: string): Promise<void> {
    this.unsaved.delete(id);
    await this.store.remove(id);
  }

  /**
   * Stores a checkpoint that came from a file, beside another one of the same id where there is one, and gives its id. Throws where it
   * belongs to another model, or to this one with another adapter.
   */
  async add(checkpoint: StoredCheckpoint): Promise<CheckpointMeta> {
    const { meta, state } = checkpoint;
    const { digest, adapterParameters } = this.model.info;
    if (meta.modelDigest !== digest)
      throw new Error(`This checkpoint belongs to another model (${meta.modelId}).`);
    if (meta.adapter !== this.adapter || state.values.length !== adapterParameters)
      throw new Error(
        'This checkpoint belongs to this model with another adapter: other projections, layers, rank or alpha. Load the model with that adapter first.',
      );
    // One that cannot be read is replaced: the file may be what saves it.
    const here = await this.read(meta.id).catch(() => null);
    if (here && here.meta.digest !== meta.digest) {
      const other = { ...meta, id: `${meta.id}-${meta.digest.slice(0, 8)}` };
      other.digest = await digestCheckpoint(other, state);
      await this.store.write({ meta: other, record: other, state });
      return other;
    }
    if (!this.unsaved.has(meta.id)) await this.store.write(checkpoint);
    return meta;
  }

  /** Tries again to store what there was no room for. */
  async saveUnsaved(): Promise<void> {
    for (const [id, checkpoint] of this.unsaved) {
      await this.store.write(checkpoint);
      this.unsaved.delete(id);
    }
  }
}
