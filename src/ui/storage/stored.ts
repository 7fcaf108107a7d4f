/** @file What this browser stores of the page, kind by kind, as the storage screen lists and deletes it. */
import {
  readSession,
  sessionParts,
  troubleOf,
  writeSession,
  type Listed,
  type Named,
  type SessionPart,
  type SessionReport,
  type Trouble,
} from '../../storage/index.ts';
import { cachedModels, deleteCached } from '../../hub/index.ts';
import { filesCacheName, pageCacheName } from '../offline/protocol.ts';

export type StoredItem = Listed;

export interface StoredKind {
  kind: string;
  bytes: number;
  /** Null where the things are too small to be told apart: they are deleted together. */
  items: StoredItem[] | null;
  /** Absent where it may only go with the whole site's data. */
  remove?: (...keys: string[]) => Promise<void>;
  /** Why it cannot be read. */
  trouble?: Trouble;
}

/** Kinds whose things have no name that a person would know. */
const small = new Set(['settings', 'preferences']);

/** Reads what is stored. Kinds of which there is nothing are listed too, with no bytes; of one that cannot be read it is said why. */
export function listStored(): Promise<StoredKind[]> {
  return Promise.all([...parts.map(fromPart), models(), pageCache(), filesCache()]);
}

async function fromPart(part: SessionPart): Promise<StoredKind> {
  const { kind } = part;
  try {
    const all = await part.list();
    // Damaged ones of a kind that is deleted together are listed, so that they can go alone.
    const items = small.has(kind) ? all.filter(({ reason }) => reason !== null) : all;
    const remove = (...keys: string[]): Promise<void> => part.remove(...keys);
    return {
      kind,
      bytes: sum(all),
      items: items.length === 0 && small.has(kind) ? null : items,
      remove,
    };
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble === null) throw error;
    return { kind, bytes: 0, items: [], trouble };
  }
}

/** Models of the Hub that are kept here, whole or in part. */
async function models(): Promise<StoredKind> {
  // Where the browser keeps no files for this page there are none.
  const cached = await cachedModels().catch(() => []);
  const items = cached.map(({ key, id, bytes }) => ({ key, name: id, bytes, reason: null }));
  const remove = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await deleteCached(key);
  };
  return { kind: 'models', bytes: sum(items), items, remove };
}

/** The page's own code: without it there is no page, and the browser brings it back at the next visit. */
async function pageCache(): Promise<StoredKind> {
  return { kind: 'page', bytes: sum(await cached(pageCacheName(scope()))), items: null };
}

/** Runtime, Atlas and fonts: they can be fetched again. */
async function filesCache(): Promise<StoredKind> {
  const name = filesCacheName(scope());
  const items = await cached(name);
  return {
    kind: 'files',
    bytes: sum(items),
    items,
    remove: async (...keys) => {
      const cache = await caches.open(name);
      for (const key of keys) await cache.delete(key);
    },
  };
}

/** None where the browser lets the page have no caches. */
async function cached(name: string): Promise<StoredItem[]> {
  try {
    return await listCache(name);
  } catch {
    return [];
  }
}

async function listCache(name: string): Promise<StoredItem[]> {
  if (!('caches' in globalThis) || !(await caches.has(name))) return [];
  const cache = await caches.open(name);
  const items: StoredItem[] = [];
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    if (!response) continue;
    const name = decodeURIComponent(request.url.slice(scope().length).split('?')[0] ?? '');
    items.push({ key: request.url, name, bytes: (await response.blob()).size, reason: null });
  }
  return items;
}

/** The folder in which the site lies. */
function scope(): string {
  return new URL('./', document.baseURI).href;
}

function sum(items: readonly StoredItem[]): number {
  return items.reduce((total, { bytes }) => total + bytes, 0);
}

/** Deletes every item of a kind. */
export async function removeAll(kind: StoredKind, spare: (key: string) => boolean): Promise<void> {
  const keys = small.has(kind.kind)
    ? await keysOf(kind.kind)
    : (kind.items ?? []).map(({ key }) => key);
  await kind.remove?.(...keys.filter((key) => !spare(key)));
}

async function keysOf(kind: string): Promise<string[]> {
  const listed = await parts.find((each) => each.kind === kind)?.list();
  return (listed ?? []).map(({ key }) => key);
}

export function saveSession(
  report: (fraction: number) => void,
): Promise<{ file: Blob; digest: string; leftOut: Named[] }> {
  return writeSession(parts, report);
}

export function openSession(
  file: Blob,
  report: (fraction: number) => void,
): Promise<SessionReport> {
  return readSession(file, parts, report);
}

const parts = sessionParts();
