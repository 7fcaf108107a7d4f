/**
 * @file A session as one zip file: `session.json` lists what is in it with digests, then comes a file for each stored thing. Neither writing
 * nor reading holds more than one of them, and a damaged one spoils none of the others.
 */
import * as v from 'valibot';
import { isOldSession, oldRecords } from './old-session-file.ts';
import { check, natural } from './records.ts';
import type { Named, SessionPart } from './session-parts.ts';
import { sha256 } from './sha256.ts';
import { StorageError } from './trouble.ts';
import {
  contentByDescriptor,
  endOf,
  entryAt,
  findNext,
  isDirectory,
  writeZip,
  type ZipEntry,
} from './zip.ts';

const manifestPath = 'session.json';
const longestManifest = 2 ** 26;

/** How far writing or reading is, from 0 to 1. */
export type Progress = (fraction: number) => void;

const recordSchema = v.object({
  path: v.string(),
  kind: v.string(),
  key: v.string(),
  /** What a person calls it. */
  name: v.string(),
  bytes: natural,
  /** Of kind, key and content. */
  sha256: v.string(),
});
const manifestSchema = v.object({
  format: v.literal('lethe-session'),
  version: v.literal(2, 'this page reads version 2'),
  /** SHA-256 of the records' digests. */
  digest: v.string(),
  records: v.array(recordSchema),
});
type SessionRecord = v.InferOutput<typeof recordSchema>;
type Manifest = v.InferOutput<typeof manifestSchema>;

export interface SessionReport {
  added: Named[];
  /** Was here already, exactly so. */
  same: number;
  /** Another of the same key is here: both are kept. */
  beside: Named[];
  /** Another of the same key is here; it stays as it was. */
  different: Named[];
  /** Could not be read, and why. */
  damaged: (Named & { reason: string })[];
  /** They could not be stored. */
  noRoom: Named[];
  /** Nothing is damaged or missing: the file holds all that was written into it. */
  whole: boolean;
}

/** Writes everything of the parts into one file; `digest` (hexadecimal) names its contents. What cannot be used is left out and named. */
export async function writeSession(
  parts: readonly SessionPart[],
  report: Progress = () => undefined,
): Promise<{ file: Blob; digest: string; leftOut: Named[] }> {
  const lists = await Promise.all(
    parts.map(async (part) => (await part.list()).map(({ key, name }) => ({ part, key, name }))),
  );
  const all = lists.flat();
  const records: SessionRecord[] = [];
  // A blob of its own for each: the browser may put it on disk.
  const files: { path: string; blob: Blob }[] = [];
  const leftOut: Named[] = [];
  for (const [index, { part, key, name: listed }] of all.entries()) {
    const { kind } = part;
    try {
      const thing = await part.read(key);
      if (!thing) continue;
      const { name, bytes } = thing;
      const path = pathOf(part, key, name);
      records.push({
        path,
        kind,
        key,
        name,
        bytes: bytes.length,
        sha256: await digestOf(kind, key, bytes),
      });
      files.push({ path, blob: new Blob([bytes]) });
    } catch (error) {
      if (error instanceof StorageError) throw error;
      leftOut.push({ kind, name: listed });
    }
    report((index + 1) / all.length);
  }
  const digest = await digestOfAll(records);
  const manifest: Manifest = { format: 'lethe-session', version: 2, digest, records };
  const first = { path: manifestPath, blob: new Blob([JSON.stringify(manifest)]) };
  return { file: await writeZip([first, ...files]), digest, leftOut };
}

/** `checkpoints/Taught in French 3f2c….safetensors`: readable, and with the key, so that it can be told without the list. */
function pathOf({ kind, extension }: SessionPart, key: string, name: string): string {
  const plain = name === key ? '' : name.replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
  const readable = [...plain].slice(0, 60).join('').trim();
  return `${kind}/${readable === '' ? '' : `${readable} `}${encodeURIComponent(key)}.${extension}`;
}

function thingAt(path: string): { kind: string; key: string; name: string } | null {
  const [, kind, name = '', key] = /^([^/]+)\/(?:(.*) )?([^ /]+)\.[a-z]+$/u.exec(path) ?? [];
  if (kind === undefined || key === undefined) return null;
  try {
    return {
      kind,
      key: decodeURIComponent(key),
      name: name === '' ? decodeURIComponent(key) : name,
    };
  } catch {
    return null;
  }
}

/**
 * Stores what a file holds and says what became of each thing. Nothing that is here is overwritten. Throws only where the file is no
 * session file at all.
 */
export async function readSession(
  file: Blob,
  parts: readonly SessionPart[],
  report: Progress = () => undefined,
): Promise<SessionReport> {
  const result: SessionReport = {
    added: [],
    same: 0,
    beside: [],
    different: [],
    damaged: [],
    noRoom: [],
    whole: false,
  };
  if (await isOldSession(file)) {
    const { records, isWhole } = oldRecords(file, result.damaged);
    for await (const { kind, key, name, bytes, end } of records) {
      await add({ kind, key, name }, bytes, parts, result);
      report(end / file.size);
    }
    result.whole = isWhole() && result.damaged.length === 0;
    return result;
  }
  const manifest = await readManifest(file);
  if (manifest) await readListed(file, manifest, parts, result, report);
  else await readUnlisted(file, parts, result, report);
  return result;
}

