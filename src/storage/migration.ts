/** @file From the databases of earlier versions to the one of today: nothing is deleted before its copy is there for good. */
import { deleteDB, openDB, type IDBPDatabase, type IDBPTransaction } from 'idb';
import type { CheckpointRow, Connection, Schema, Store } from './schema.ts';
import { within } from './trouble.ts';

/** What earlier versions kept beside the database, each in a database of version 1: its stores have the names of ours. */
const before: Readonly<Record<string, readonly Store[]>> = {
  'lethe-facts': ['facts', 'settings'],
  'lethe-sweeps': ['sweeps', 'rows'],
};

/** The setting that says how far this is: undefined, `copied`, or `done`. Settings of this prefix belong to this browser alone. */
export const internalPrefix = 'internal/';
const marker = `${internalPrefix}taken-over`;

/** Milliseconds for the old databases to be let go by tabs that run an earlier version; else the next visit tries again. */
const patience = 5000;

/** Makes the stores, or completes those of version 1, in the transaction of the upgrade: the browser does all of it or nothing. */
export function upgrade(
  database: Connection,
  from: number,
  _to: number | null,
  transaction: UpgradeTransaction,
): void {
  if (from < 1)
    for (const store of ['checkpoints', 'states', 'settings'] as const)
      database.createObjectStore(store);
  if (from < 2) {
    database.createObjectStore('facts');
    database.createObjectStore('sweeps', { keyPath: 'id' });
    database.createObjectStore('rows', { keyPath: ['sweep', 'at'] });
  }
  if (from !== 1) return;
  transaction.done.catch(() => undefined);
  // Nobody waits for this: opening ends with the transaction.
  rowsOfRecords(transaction).catch(() => {
    abort(transaction);
  });
}

type UpgradeTransaction = IDBPTransaction<Schema, Store[], 'versionchange'>;

/** A record alone becomes a row, with the size of its state beside it. */
async function rowsOfRecords(transaction: UpgradeTransaction): Promise<void> {
  const sizes = new Map<string, number>();
  for await (const { key, value } of transaction.objectStore('states'))
    sizes.set(key, bytesOf(value));
  for await (const cursor of transaction.objectStore('checkpoints')) {
    const row: CheckpointRow = { record: cursor.value, bytes: sizes.get(cursor.key) ?? 0 };
    await cursor.update(row);
  }
}

function abort(transaction: Pick<UpgradeTransaction, 'abort'>): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
}

/** What the arrays of a state take, whatever was found in the place of one. */
export function bytesOf(state: unknown): number {
  if (typeof state !== 'object' || state === null) return 0;
  const arrays = Object.values(state).filter((each) => ArrayBuffer.isView(each));
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/**
 * Copies what the old databases hold in one transaction, and then deletes them. Killed at any moment it begins where it was. Where the old
 * ones cannot be had now, or there is no room for the copy, they stay for the next visit.
 */
export async function takeOver(database: Connection): Promise<void> {
  if ((await database.get('settings', marker)) === 'done') return;
  try {
    if ((await database.get('settings', marker)) !== 'copied') await copy(database);
    // A tab with an earlier version may hold on to them: the page need not wait for it.
    void remove(database).catch(() => undefined);
  } catch {
    // The old ones are as they were.
  }
}

async function copy(database: Connection): Promise<void> {
  const entries: Entry[] = [];
  for (const old of Object.entries(before)) entries.push(...(await entriesOf(...old)));
  const stores = [...new Set(Object.values(before).flat())];
  const transaction = database.transaction(stores, 'readwrite', { durability: 'strict' });
  const ended = transaction.done;
  ended.catch(() => undefined);
  try {
    const settings = transaction.objectStore('settings');
    // Another tab may have been here meanwhile.
    if ((await settings.get(marker)) === undefined) {
      for (const { store: name, key, value } of entries) {
        const store = transaction.objectStore(name);
        const isInline = store.keyPath !== null;
        if ((await store.count(key)) === 0)
          await store.put(value as { id: string }, isInline ? undefined : (key as string));
      }
      await settings.put('copied', marker);
    }
  } catch (error) {
    abort(transaction);
    throw error;
  }
  await ended;
}

interface Entry {
  store: Store;
  key: Schema[Store]['key'];
  value: unknown;
}

/** Everything in an old database; nothing where there is none. */
async function entriesOf(name: string, stores: readonly Store[]): Promise<Entry[]> {
  const old = await openOld(name);
  if (!old) return [];
  try {
    const entries: Entry[] = [];
    for (const store of stores.filter((each) => old.objectStoreNames.contains(each))) {
      const read = old.transaction(store);
      const keys = await read.store.getAllKeys();
      const values = await read.store.getAll();
      keys.forEach((key, index) => {
        entries.push({ store, key: key as Entry['key'], value: values[index] });
      });
    }
    return entries;
  } finally {
    old.close();
  }
}

/** Opened as version 2, which earlier versions of the page cannot open: none of them writes to it any more. */
async function openOld(name: string): Promise<IDBPDatabase | null> {
  let isThere = true;
  const opening = openDB(name, 2, {
    upgrade: (_database, from, _to, transaction) => {
      isThere = from > 0;
      if (isThere) return;
      transaction.done.catch(() => undefined);
      transaction.abort();
    },
    blocking: (_current, _blocked, event) => {
      (event.target as IDBDatabase).close();
    },
  });
  try {
    return await within(patience, opening);
  } catch (error) {
    void opening.then(
      (late) => {
        late.close();
      },
      () => undefined,
    );
    if (!isThere) return null;
    throw error;
  }
}

async function remove(database: Connection): Promise<void> {
  for (const name of Object.keys(before)) await deleteDB(name);
  await database.put('settings', 'done', marker);
}
