/** @file Checkpoints in the database: records and states written together, listed without their states, checked when taken up. */
import {
  checkedCheckpoint,
  digestCheckpoint,
  refuseState,
  type StoredCheckpoint,
} from './checkpoint-file.ts';
import { database, type Database } from './database.ts';
import { bytesOf } from './migration.ts';
import { parseCheckpointMeta, type CheckpointMeta } from './records.ts';
import type { CheckpointRow } from './schema.ts';
import { StorageError } from './trouble.ts';

/** A stored record that cannot be used, and why. */
export interface Damaged {
  id: string;
  name: string;
  reason: string;
}

/** A checkpoint as lists show it. */
export interface ListedCheckpoint {
  id: string;
  row: CheckpointRow;
  /** Null where the record cannot be used. */
  meta: CheckpointMeta | null;
  reason: string | null;
}

/** What became of a checkpoint from outside: it is new, was here already, or stands beside another of the same id. */
export type Added = 'added' | 'same' | 'beside';

const gone = 'This checkpoint is not stored on this computer any more.';

export class CheckpointStore {
  /** States that were found damaged when they were taken up, and why. */
  readonly #spoilt = new Map<string, string>();

  constructor(private readonly db: Database = database) {}

  /** Every checkpoint of every model, whatever its record looks like. No state is read. */
  async rows(): Promise<ListedCheckpoint[]> {
    const { ids, rows, withState } = await this.db.read(
      ['checkpoints', 'states'],
      async (read) => ({
        ids: await read.objectStore('checkpoints').getAllKeys(),
        rows: await read.objectStore('checkpoints').getAll(),
        withState: new Set(await read.objectStore('states').getAllKeys()),
      }),
    );
    return ids.map((id, index) => {
      const row = rows[index] as CheckpointRow;
      try {
        const spoilt = withState.has(id) ? this.#spoilt.get(id) : 'its numbers are missing';
        if (spoilt !== undefined) throw new Error(spoilt);
        return { id, row, meta: metaOf(id, row), reason: null };
      } catch (error) {
        return { id, row, meta: null, reason: (error as Error).message };
      }
    });
  }

  /**
   * Checkpoints of a model, oldest first, and the ids of those that the visitor named; records that cannot be used are set aside with their
   * reason, and the others stay.
   */
  async list(
    modelDigest: string,
  ): Promise<{ checkpoints: CheckpointMeta[]; damaged: Damaged[]; named: string[] }> {
    const all = (await this.rows()).filter(({ row }) => {
      const model = fieldOf(row, 'modelDigest');
      return model === undefined || model === modelDigest;
    });
    const checkpoints = all.flatMap(({ meta }) => meta ?? []);
    checkpoints.sort((a, b) => a.createdAt - b.createdAt);
    const damaged = all.flatMap(({ id, row, reason }) =>
      reason === null ? [] : [{ id, name: nameOf(id, row), reason }],
    );
    const named = all.filter(({ row }) => row.named).map(({ id }) => id);
    return { checkpoints, damaged, named };
  }

  /** Throws when there is none, or when it is damaged. */
  async read(id: string): Promise<StoredCheckpoint> {
    const { row, state } = await this.db.read(['checkpoints', 'states'], async (read) => ({
      row: await read.objectStore('checkpoints').get(id),
      state: await read.objectStore('states').get(id),
    }));
    if (row === undefined) throw new Error(gone);
    try {
      if (!state) throw new Error('its numbers are missing');
      const checked = await checkedCheckpoint(row.record, state);
      metaOf(id, row);
      return checked;
    } catch (error) {
      const reason = (error as Error).message;
      this.#spoilt.set(id, reason);
      throw new Error(`This checkpoint cannot be used: ${reason}.`, { cause: error });
    }
  }