interface ListedRecords {
  records: Map<string, SessionRecord>;
  end: number;
}

/** The list of what the file holds; null where it is damaged or missing. */
async function readManifest(file: Blob): Promise<ListedRecords | null> {
  const entry = await entryAt(file, 0);
  if (entry?.path !== manifestPath) return null;
  const bytes = await contentOf(file, entry);
  if (!bytes || bytes.length > longestManifest) return null;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
  const { digest, records } = check(manifestSchema, value, 'This session file is not valid');
  const total = records.reduce((sum, each) => sum + each.bytes, 0);
  // What the list says is read as it says: never more than there is.
  if (digest !== (await digestOfAll(records)) || total > file.size) return null;
  const byPath = new Map(records.map((each) => [each.path, each]));
  return { records: byPath, end: endOf(entry, bytes.length) };
}

async function contentOf(file: Blob, entry: ZipEntry): Promise<Uint8Array<ArrayBuffer> | null> {
  const { start, length } = entry;
  if (length === null) return contentByDescriptor(file, entry, await findNext(file, start, true));
  if (start + length > file.size) return null;
  return new Uint8Array(await file.slice(start, start + length).arrayBuffer());
}

/** Reads what the list names, each thing once. */
async function readListed(
  file: Blob,
  { records, end }: ListedRecords,
  parts: readonly SessionPart[],
  result: SessionReport,
  report: Progress,
): Promise<void> {
  const left = new Map(records);
  for (let at = end; at < file.size && !(await isDirectory(file, at)); report(at / file.size)) {
    const entry = await entryAt(file, at);
    const wanted = entry && left.get(entry.path);
    if (!wanted) {
      at = await findNext(file, at + 1);
      continue;
    }
    left.delete(wanted.path);
    const { start } = entry;
    const body = file.slice(start, start + wanted.bytes);
    const bytes = new Uint8Array(await body.arrayBuffer());
    const { kind, key } = wanted;
    if (bytes.length === wanted.bytes && (await digestOf(kind, key, bytes)) === wanted.sha256) {
      await add(wanted, bytes, parts, result);
      at = endOf(entry, bytes.length);
    } else {
      const isCut = bytes.length < wanted.bytes;
      const reason = isCut ? 'the file is cut off here' : 'its contents do not match its digest';
      result.damaged.push({ kind, name: wanted.name, reason });
      // From its header on: that may say wrongly where it begins.
      at = await findNext(file, at + 1);
    }
  }
  for (const { kind, name } of left.values())
    result.damaged.push({ kind, name, reason: 'it is missing in the file' });
  result.whole = result.damaged.length === 0;
}

/** Reads a file whose list is damaged: each thing is found by its header, and checked by its checksum. */
async function readUnlisted(
  file: Blob,
  parts: readonly SessionPart[],
  result: SessionReport,
  report: Progress,
): Promise<void> {
  let isSession = false;
  for (let at = 0; at < file.size && !(await isDirectory(file, at)); report(at / file.size)) {
    const entry = await entryAt(file, at);
    if (!entry) {
      at = await findNext(file, at + 1);
      continue;
    }
    const thing = thingAt(entry.path);
    isSession ||= thing !== null || entry.path === manifestPath;
    const mark = await findNext(file, entry.start, true);
    const bytes = await contentByDescriptor(file, entry, mark);
    if (bytes && thing) await add(thing, bytes, parts, result);
    else
      result.damaged.push({
        kind: thing?.kind ?? '',
        name: thing?.name ?? entry.path.slice(0, 100),
        reason: 'its contents do not match its checksum',
      });
    at = bytes ? mark : await findNext(file, at + 1);
  }
  if (!isSession) throw new Error('This file is not a Lethe session.');
}

/** Stores one thing and notes what became of it. */
async function add(
  { kind, key, name }: { kind: string; key: string; name: string },
  bytes: Uint8Array<ArrayBuffer>,
  parts: readonly SessionPart[],
  result: SessionReport,
): Promise<void> {
  const named = { kind, name };
  try {
    const part = parts.find((each) => each.kind === kind);
    if (!part) throw new Error('this version of the page does not know what it is');
    const how = await part.add(key, bytes);
    if (how === 'same') result.same++;
    else result[how].push(named);
  } catch (error) {
    if (error instanceof StorageError) result.noRoom.push(named);
    else result.damaged.push({ ...named, reason: (error as Error).message });
  }
}

/** SHA-256 of a thing: its kind, its key and its content. */
function digestOf(kind: string, key: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const head = new TextEncoder().encode(JSON.stringify([kind, key]));
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return sha256(bytes);
}

function digestOfAll(records: readonly SessionRecord[]): Promise<string> {
  return sha256(new TextEncoder().encode(records.map((each) => each.sha256).join('')));
}
