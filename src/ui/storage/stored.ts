/** @file What this browser stores of the page, kind by kind, as the storage screen lists and deletes it. */
import {
  encode,
  readSession,
  sessionParts,
  writeSession,
  type SessionPart,
  type SessionReport,
} from '../../storage/index.ts';
import { cachedModels, deleteCached } from '../../hub/index.ts';
import { filesCacheName, pageCacheName } from '../offline/protocol.ts';

export interface StoredItem {
  key: string;
  name: string;
  bytes: number;
}

export interface StoredKind {
  kind: string;
  bytes: number;
  /** Null where the things are too small to be told apart: they are deleted together. */
  items: StoredItem[] | null;
  /** Absent where it may only go with the whole site's data. */
  remove?: (key: string) => Promise<void>;
}

/** Kinds whose things have no name that a person would know. */
const small = new Set(['settings', 'preferences']);

/** Reads what is stored. Kinds of which there is nothing are listed too, with no bytes. */
export async function listStored(): Promise<StoredKind[]> {
  const parts = await openParts();
  return Promise.all([...parts.map(fromPart), models(), pageCache(), filesCache()]);
}

async function fromPart(part: SessionPart): Promise<StoredKind> {
  const items: StoredItem[] = [];
  for (const key of await part.keys()) {
    const value = await part.read(key);
    if (value === undefined) continue;
    items.push({ key, name: part.nameOf(key, value), bytes: encode(value).length });
  }
  return {
    kind: part.kind,
    bytes: sum(items),
    items: small.has(part.kind) ? null : items,
    remove: (key) => part.remove(key),
  };
}

/** Models of the Hub that are kept here, whole or in part. */
async function models(): Promise<StoredKind> {
  // Where the browser keeps no files for this page there are none.
  const cached = await cachedModels().catch(() => []);
  const items = cached.map(({ key, id, bytes }) => ({ key, name: id, bytes }));
  return { kind: 'models', bytes: sum(items), items, remove: (key) => deleteCached(key) };
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
    remove: async (key) => {
      await (await caches.open(name)).delete(key);
    },
  };
}

async function cached(name: string): Promise<StoredItem[]> {
  if (!('caches' in globalThis) || !(await caches.has(name))) return [];
  const cache = await caches.open(name);
  const items: StoredItem[] = [];
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    const path = decodeURIComponent(request.url.slice(scope().length).split('?')[0] ?? '');
    if (response) items.push({ key: request.url, name: path, bytes: (await response.blob()).size });
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
  const keys = kind.items?.map(({ key }) => key) ?? (await keysOf(kind.kind));
  for (const key of keys) if (!spare(key)) await kind.remove?.(key);
}

async function keysOf(kind: string): Promise<string[]> {
  const part = (await openParts()).find((each) => each.kind === kind);
  return part ? part.keys() : [];
}

export async function saveSession(
  report: (fraction: number) => void,
): Promise<{ file: Blob; digest: string }> {
  return writeSession(await openParts(), report);
}

export async function openSession(
  file: Blob,
  report: (fraction: number) => void,
): Promise<SessionReport> {
  return readSession(file, await openParts(), report);
}

let parts: Promise<SessionPart[]> | undefined;

function openParts(): Promise<SessionPart[]> {
  parts ??= sessionParts();
  return parts;
}
