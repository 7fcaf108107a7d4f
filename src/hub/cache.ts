/**
 * @file Models kept in this browser: one folder a model and commit in the origin's private file system, one file a file, filled from the
 * front. What is there is what its length says, so that nothing else has to be written down when a connection drops.
 */
import * as v from 'valibot';
import type { FileSource } from 'lethe-lora/engine';
import { HubError } from './failure.ts';
import { namesIn } from './local.ts';
import type { Variant } from './variants.ts';

const size = v.pipe(v.number(), v.integer(), v.minValue(0));
const listedFile = v.object({
  path: v.string(),
  size,
  sha256: v.exactOptional(v.string()),
});

/** What is known of a variant without the Hub: written before its first byte is fetched, one file a variant. */
const manifestSchema = v.object({
  id: v.string(),
  revision: v.string(),
  commit: v.string(),
  licence: v.nullable(v.string()),
  languages: v.array(v.string()),
  variant: v.string(),
  file: v.string(),
  files: v.array(listedFile),
  /** Paths of the files whose SHA-256 was found to be the Hub's. Absent in manifests of earlier versions, as the sums are. */
  checked: v.exactOptional(v.array(v.string())),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;

export interface CachedVariant {
  variant: Variant;
  /** Path of its ONNX file. */
  file: string;
  /** Bytes that are here, and that there are in all. */
  present: number;
  total: number;
  complete: boolean;
}

export interface CachedModel {
  /** Names it among the cached ones: id and commit. */
  key: string;
  id: string;
  revision: string;
  commit: string;
  licence: string | null;
  languages: string[];
  /** Those that were begun or are whole. */
  variants: CachedVariant[];
  /** Bytes of all that is here of this model, what its variants share counted once. */
  bytes: number;
}

const rootName = 'models';
const manifestEnd = '.manifest.json';

/** The name of a model's folder: id and commit. */
export function cacheKey({ id, commit }: Pick<Manifest, 'id' | 'commit'>): string {
  return encodeURIComponent(`${id}@${commit}`);
}

/** The name of a file in a model's folder. */
export function storedName(path: string): string {
  return encodeURIComponent(path);
}

/** The name of a variant's manifest in a model's folder. */
export function manifestName(variant: Variant): string {
  return variant + manifestEnd;
}

/** A model's folder; made where there is none. Throws `HubError` where the browser keeps no files for this page. */
export async function modelFolder(key: string): Promise<FileSystemDirectoryHandle> {
  return (await root()).getDirectoryHandle(key, { create: true });
}

async function root(): Promise<FileSystemDirectoryHandle> {
  // A browser without it, or a page that is not on https and not on this computer.
  const { storage } = navigator as { storage?: Partial<StorageManager> };
  if (!storage?.getDirectory) throw new HubError({ kind: 'storage', detail: 'navigator.storage' });
  try {
    const origin = await storage.getDirectory();
    return await origin.getDirectoryHandle(rootName, { create: true });
  } catch (cause) {
    throw new HubError({ kind: 'storage', detail: (cause as Error).message }, { cause });
  }
}

/** Every model of which something is kept here, by id. Throws `HubError` where the browser keeps no files for this page. */
export async function cachedModels(): Promise<CachedModel[]> {
  const models: CachedModel[] = [];
  for await (const [key, handle] of (await root()).entries()) {
    if (handle.kind !== 'directory') continue;
    const model = await readFolder(key, handle as FileSystemDirectoryHandle);
    if (model.bytes > 0) models.push(model);
  }
  return models.sort((a, b) => a.id.localeCompare(b.id, 'en'));
}

/** A folder without a manifest that can be read is listed by its name, so that it can be deleted. */
async function readFolder(key: string, folder: FileSystemDirectoryHandle): Promise<CachedModel> {
  const lengths = new Map<string, number>();
  for await (const [name, handle] of folder.entries())
    if (handle.kind === 'file')
      lengths.set(name, (await (handle as FileSystemFileHandle).getFile()).size);
  const bytes = [...lengths.values()].reduce((sum, length) => sum + length, 0);
  const manifests = await readManifests(folder);
  const [id = key, commit = ''] = decoded(key).split('@');
  const { revision = '', licence = null, languages = [] } = manifests[0] ?? {};
  const variants = manifests.map(({ variant, file, files, checked = [] }) => {
    const present = files.reduce((sum, { path }) => sum + (lengths.get(storedName(path)) ?? 0), 0);
    const total = files.reduce((sum, { size }) => sum + size, 0);
    const complete = files.every(
      ({ path, size, sha256 }) =>
        lengths.get(storedName(path)) === size && (sha256 === undefined || checked.includes(path)),
    );
    return { variant, file, present, total, complete };
  });
  return { key, id, revision, commit, licence, languages, variants, bytes };
}

/** A stored name as it was before; one that is no name of ours is left as it is. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The manifests of a folder, without those that cannot be read. */
export async function readManifests(folder: FileSystemDirectoryHandle): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind !== 'file' || !name.endsWith(manifestEnd)) continue;
    const text = await (await (handle as FileSystemFileHandle).getFile()).text();
    try {
      manifests.push(v.parse(manifestSchema, JSON.parse(text)));
    } catch {
      // The page was closed while it was written, or it is damaged: the variant begins anew.
    }
  }
  return manifests;
}

/** Deletes a model, or one variant of it: its own files, and what it shares once no other is left. */
export async function deleteCached(key: string, variant?: Variant): Promise<void> {
  const models = await root();
  const folder = await models.getDirectoryHandle(key);
  const manifests = await readManifests(folder);
  const own = manifests.find((each) => each.variant === variant);
  const others = manifests.filter((each) => each.variant !== variant);
  if (!own || others.length === 0) {
    await models.removeEntry(key, { recursive: true });
    return;
  }
  const kept = new Set(others.flatMap(({ files }) => files.map(({ path }) => path)));
  for (const { path } of own.files)
    // What was not fetched yet is not there.
    if (!kept.has(path)) await folder.removeEntry(storedName(path)).catch(() => undefined);
  await folder.removeEntry(manifestName(own.variant));
}

/** A whole variant that is kept here; of several commits the one that `revision` names, else any. */
export async function findCached(
  id: string,
  variant: Variant,
  revision?: string,
): Promise<{ model: CachedModel; variant: CachedVariant } | undefined> {
  const models = (await cachedModels()).filter((each) => each.id === id);
  const named = models.filter(
    (each) => revision === undefined || each.revision === revision || each.commit === revision,
  );
  for (const model of named) {
    const found = model.variants.find((each) => each.variant === variant && each.complete);
    if (found) return { model, variant: found };
  }
  return undefined;
}

/** The files of a cached model, read where they lie. */
export async function cachedSource({
  key,
  id,
}: Pick<CachedModel, 'key' | 'id'>): Promise<FileSource> {
  const folder = await modelFolder(key);
  return {
    name: id,
    open: async (path) => {
      try {
        return await (await folder.getFileHandle(storedName(path))).getFile();
      } catch {
        return undefined;
      }
    },
    list: async (within) => {
      const paths: string[] = [];
      for await (const name of folder.keys()) paths.push(decoded(name));
      return namesIn(within, paths);
    },
  };
}
