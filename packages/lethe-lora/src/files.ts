/** @file Where files come from: a repository of the Hub, a folder by its path or address, or files at hand. */
import type * as Fs from 'node:fs/promises';
import { env } from './env.ts';
import { LetheError } from './errors.ts';
import { isNode, type FileSource, type ReadModel } from './engine.ts';

/** Files at hand by path: a dropped folder, an `<input type="file" webkitdirectory>`, or bytes. */
export type Files = Iterable<File> | Readonly<Record<string, Uint8Array | Blob>>;

/**
 * A model or an adapter: a repository of the Hub (`owner/name`), a folder (in Node its path; elsewhere its address, which begins with `/`,
 * `./`, `../` or `https:`), or files at hand.
 */
export type Source = string | URL | Files;

/** What happens while files are loaded, in Transformers.js' words. */
export interface ProgressInfo {
  status: 'initiate' | 'progress' | 'done' | 'ready';
  name: string;
  file?: string;
  /** Percent of the file. */
  progress?: number;
  /** Bytes so far, and in all. */
  loaded?: number;
  total?: number;
}

export interface FetchOptions {
  revision: string;
  local_files_only: boolean;
  progress_callback: (progress: ProgressInfo) => void;
  signal: AbortSignal | undefined;
}

/** What a model was loaded from. @internal */
export interface LoadedFrom {
  name: string;
  base: string | FileSource;
  memory: (device: ReadModel['backend']['choice']) => number | undefined;
}

/** Opens a source's files. In Node a folder is its path, which the engine reads piece by piece. @internal */
export async function openSource(
  source: Source,
  options: FetchOptions,
): Promise<FileSource | string> {
  if (typeof source !== 'string' && !(source instanceof URL)) return fromFiles(source);
  const text = String(source);
  if (isNode && (text.startsWith('file:') || (await isFolder(text))))
    return text.startsWith('file:') ? decodeURIComponent(new URL(text).pathname) : text;
  if (isAddress(text)) {
    if (isNode && !/^https?:/.test(text))
      throw new LetheError('file_not_found', `There is no folder ${text}.`);
    const folder = text.endsWith('/') ? text : `${text}/`;
    const base = new URL(folder, isNode ? undefined : globalThis.location.href).href;
    const name = base.split('/').at(-2) ?? base;
    return { name, open: (path) => fetched(new URL(path, base).href, { path, name }, options) };
  }
  return fromHub(text, options);
}

const isAddress = (text: string): boolean => /^(https?:|\.{0,2}\/)/.test(text);

async function fileSystem(): Promise<typeof Fs> {
  // Spelt so that a bundler for the browser does not follow it.
  const fs = 'node:fs/promises';
  return (await import(/* @vite-ignore */ /* webpackIgnore: true */ fs)) as typeof Fs;
}

async function isFolder(path: string): Promise<boolean> {
  const { stat } = await fileSystem();
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Files at hand; what lies in one common folder is found without its name. */
function fromFiles(files: Files): FileSource {
  const entries: [string, Blob][] =
    Symbol.iterator in files
      ? [...files].map((file) => [file.webkitRelativePath || file.name, file])
      : Object.entries(files).map(([path, bytes]) => [
          path,
          bytes instanceof Blob ? bytes : new Blob([new Uint8Array(bytes)]),
        ]);
  const [first = ''] = entries.map(([path]) => path);
  const folder = first.slice(0, first.indexOf('/') + 1);
  const shared = folder !== '' && entries.every(([path]) => path.startsWith(folder)) ? folder : '';
  const byPath = new Map(entries.map(([path, blob]) => [path.slice(shared.length), blob]));
  const found = (path: string): Blob | undefined =>
    byPath.get(path) ?? (path.startsWith('onnx/') ? byPath.get(path.slice(5)) : undefined);
  return {
    name: shared.slice(0, -1) || 'files',
    open: (path) => Promise.resolve(found(path)),
  };
}

function fromHub(id: string, options: FetchOptions): FileSource {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id))
    throw new LetheError(
      'file_not_found',
      `"${id}" is neither a repository of the Hub ("owner/name") nor a folder. An address of a folder begins with "/", "./" or "https:".`,
    );
  const path = env.remotePathTemplate
    .replaceAll('{model}', id)
    .replaceAll('{revision}', encodeURIComponent(options.revision));
  const base = new URL(path, env.remoteHost).href;
  const folder = options.revision === 'main' ? id : `${id}/${options.revision}`;
  return {
    name: id,
    open: (file) =>
      fetched(base + file, { path: file, name: id, stored: `${folder}/${file}` }, options),
  };
}

