/** @file The IndexedDB database: checkpoints and their states, written together, checked when read. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { checkedCheckpoint, type StoredCheckpoint } from './checkpoint-file.ts';
import type { AdapterState, CheckpointMeta } from './records.ts';

interface Schema extends DBSchema {
  /** Records as they were written, perhaps by an older version. */
  checkpoints: { key: string; value: object };
  states: { key: string; value: AdapterState };
  /** Small things remembered by name, such as the selected checkpoint of each model. */
  settings: { key: string; value: string };
}

export type Database = IDBPDatabase<Schema>;

/** Opens the database, and makes or completes it where this version of the page is the first to use it. */
export function openDatabase(name = 'lethe'): Promise<Database> {
  return openDB<Schema>(name, 1, {
    upgrade(database) {
      database.createObjectStore('checkpoints');
      database.createObjectStore('states');
      database.createObjectStore('settings');
    },
    // Another tab wants to upgrade: let it.
    blocking: (_current, _blocked, event) => {
      (event.target as IDBDatabase).close();
    },
  });
}

/** The browser gives this site no more room. What was stored before is not affected. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError';

  constructor(cause: unknown) {
    super(
      'The browser has no more room for this page: this could not be stored, everything before it is.',
      { cause },
    );
  }
}

/** Runs a transaction that writes; throws a `StorageFullError` where there is no room. */
export async function writing<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw isFull(error) ? new StorageFullError(error) : error;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}

/** A stored checkpoint that cannot be used, and why. */
export interface Damaged {
  id: string;
  name: string;
  reason: string;
}

export class CheckpointStore {
  constructor(private readonly db: Database) {}

  static async open(name?: string): Promise<CheckpointStore> {
    return new CheckpointStore(await openDatabase(name));
  }

  /** Checkpoints of a model, oldest first; records that do not check are named, and the others stay. */
  async list(modelDigest: string): Promise<{ checkpoints: CheckpointMeta[]; damaged: Damaged[] }> {
    const checkpoints: CheckpointMeta[] = [];
    const damaged: Damaged[] = [];
    for (const id of await this.db.getAllKeys('checkpoints')) {
      const raw: unknown = await this.db.get('checkpoints', id);
      const own = raw as Partial<CheckpointMeta> | undefined;
      if (own?.modelDigest !== undefined && own.modelDigest !== modelDigest) continue;
      try {
        const { meta } = await this.checked(id, raw);
        checkpoints.push(meta);
      } catch (error) {
        damaged.push({ id, name: String(own?.name ?? id), reason: (error as Error).message });
      }
    }
    checkpoints.sort((a, b) => a.createdAt - b.createdAt);
    return { checkpoints, damaged };
  }

  private async checked(id: string, raw: unknown): Promise<StoredCheckpoint> {
    const state = await this.db.get('states', id);
    if (!state) throw new Error('its numbers are missing');
    return checkedCheckpoint(raw, state);
  }

  /** Throws when there is none, or when it is damaged. */
  async read(id: string): Promise<StoredCheckpoint> {
    const raw: unknown = await this.db.get('checkpoints', id);
    if (!raw) throw new Error('This checkpoint is not stored on this computer any more.');
    try {
      return await this.checked(id, raw);
    } catch (error) {
      throw new Error(`This checkpoint cannot be used: ${(error as Error).message}.`, {
        cause: error,
      });
    }
  }

  /** Writes record and state in one transaction: both are there, or neither. Throws a `StorageFullError` where there is no room. */
  write({ record, meta: { id }, state }: StoredCheckpoint): Promise<void> {
    return writing(async () => {
      const transaction = this.db.transaction(['checkpoints', 'states'], 'readwrite', {
        durability: 'strict',
      });
      try {
        await Promise.all([
          transaction.objectStore('checkpoints').put(record, id),
          transaction.objectStore('states').put(state, id),
          transaction.done,
        ]);
      } catch (error) {
        // A request of a transaction that was ended for want of room only says that it was ended.
        throw transaction.error ?? error;
      }
    });
  }

  async rename(id: string, name: string): Promise<void> {
    const transaction = this.db.transaction('checkpoints', 'readwrite');
    const record = await transaction.store.get(id);
    if (record) await transaction.store.put({ ...record, name }, id);
    await transaction.done;
    if (!record) throw new Error('This checkpoint is not stored on this computer any more.');
  }

  /** Removes a checkpoint. What came from it stays; the page shows it under the nearest ancestor that is left. */
  async remove(id: string): Promise<void> {
    const transaction = this.db.transaction(['checkpoints', 'states'], 'readwrite');
    await Promise.all([
      transaction.objectStore('checkpoints').delete(id),
      transaction.objectStore('states').delete(id),
      transaction.done,
    ]);
  }

  remembered(key: string): Promise<string | undefined> {
    return this.db.get('settings', key);
  }

  async remember(key: string, value: string): Promise<void> {
    await writing(() => this.db.put('settings', value, key));
  }

  close(): void {
    this.db.close();
  }
}
