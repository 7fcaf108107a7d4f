/** @file What a session is made of: each kind of thing that this browser stores, and how it is listed, checked, written and deleted. */
import { openDB, unwrap, wrap, type IDBPDatabase } from 'idb';
import * as v from 'valibot';
import { checkedCheckpoint } from './checkpoint-file.ts';
import { CheckpointStore, openDatabase, writing, type Database } from './database.ts';
import { factDatabase, FactStore } from './fact-store.ts';
import { parseDraftFact, type Checkpoint } from './records.ts';
import { checkSweep, SweepStore, type StoredSweep } from './sweeps.ts';

/** One kind of stored thing. Keys are texts that mean the same on every machine (a UUID, a name), not counters. */
export interface SessionPart {
  kind: string;
  keys(): Promise<string[]>;
  /** The value under a key: JSON, with typed arrays anywhere in it. Undefined where there is none. */
  read(key: string): Promise<unknown>;
  /** Throws with what is wrong with a value that comes from outside. */
  check(key: string, value: unknown): unknown;
  /** Throws a `StorageFullError` where there is no room. */
  write(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
  /** What a person calls it. */
  nameOf(key: string, value: unknown): string;
  /** What to store where both machines have something under a key; without it, what is here stays. */
  merge?(key: string, here: unknown, incoming: unknown): unknown;
}

/** Everything of this browser that goes into a session file; stores of another database are one more entry (see `databaseParts`). */
export async function sessionParts(): Promise<SessionPart[]> {
  const db = await openDatabase();
  return [
    checkpoints(db),
    sweeps(await SweepStore.open()),
    ...(await databaseParts(factDatabase, () => FactStore.open(), { facts: ownFacts })),
    { ...storePart(wrap(unwrap(db)), 'settings', { check: parseText }), merge: mergeNotes },
    preferences(),
  ];
}

/** How the values of an object store are checked and called. */
export interface StoreOptions {
  /** The part's kind; the store's name where it is left out. No two parts may have the same. */
  kind?: string;
  /** Throws with what is wrong with a value. */
  check: (value: unknown) => unknown;
  /** The key where it is left out. */
  nameOf?: (value: unknown) => string;
}

/**
 * Object stores of another database as parts: `...(await databaseParts('lethe-sweeps', () => SweepStore.open(), { sweeps: { check } }))`.
 * `make` is what opens the database elsewhere; it makes the stores where there are none yet.
 */
export async function databaseParts(
  name: string,
  make: () => Promise<unknown>,
  stores: Readonly<Record<string, StoreOptions>>,
): Promise<SessionPart[]> {
  await make();
  const db = await openDB(name, undefined, {
    blocking: (_current, _blocked, event) => {
      (event.target as IDBDatabase).close();
    },
  });
  return Object.entries(stores).map(([store, options]) => storePart(db, store, options));
}

/** An object store as a part, whether its keys lie outside its values or, one or several, inside. */
function storePart(
  db: IDBPDatabase,
  store: string,
  { kind = store, check, nameOf }: StoreOptions,
): SessionPart {
  const { keyPath } = db.transaction(store).store;
  const isCompound = Array.isArray(keyPath);
  const toText = (key: IDBValidKey): string => (isCompound ? JSON.stringify(key) : String(key));
  const toKey = (text: string): IDBValidKey =>
    isCompound ? (JSON.parse(text) as IDBValidKey) : text;
  return {
    kind,
    keys: async () => (await db.getAllKeys(store)).map(toText),
    read: (key) => db.get(store, toKey(key)) as Promise<unknown>,
    check: (_key, value) => check(value),
    write: async (key, value) => {
      await writing(() => db.put(store, value, keyPath === null ? key : undefined));
    },
    remove: (key) => db.delete(store, toKey(key)),
    nameOf: (key, value) => nameOf?.(value) ?? key,
  };
}

/** A checkpoint's record and its numbers, which lie in two stores, as one thing. */
function checkpoints(db: Database): SessionPart {
  const store = new CheckpointStore(db);
  const numbers = v.instance(Float32Array);
  const shape = v.object({
    meta: v.unknown(),
    state: v.object({ values: numbers, moment1: numbers, moment2: numbers, step: v.number() }),
  });
  return {
    kind: 'checkpoints',
    keys: () => db.getAllKeys('checkpoints'),
    read: async (key) => {
      const [meta, state] = await Promise.all([db.get('checkpoints', key), db.get('states', key)]);
      return meta && { meta, state };
    },
    check: async (key, value) => {
      const { meta, state } = v.parse(shape, value);
      const checked = await checkedCheckpoint(meta, state as Checkpoint['state']);
      if (checked.meta.id !== key) throw new Error('it is not the one that the file names');
    },
    write: (_key, value) => {
      const checkpoint = value as Checkpoint;
      return store.write({ ...checkpoint, record: checkpoint.meta });
    },
    remove: (key) => store.remove(key),
    nameOf: (key, value) => (value as Partial<Checkpoint> | undefined)?.meta?.name ?? key,
  };
}

/** A sweep with its rows, which lie in two stores, as one thing. */
function sweeps(store: SweepStore): SessionPart {
  return {
    kind: 'experiments',
    keys: () => store.ids(),
    read: (key) => store.whole(key),
    check: (key, value) => {
      if (checkSweep(value).record.id !== key)
        throw new Error('it is not the one that the file names');
    },
    write: (_key, value) => store.writeWhole(checkSweep(value)),
    remove: (key) => store.remove(key),
    nameOf: (key, value) => {
      const record = (value as StoredSweep | undefined)?.record;
      return record
        ? `${record.plan.kind}, ${new Date(record.createdAt).toISOString().slice(0, 16)}`
        : key;
    },
  };
}

/** Facts that the visitor wrote, finished or not. */
const ownFacts: StoreOptions = {
  check: (value) => {
    const { createdAt, ...draft } = v.parse(v.looseObject({ createdAt: v.number() }), value);
    return { createdAt, ...parseDraftFact(draft) };
  },
  nameOf: (value) => v.parse(v.looseObject({ name: v.string() }), value).name,
};

/** Notes are a setting under this key. */
export const notesKey = 'notes';

/** Notes of two machines are put one below the other; of other settings, this machine's stay. */
function mergeNotes(key: string, here: unknown, incoming: unknown): unknown {
  if (key !== notesKey) return here;
  const [own, others] = [parseText(here), parseText(incoming)];
  if (own.includes(others)) return own;
  return others.includes(own) ? others : `${own}\n\n${others}`;
}

function parseText(value: unknown): string {
  return v.parse(v.string(), value);
}

const prefix = 'lethe/';

/** Small things that the page remembers in `localStorage`: the theme, predictions in lessons. */
function preferences(): SessionPart {
  return {
    kind: 'preferences',
    keys: () => Promise.resolve(Object.keys(localStorage).filter((key) => key.startsWith(prefix))),
    read: (key) => Promise.resolve(localStorage.getItem(key) ?? undefined),
    check: (key, value) => {
      if (!key.startsWith(prefix)) throw new Error('it is none of this page’s');
      return parseText(value);
    },
    write: (key, value) =>
      writing(() => {
        localStorage.setItem(key, parseText(value));
        return Promise.resolve();
      }),
    remove: (key) => {
      localStorage.removeItem(key);
      return Promise.resolve();
    },
    nameOf: (key) => key.slice(prefix.length),
  };
}
