/** @file What a session is made of: each kind of thing that this browser stores, and how it is listed, written to a file, added and deleted. */
import * as v from 'valibot';
import { readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts';
import { CheckpointStore, second, type Added } from './checkpoints.ts';
import { database, type Database } from './database.ts';
import { FactStore, parseFact } from './facts.ts';
import { internalPrefix } from './migration.ts';
import { canonicalJson } from './records.ts';
import { SettingStore } from './settings.ts';
import { checkSweep, SweepStore } from './sweeps.ts';
import { StorageError, troubleOf } from './trouble.ts';

/** A stored thing in words: its kind, and what a person calls it. */
export interface Named {
  kind: string;
  name: string;
}

/** A stored thing as a list shows it. */
export interface Listed {
  key: string;
  /** What a person calls it. */
  name: string;
  bytes: number;
  /** Why it cannot be used; null where it can. */
  reason: string | null;
}

/** One kind of stored thing. Keys are texts that mean the same on every machine (a UUID, a name), not counters. */
export interface SessionPart {
  kind: string;
  /** How the file of such a thing ends: `json`, `safetensors`. */
  extension: string;
  list(): Promise<Listed[]>;
  /** The thing under a key as a file. Undefined where there is none; throws where it cannot be used. */
  read(key: string): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> } | undefined>;
  /**
   * Stores a file's thing and replaces nothing. `different`: what is here stays, and the other is left out. Throws with what is wrong with
   * it, or a `StorageError` where it cannot be stored.
   */
  add(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<Added | 'different'>;
  remove(...keys: string[]): Promise<void>;
}

/** Everything of this browser that goes into a session file. */
export function sessionParts(db: Database = database): SessionPart[] {
  return [
    checkpoints(new CheckpointStore(db)),
    sweeps(new SweepStore(db)),
    ownFacts(new FactStore(db)),
    settings(new SettingStore(db)),
    preferences(),
  ];
}

function checkpoints(store: CheckpointStore): SessionPart {
  return {
    kind: 'checkpoints',
    extension: 'safetensors',
    list: async () =>
      (await store.rows()).map(({ id, row, meta, reason }) => ({
        key: id,
        name: meta?.name ?? id,
        bytes: row.bytes + lengthOf(row.record),
        reason,
      })),
    read: async (key) => {
      const checkpoint = await store.read(key);
      return { name: checkpoint.meta.name, bytes: writeCheckpointFile(checkpoint) };
    },
    add: async (key, bytes) => {
      const checkpoint = await readCheckpointFile(bytes);
      if (checkpoint.meta.id !== key) throw new Error('it is not the one that the file names');
      return (await store.add(checkpoint)).how;
    },
    remove: (...keys) => store.remove(...keys),
  };
}

/** A sweep with its rows, which lie in two stores, as one thing. */
function sweeps(store: SweepStore): SessionPart {
  const nameOf = (value: unknown, key: string): string => {
    try {
      const { record } = checkSweep(value);
      return `${record.plan.kind}, ${new Date(record.createdAt).toISOString().slice(0, 16)}`;
    } catch {
      return key;
    }
  };
  return {
    kind: 'experiments',
    extension: 'json',
    list: async () => {
      const listed: Listed[] = [];
      for (const [key] of await store.raw()) {
        const value = await store.whole(key);
        const reason = reasonAgainst(() => checkSweep(value));
        listed.push({ key, name: nameOf(value, key), bytes: lengthOf(value), reason });
      }
      return listed;
    },
    read: async (key) => {
      const value = await store.whole(key);
      return value && { name: nameOf(value, key), bytes: toJson(value) };
    },
    add: (key, bytes) => {
      const sweep = checkSweep(fromJson(bytes));
      if (sweep.record.id !== key) throw new Error('it is not the one that the file names');
      return store.add(sweep);
    },
    remove: async (...keys) => {
      for (const key of keys) await store.remove(key);
    },
  };
}

/** Facts that the visitor wrote, finished or not. */
function ownFacts(store: FactStore): SessionPart {
  const nameOf = (value: unknown): string => {
    const name = (value as { name?: unknown } | null)?.name;
    return typeof name === 'string' ? name : '';
  };
  const add = async (key: string, value: unknown): Promise<Added> => {
    const fact = parseFact(value);
    const here = await store.get(key);
    if (here === undefined) {
      await store.put(key, fact);
      return 'added';
    }
    if (canonicalJson(here) === canonicalJson(fact)) return 'same';
    const how = await add(`${key}-2`, { ...fact, name: second(fact.name) });
    return how === 'same' ? 'same' : 'beside';
  };
  return {
    kind: 'facts',
    extension: 'json',
    list: async () =>
      (await store.all()).map(([key, value]) => ({
        key,
        name: nameOf(value),
        bytes: lengthOf(value),
        reason: reasonAgainst(() => parseFact(value)),
      })),
    read: async (key) => {
      const value = await store.get(key);
      return value === undefined ? undefined : { name: nameOf(value), bytes: toJson(value) };
    },
    add: (key, bytes) => add(key, fromJson(bytes)),
    remove: async (...keys) => {
      for (const key of keys) await store.remove(key);
    },
  };
}

/** Notes are a setting under this key. */
export const notesKey = 'notes';

/** Texts that a setting may have: a text, or what the page keeps of the way to ask. */
const setting = v.union([v.string(), v.looseObject({})]);

function settings(store: SettingStore): SessionPart {
  return {
    kind: 'settings',
    extension: 'json',
    list: async () => {
      const keys = (await store.keys()).filter((key) => !key.startsWith(internalPrefix));
      const values = await Promise.all(keys.map((key) => store.get(key)));
      return keys.map((key, index) => ({
        key,
        name: key,
        bytes: lengthOf(values[index]),
        reason: null,
      }));
    },
    read: async (key) => {
      const value = await store.get(key);
      return value === undefined ? undefined : { name: key, bytes: toJson(value) };
    },
    add: async (key, bytes) => {
      const given = v.parse(setting, fromJson(bytes));
      if (key.startsWith(internalPrefix)) throw new Error('it belongs to another browser');
      const here = await store.get(key);
      if (canonicalJson(here) === canonicalJson(given)) return 'same';
      const merged = here === undefined ? given : key === notesKey ? joined(here, given) : here;
      if (merged === here) return key === notesKey ? 'same' : 'different';
      await store.put(key, merged);
      return 'added';
    },
    remove: async (...keys) => {
      for (const key of keys) await store.remove(key);
    },
  };
}

/** Notes of two machines, one below the other. */
function joined(here: unknown, given: unknown): unknown {
  const [own, others] = [v.parse(v.string(), here), v.parse(v.string(), given)];
  if (own.includes(others)) return here;
  return others.includes(own) ? others : `${own}\n\n${others}`;
}

const prefix = 'lethe/';

/** Small things that the page remembers in `localStorage`: the theme, predictions in lessons. */
function preferences(): SessionPart {
  return {
    kind: 'preferences',
    extension: 'json',
    list: () => {
      const keys = localKeys();
      return Promise.resolve(
        keys.map((key) => {
          const bytes = lengthOf(localStorage.getItem(key));
          return { key, name: key.slice(prefix.length), bytes, reason: null };
        }),
      );
    },
    read: (key) => {
      const value = localStorage.getItem(key);
      const name = key.slice(prefix.length);
      return Promise.resolve(value === null ? undefined : { name, bytes: toJson(value) });
    },
    add: (key, bytes) => {
      if (!key.startsWith(prefix)) throw new Error('it is none of this page’s');
      const given = v.parse(v.string(), fromJson(bytes));
      try {
        const here = localStorage.getItem(key);
        if (here !== null) return Promise.resolve(here === given ? 'same' : 'different');
        localStorage.setItem(key, given);
        return Promise.resolve('added');
      } catch (cause) {
        throw new StorageError(troubleOf(cause) ?? 'refused', { cause });
      }
    },
    remove: (...keys) => {
      for (const key of keys) localStorage.removeItem(key);
      return Promise.resolve();
    },
  };
}

/** None where the browser lets the page have no `localStorage`. */
function localKeys(): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}

function reasonAgainst(use: () => unknown): string | null {
  try {
    use();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** As JSON has it: a number that is none is null, which the schemas read as NaN where a measurement may be one. */
export function toJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

function fromJson(bytes: Uint8Array<ArrayBuffer>): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
}

/** About how many bytes a value takes. */
function lengthOf(value: unknown): number {
  return (JSON.stringify(value) ?? '').length;
}