  /**
   * Writes record and state in one transaction: both are there, or neither. Throws a `StorageError` where they cannot be stored, and an
   * `Error` where this page could not read them again.
   */
  async write({ record, state }: StoredCheckpoint): Promise<void> {
    const { id } = parseCheckpointMeta(record);
    try {
      refuseState(state);
    } catch (cause) {
      throw new Error(
        `This state is not stored: ${(cause as Error).message}. The model computed it, or the device that it runs on.`,
        { cause },
      );
    }
    await this.db.write(['checkpoints', 'states'], async (write) => {
      const rows = write.objectStore('checkpoints');
      const before = await rows.get(id);
      // A run that goes on knows nothing of the name that it was given meanwhile.
      const named = before?.named && { name: nameOf(id, before) };
      const row: CheckpointRow = { record: { ...record, ...named }, bytes: bytesOf(state) };
      if (named) row.named = true;
      await rows.put(row, id);
      await write.objectStore('states').put(state, id);
    });
    this.#spoilt.delete(id);
  }

  /**
   * Stores a checkpoint from outside and replaces nothing: where another one has its id it stands beside that under an id of its own, with
   * “(2)” behind its name.
   */
  async add(checkpoint: StoredCheckpoint): Promise<{ meta: CheckpointMeta; how: Added }> {
    const { meta } = checkpoint;
    const here = await this.#digestAt(meta.id);
    if (here === undefined) {
      await this.write(checkpoint);
      return { meta, how: 'added' };
    }
    if (here === meta.digest) return { meta: await this.#mended(checkpoint), how: 'same' };
    const other = await beside(checkpoint);
    if ((await this.#digestAt(other.meta.id)) === other.meta.digest)
      return { meta: other.meta, how: 'same' };
    await this.write(other);
    return { meta: other.meta, how: 'beside' };
  }

  /** The one that is here, with the name that it has here; what is damaged of it is written again. */
  async #mended(checkpoint: StoredCheckpoint): Promise<CheckpointMeta> {
    try {
      return (await this.read(checkpoint.meta.id)).meta;
    } catch (error) {
      if (error instanceof StorageError) throw error;
      await this.write(checkpoint);
      return checkpoint.meta;
    }
  }

  /** The digest in the record under an id; null where that has none; undefined where there is no record. */
  async #digestAt(id: string): Promise<unknown> {
    const row = await this.db.read(['checkpoints'], (read) =>
      read.objectStore('checkpoints').get(id),
    );
    return row && (fieldOf(row, 'digest') ?? null);
  }

  async rename(id: string, name: string): Promise<void> {
    const isThere = await this.db.write(['checkpoints'], async (write) => {
      const store = write.objectStore('checkpoints');
      const row = await store.get(id);
      if (row)
        await store.put({ ...row, record: { ...(row.record as object), name }, named: true }, id);
      return row !== undefined;
    });
    if (!isThere) throw new Error(gone);
  }

  /** Removes checkpoints. What came from one stays; the page shows it under the nearest ancestor that is left. */
  async remove(...ids: string[]): Promise<void> {
    await this.db.write(['checkpoints', 'states'], async (write) => {
      for (const id of ids) {
        await write.objectStore('checkpoints').delete(id);
        await write.objectStore('states').delete(id);
      }
    });
    for (const id of ids) this.#spoilt.delete(id);
  }
}

/** Names of two things that would be called the same. */
export function second(name: string): string {
  return `${name.slice(0, 190)} (2)`;
}

/** The same checkpoint under an id of its own, the same each time, with “(2)” behind its name. */
export async function beside({ meta, state }: StoredCheckpoint): Promise<StoredCheckpoint> {
  const other = { ...meta, id: `${meta.id}-${meta.digest.slice(0, 8)}`, name: second(meta.name) };
  other.digest = await digestCheckpoint(other, state);
  return { meta: other, record: other, state };
}

function metaOf(id: string, { record }: CheckpointRow): CheckpointMeta {
  const meta = parseCheckpointMeta(record);
  if (meta.id !== id) throw new Error('it lies in the place of another one');
  return meta;
}

function fieldOf(row: CheckpointRow | undefined, field: keyof CheckpointMeta): unknown {
  return (row?.record as Partial<CheckpointMeta> | null | undefined)?.[field];
}

function nameOf(id: string, row: CheckpointRow): string {
  const name = fieldOf(row, 'name');
  return typeof name === 'string' ? name : id;
}
