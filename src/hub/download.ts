/** @file Fetches a variant's files into the cache: in a worker, where a file can be written in place, byte after byte. */
import { seldom } from '../model/index.ts';
import { cacheKey, manifestName, modelFolder, storedName, type Manifest } from './cache.ts';
import { fileUrl } from './addresses.ts';
import { HubError, refuseStatus } from './failure.ts';
import type { HubModel } from './listing.ts';
import type { ListedFile, Variant, VariantFiles } from './variants.ts';

export interface DownloadRequest {
  model: HubModel;
  variant: Variant;
}

/** Bytes of the whole variant. */
export interface DownloadProgress {
  loaded: number;
  total: number;
}

/** The part of `FileSystemSyncAccessHandle` that is used; TypeScript has it only in its worker library. */
interface FileAccess {
  getSize(): number;
  truncate(size: number): void;
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}

/** Attempts without a single new byte before it is given up, and the first wait between them, in milliseconds; each is twice the last. */
const attempts = 5;
const firstWait = 400;

/** Bytes after which what was written is sent to the disk. */
const flushEvery = 2 ** 24;

/**
 * Downloads what is not here yet of a variant and checks every file's length. A dropped connection is taken up again where it broke, by
 * a request for the rest; what was written stays for the next time in any case. Throws `HubError`, or the signal's reason.
 */
export async function download(
  { model, variant }: DownloadRequest,
  onProgress: (progress: DownloadProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const wanted = model.variants.find((each) => each.variant === variant);
  if (!wanted) throw new HubError({ kind: 'no-onnx', id: model.id });
  const folder = await modelFolder(cacheKey(model));
  const here = await lengths(folder, wanted.files);
  refuseWithoutRoom(wanted.bytes - sum(here.values()), await navigator.storage.estimate());
  await writeManifest(folder, model, wanted);
  const tell = seldom((loaded, total) => {
    onProgress({ loaded, total });
  });
  for (const file of wanted.files) {
    const arrived = (length: number): void => {
      here.set(file.path, length);
      tell(sum(here.values()), wanted.bytes);
    };
    await fetchFile(model, file, folder, arrived, signal);
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

async function lengths(
  folder: FileSystemDirectoryHandle,
  files: readonly ListedFile[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { path, size } of files) {
    const handle = await folder.getFileHandle(storedName(path)).catch(() => undefined);
    const length = handle ? (await handle.getFile()).size : 0;
    found.set(path, length > size ? 0 : length);
  }
  return found;
}

/**
 * Refuses before the first byte what cannot fit. Some browsers tell more room than there is, so as not to be recognised by it: those are
 * found out while writing. Throws `HubError`.
 */
export function refuseWithoutRoom(needed: number, { quota, usage = 0 }: StorageEstimate): void {
  if (quota !== undefined && needed > quota - usage)
    throw new HubError({ kind: 'quota', needed, available: Math.max(0, quota - usage) });
}

async function writeManifest(
  folder: FileSystemDirectoryHandle,
  { id, revision, commit, licence, languages }: HubModel,
  { variant, file, files }: VariantFiles,
): Promise<void> {
  const manifest: Manifest = { id, revision, commit, licence, languages, variant, file, files };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  const name = manifestName(variant);
  await withAccess(folder, name, name, (access) => {
    access.truncate(0);
    write(access, bytes, 0, bytes.length);
    return Promise.resolve();
  });
}

/** Opens a file for writing and closes it in any case. Throws `HubError` when another tab has it open. */
async function withAccess(
  folder: FileSystemDirectoryHandle,
  name: string,
  path: string,
  work: (access: FileAccess) => Promise<void>,
): Promise<void> {
  const handle = (await folder.getFileHandle(name, { create: true })) as FileSystemFileHandle & {
    createSyncAccessHandle(): Promise<FileAccess>;
  };
  let access: FileAccess;
  try {
    access = await handle.createSyncAccessHandle();
  } catch (cause) {
    throw (cause as Error).name === 'NoModificationAllowedError'
      ? new HubError({ kind: 'busy', path }, { cause })
      : cause;
  }
  try {
    await work(access);
    access.flush();
  } finally {
    access.close();
  }
}

/** Writes all of a chunk. Throws `HubError` when there is no more room: Chromium then writes less, others throw. */
function write(access: FileAccess, chunk: Uint8Array, at: number, needed: number): void {
  try {
    if (access.write(chunk, { at }) === chunk.length) return;
  } catch (cause) {
    if ((cause as Error).name !== 'QuotaExceededError') throw cause;
  }
  // What is there must be right: of this chunk nobody knows.
  access.truncate(at);
  throw new HubError({ kind: 'quota', needed, available: 0 });
}

async function fetchFile(
  model: HubModel,
  { path, size }: ListedFile,
  folder: FileSystemDirectoryHandle,
  tell: (length: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const url = fileUrl(model.env, model.id, model.commit, path);
  await withAccess(folder, storedName(path), path, async (access) => {
    if (access.getSize() > size) access.truncate(0);
    for (let tries = 0; access.getSize() < size;) {
      signal.throwIfAborted();
      const before = access.getSize();
      const broken = await fetchRest(url, access, { model, path, size }, tell, signal);
      if (access.getSize() > before) tries = 0;
      else if (!broken)
        throw new HubError({ kind: 'length', path, expected: size, got: access.getSize() });
      if (access.getSize() < size && ++tries >= attempts)
        throw new HubError({ kind: 'network', path });
      if (broken) await pause(firstWait * 2 ** (tries - 1), signal);
    }
    tell(size);
  });
}

/** Asks for what is missing and writes it as it comes. Says whether the connection broke; a stream that ended by itself did not. */
async function fetchRest(
  url: string,
  access: FileAccess,
  { model, path, size }: { model: HubModel } & ListedFile,
  tell: (length: number) => void,
  signal: AbortSignal,
): Promise<boolean> {
  let at = access.getSize();
  let response: Response;
  try {
    response = await fetch(url, {
      signal,
      // Kept once, not in the browser's own cache as well.
      cache: 'no-store',
      ...(at > 0 && { headers: { Range: `bytes=${at}-` } }),
    });
  } catch {
    signal.throwIfAborted();
    return true;
  }
  // The server is overloaded or restarts: as good as a broken connection.
  if (response.status === 429 || response.status >= 500) return true;
  if (response.status === 416)
    throw new HubError({ kind: 'length', path, expected: size, got: at });
  refuseStatus(response, model, path);
  // A server that knows no ranges begins anew.
  if (response.status === 200 && at > 0) {
    access.truncate(0);
    at = 0;
  }
  const reader = response.body?.getReader();
  if (!reader) return true;
  let flushed = at;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return false;
      if (at + value.length > size) {
        access.truncate(0);
        throw new HubError({ kind: 'length', path, expected: size, got: at + value.length });
      }
      write(access, value, at, size - at);
      at += value.length;
      if (at - flushed >= flushEvery) {
        access.flush();
        flushed = at;
      }
      tell(at);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HubError) throw error;
    return true;
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
}
