/** @file Fetches a variant's files into the cache: in a worker, where a file can be written in place, byte after byte. */
import { throttleProgress } from 'lethe-lora/engine';
import {
  cacheKey,
  manifestName,
  modelFolder,
  readManifests,
  storedName,
  type Manifest,
} from './cache.ts';
import { fileUrl } from './addresses.ts';
import { HubError } from './failure.ts';
import { fetchFile, write, type FileAccess, type Pause } from './fetch-file.ts';
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
  /** Why no bytes come just now. */
  pause?: Pause;
}

/**
 * Downloads what is not here yet of a variant and checks every file, by its length and by its SHA-256 where the Hub tells it. What was
 * written stays for the next time, unless it is found not to be the file. Throws `HubError`, or the signal's reason.
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
  refuseWithoutRoom(wanted.bytes - sum(here.values()), await estimate());
  const checked = await checkedBefore(folder, wanted, here);
  await writeManifest(folder, model, wanted, checked);
  const now = () => ({ loaded: sum(here.values()), total: wanted.bytes });
  const tell = throttleProgress((loaded, total) => {
    onProgress({ loaded, total });
  });
  for (const file of wanted.files) {
    const { path } = file;
    if (checked.includes(path)) continue;
    const url = fileUrl(model.env, model.id, model.commit, path);
    const progress = {
      arrived: (length: number): void => {
        here.set(path, length);
        tell(now().loaded, wanted.bytes);
      },
      paused: (pause: Pause): void => {
        onProgress({ ...now(), pause });
      },
    };
    await withAccess(folder, storedName(path), path, (access) =>
      fetchFile({ ...file, url, id: model.id, revision: model.revision }, access, progress, signal),
    );
    if (file.sha256 === undefined) continue;
    checked.push(path);
    await writeManifest(folder, model, wanted, checked);
  }
}

/** Nothing where the browser does not tell: then it is found out while writing. */
async function estimate(): Promise<StorageEstimate> {
  try {
    return await navigator.storage.estimate();
  } catch {
    return {};
  }
}

/** Files of a variant that are whole here, and were found right when they came. */
async function checkedBefore(
  folder: FileSystemDirectoryHandle,
  { variant, files }: VariantFiles,
  here: ReadonlyMap<string, number>,
): Promise<string[]> {
  const manifest = (await readManifests(folder)).find((each) => each.variant === variant);
  return files.flatMap(({ path, size, sha256 }) => {
    const before = manifest?.files.find((each) => each.path === path);
    const isSame = sha256 !== undefined && before?.sha256 === sha256 && here.get(path) === size;
    return isSame && manifest?.checked?.includes(path) === true ? [path] : [];
  });
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
  checked: readonly string[],
): Promise<void> {
  const known = { id, revision, commit, licence, languages };
  const manifest: Manifest = { ...known, variant, file, files, checked: [...checked] };
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
