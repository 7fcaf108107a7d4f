/**
 * @file A session as one file: everything that this browser stores, record by record, so that neither writing nor reading holds more than
 * one of them, and a damaged one spoils none of the others.
 *
 * `LETHES1\n`, then records: a mark of eight bytes, the header's length (uint32, little-endian), the header (JSON), the body. Each
 * header has the SHA-256 of its record, and the last record the SHA-256 of all of those.
 */
import * as v from 'valibot';
import { decode, encode } from './encode.ts';
import { StorageFullError } from './database.ts';
import type { SessionPart } from './session-parts.ts';

const magic = 'LETHES1\n';
const mark = Uint8Array.from([0x89, 0x4c, 0x52, 0x45, 0x43, 0x0d, 0x0a, 0x1a]);
const longestHeader = 2 ** 16;

/** How far writing or reading is, from 0 to 1. */
export type Progress = (fraction: number) => void;

const headerSchema = v.object({
  kind: v.string(),
  key: v.string(),
  name: v.string(),
  length: v.pipe(v.number(), v.integer(), v.minValue(0)),
  digest: v.string(),
});
type Header = v.InferOutput<typeof headerSchema>;

/** The kind of the last record. */
const ending = 'end';

/** A stored thing in words: its kind, and what a person calls it. */
export interface Named {
  kind: string;
  name: string;
}

export interface SessionReport {
  added: Named[];
  /** Was here already, exactly so. */
  same: number;
  /** Another of the same key is here; it stays as it was. */
  different: Named[];
  /** Could not be read, and why. */
  damaged: (Named & { reason: string })[];
  /** There was no room for them. */
  noRoom: Named[];
  /** Nothing is damaged or missing: the file holds all that was written into it. */
  whole: boolean;
}

/** Writes everything of the parts into one file; `digest` (hexadecimal) names its contents. */
export async function writeSession(
  parts: readonly SessionPart[],
  report: Progress = () => undefined,
): Promise<{ file: Blob; digest: string }> {
  const all = await Promise.all(
    parts.map(async (part) => (await part.keys()).map((key) => ({ part, key }))),
  );
  const entries = all.flat();
  // A blob of its own for each record: the browser may put it on disk.
  const pieces: Blob[] = [new Blob([magic])];
  const digests: string[] = [];
  for (const [index, { part, key }] of entries.entries()) {
    const value = await part.read(key);
    if (value !== undefined) {
      const body = encode(value);
      const digest = await digestOf(part.kind, key, body);
      digests.push(digest);
      const name = part.nameOf(key, value);
      pieces.push(record({ kind: part.kind, key, name, length: body.length, digest }, body));
    }
    report((index + 1) / entries.length);
  }
  const digest = await sha256(new TextEncoder().encode(digests.join('')));
  const name = String(digests.length);
  pieces.push(record({ kind: ending, key: '', name, length: 0, digest }, new Uint8Array()));
  return { file: new Blob(pieces, { type: 'application/octet-stream' }), digest };
}

function record(header: Header, body: Uint8Array<ArrayBuffer>): Blob {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return new Blob([mark, length, text, body]);
}

/**
 * Stores what a file holds and says what became of each record. Nothing that is here is overwritten. Throws only where the file is no
 * session file at all.
 */
export async function readSession(
  file: Blob,
  parts: readonly SessionPart[],
  report: Progress = () => undefined,
): Promise<SessionReport> {
  if ((await file.slice(0, magic.length).text()) !== magic)
    throw new Error('This file is not a Lethe session.');
  const result: SessionReport = {
    added: [],
    same: 0,
    different: [],
    damaged: [],
    noRoom: [],
    whole: false,
  };
  const digests: string[] = [];
  for (let at = magic.length; at < file.size;) {
    const frame = await readFrame(file, at);
    if (frame === null) {
      const next = await findMark(file, at + 1);
      const reason = `bytes ${String(at)} to ${String(next)} of the file cannot be read`;
      result.damaged.push({ kind: '', name: '', reason });
      at = next;
      continue;
    }
    const { header, body, end } = frame;
    if (header.kind === ending) {
      const digest = await sha256(new TextEncoder().encode(digests.join('')));
      result.whole = end === file.size && digest === header.digest;
    } else {
      digests.push(header.digest);
    }
    // Where the body is not what was written, its length may be wrong too: look for the next record's mark.
    const isIntact = header.kind === ending || (await store(header, body, parts, result));
    at = isIntact ? end : await findMark(file, at + 1);
    report(Math.min(1, at / file.size));
  }
  result.whole &&= result.damaged.length === 0;
  return result;
}

interface Frame {
  header: Header;
  body: Blob;
  end: number;
}

/** The record that begins at a byte; null where there is none that can be read. */
async function readFrame(file: Blob, at: number): Promise<Frame | null> {
  const start = at + mark.length + 4;
  const head = new Uint8Array(await file.slice(at, start).arrayBuffer());
  if (head.length < mark.length + 4 || mark.some((byte, index) => head[index] !== byte))
    return null;
  const headerLength = new DataView(head.buffer).getUint32(mark.length, true);
  if (headerLength > longestHeader) return null;
  try {
    const text = await file.slice(start, start + headerLength).text();
    const header = v.parse(headerSchema, JSON.parse(text));
    const end = start + headerLength + header.length;
    return { header, body: file.slice(start + headerLength, end), end };
  } catch {
    return null;
  }
}

/** The next byte at or behind `from` where a record begins; the file's end where there is none. */
async function findMark(file: Blob, from: number): Promise<number> {
  const window = 2 ** 20;
  for (let at = from; at < file.size; at += window) {
    const bytes = new Uint8Array(await file.slice(at, at + window + mark.length - 1).arrayBuffer());
    for (
      let index = bytes.indexOf(mark[0] ?? 0);
      index >= 0;
      index = bytes.indexOf(mark[0] ?? 0, index + 1)
    )
      if (mark.every((byte, offset) => bytes[index + offset] === byte)) return at + index;
  }
  return file.size;
}

/** Stores one record; false where its bytes are not those that were written. */
async function store(
  { kind, key, name, length, digest }: Header,
  body: Blob,
  parts: readonly SessionPart[],
  result: SessionReport,
): Promise<boolean> {
  const named = { kind, name };
  const isCutOff = body.size < length;
  const bytes = new Uint8Array(isCutOff ? new ArrayBuffer() : await body.arrayBuffer());
  if (isCutOff || (await digestOf(kind, key, bytes)) !== digest) {
    const reason = isCutOff ? 'the file is cut off here' : 'its contents do not match its digest';
    result.damaged.push({ ...named, reason });
    return false;
  }
  try {
    const part = parts.find((each) => each.kind === kind);
    if (!part) throw new Error('this version of the page does not know what it is');
    const incoming = decode(bytes);
    await part.check(key, incoming);
    const here = await part.read(key);
    if (here === undefined) {
      await part.write(key, incoming);
      result.added.push(named);
      return true;
    }
    if ((await digestOf(kind, key, encode(here))) === digest) {
      result.same++;
      return true;
    }
    const merged = part.merge?.(key, here, incoming) ?? here;
    if (merged === here) result.different.push(named);
    else {
      await part.write(key, merged);
      result.added.push(named);
    }
  } catch (error) {
    if (error instanceof StorageFullError) result.noRoom.push(named);
    else result.damaged.push({ ...named, reason: (error as Error).message });
  }
  return true;
}

/** SHA-256 of a record: its kind, its key and its body. */
function digestOf(kind: string, key: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const head = new TextEncoder().encode(JSON.stringify([kind, key]));
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return sha256(bytes);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