interface Wanted {
  path: string;
  name: string;
  /** Path in `env.cacheDir`; absent for what is not of the Hub. */
  stored?: string;
}

/** A file by its address, from a cache where it is there; undefined where it does not exist. */
async function fetched(
  url: string,
  wanted: Wanted,
  options: FetchOptions,
): Promise<Blob | undefined> {
  const { path, name, stored } = wanted;
  const report = options.progress_callback;
  const known = stored === undefined ? undefined : await cached(url, stored);
  if (known) {
    report({ status: 'done', name, file: path });
    return known;
  }
  if (stored !== undefined && (options.local_files_only || !env.allowRemoteModels))
    return undefined;
  report({ status: 'initiate', name, file: path });
  const response = await fetch(url, options.signal ? { signal: options.signal } : {}).catch(
    (cause: unknown) => {
      options.signal?.throwIfAborted();
      throw new LetheError(
        'file_not_found',
        `${url} cannot be reached: is there a network?`,
        cause,
      );
    },
  );
  const isPage = response.headers.get('content-type')?.includes('text/html') === true;
  if (response.status === 404 || (response.ok && isPage)) return undefined;
  if (!response.ok)
    throw new LetheError(
      'file_not_found',
      response.status === 401 || response.status === 403
        ? `${name} does not exist, or is only given to those who may have it (${url}, status ${response.status}).`
        : `${url} answered with status ${response.status}: try again later.`,
    );
  const blob = await bodyOf(response, wanted, options);
  if (stored !== undefined) await keep(url, stored, blob);
  report({ status: 'done', name, file: path });
  return blob;
}

async function bodyOf(
  { body, headers }: Response,
  { path, name }: Wanted,
  { progress_callback, signal }: FetchOptions,
): Promise<Blob> {
  const total = Number(headers.get('content-length') ?? 0);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
  const reader = (body ?? new Blob([]).stream()).getReader();
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = await reader.read();
    if (done) return new Blob(parts);
    parts.push(value);
    loaded += value.length;
    const progress = total > 0 ? (100 * loaded) / total : 0;
    progress_callback({ status: 'progress', name, file: path, progress, loaded, total });
  }
}

function browserCache(): Promise<Cache> | undefined {
  return env.useBrowserCache && 'caches' in globalThis ? caches.open(env.cacheKey) : undefined;
}

async function cached(url: string, stored: string): Promise<Blob | undefined> {
  if (isNode) {
    if (env.cacheDir === null) return undefined;
    const { readFile } = await fileSystem();
    return readFile(`${env.cacheDir}/${stored}`).then(
      (bytes) => new Blob([bytes]),
      () => undefined,
    );
  }
  const cache = await browserCache()?.catch(() => undefined);
  return (await cache?.match(url))?.blob();
}

/** A cache that is full or closed is no reason to fail. */
async function keep(url: string, stored: string, blob: Blob): Promise<void> {
  if (isNode) {
    if (env.cacheDir !== null)
      await writeFiles(env.cacheDir, { [stored]: new Uint8Array(await blob.arrayBuffer()) });
    return;
  }
  const headers = { 'content-length': String(blob.size) };
  const cache = await browserCache()?.catch(() => undefined);
  await cache?.put(url, new Response(blob, { headers })).catch(() => undefined);
}

/** Reads small files of a source. Throws `LetheError` for one that is not there. */
export async function readFiles(
  source: Source,
  names: readonly string[],
  options: FetchOptions,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const opened = await openSource(source, options);
  return Promise.all(
    names.map(async (name) => {
      const bytes =
        typeof opened === 'string' ? await fromDisk(opened, name) : await blobOf(opened, name);
      if (bytes) return bytes;
      const where = typeof opened === 'string' ? opened : opened.name;
      throw new LetheError('file_not_found', `${where} has no ${name}.`);
    }),
  );
}

async function blobOf(source: FileSource, name: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const blob = await source.open(name);
  return blob ? new Uint8Array(await blob.arrayBuffer()) : null;
}

async function fromDisk(folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const { readFile } = await fileSystem();
  return readFile(`${folder}/${name}`).then(
    (bytes) => new Uint8Array(bytes),
    () => null,
  );
}

/** Writes files into a folder (Node), which is made where it is not there. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  if (!isNode)
    throw new LetheError(
      'not_supported',
      'A browser has no folders to write to: take the files that are returned.',
    );
  const { mkdir, writeFile } = await fileSystem();
  for (const [path, bytes] of Object.entries(files)) {
    const file = `${folder}/${path}`;
    await mkdir(file.slice(0, file.lastIndexOf('/')), { recursive: true });
    await writeFile(file, bytes);
  }
}
