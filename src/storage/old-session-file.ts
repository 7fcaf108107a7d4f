/**
 * @file Session files of earlier versions: `LETHES1\n`, then records: a mark of eight bytes, the header's length (uint32, little-endian),
 * the header (JSON), the body. Each header has the SHA-256 of its record, and the last record the SHA-256 of all of those.
 */
import * as v from 'valibot';
import { writeCheckpointFile } from './checkpoint-file.ts';
import type { AdapterState } from './records.ts';
import type { Named } from './session-parts.ts';
import { sha256 } from './sha256.ts';

const magic = 'LETHES1\n';
const mark = Uint8Array.from([0x89, 0x4c, 0x52, 0x45, 0x43, 0x0d, 0x0a, 0x1a]);
const longestHeader = 2 ** 16;
const ending = 'end';

const headerSchema = v.object({
  kind: v.string(),
  key: v.string(),
  name: v.string(),
  length: v.pipe(v.number(), v.integer(), v.minValue(0)),
  digest: v.string(),
});
type Header = v.InferOutput<typeof headerSchema>;

export async function isOldSession(file: Blob): Promise<boolean> {
  return (await file.slice(0, magic.length).text()) === magic;
}

/** A record of an old file, with its content as files have it today. */
interface OldRecord extends Pick<Header, 'kind' | 'key' | 'name'> {
  bytes: Uint8Array<ArrayBuffer>;
  /** The byte of the file behind it. */
  end: number;
}

/** The records of an old file whose digests fit, one by one; `damaged` is told of the others. `isWhole` is known after the last. */
export function oldRecords(
  file: Blob,
  damaged: (Named & { reason: string })[],
): { records: AsyncIterable<OldRecord>; isWhole: () => boolean } {
  let whole = false;
  async function* read(): AsyncGenerator<OldRecord> {
    const digests: string[] = [];
    // Bytes that may still be read to check records: those of the file twice, so that many marks before one long record cost no more.
    let budget = 2 * file.size;
    for (let at = magic.length; at < file.size;) {
      const frame = await readFrame(file, at);
      if (frame === null) {
        const next = await findMark(file, at + 1);
        const reason = `bytes ${at} to ${next} of the file cannot be read`;
        damaged.push({ kind: '', name: '', reason });
        at = next;
        continue;
      }
      const { header, body, end } = frame;
      const { kind, key, name, length, digest } = header;
      if (kind === ending) {
        const all = await sha256(new TextEncoder().encode(digests.join('')));
        whole = end === file.size && all === digest;
        at = end;
        continue;
      }
      digests.push(digest);
      const isCutOff = body.size < length;
      budget -= length;
      const bytes = new Uint8Array(
        isCutOff || budget < 0 ? new ArrayBuffer() : await body.arrayBuffer(),
      );
      if (isCutOff || (await digestOf(kind, key, bytes)) !== digest) {
        const reason = isCutOff
          ? 'the file is cut off here'
          : 'its contents do not match its digest';
        damaged.push({ kind, name, reason });
        // Its length may be wrong too.
        at = await findMark(file, at + 1);
        continue;
      }
      try {
        yield { kind, key, name, bytes: ofToday(kind, decode(bytes)), end };
      } catch (error) {
        damaged.push({ kind, name, reason: (error as Error).message });
      }
      at = end;
    }
  }
  return { records: read(), isWhole: () => whole };
}

function ofToday(kind: string, value: unknown): Uint8Array<ArrayBuffer> {
  if (kind !== 'checkpoints') return new TextEncoder().encode(JSON.stringify(value));
  const { meta, state } = value as { meta: object; state: AdapterState };
  return writeCheckpointFile({ record: meta, state });
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
  const [first = 0] = mark;
  for (let at = from; at < file.size; at += window) {
    const bytes = new Uint8Array(await file.slice(at, at + window + mark.length - 1).arrayBuffer());
    for (let index = bytes.indexOf(first); index >= 0; index = bytes.indexOf(first, index + 1))
      if (mark.every((byte, offset) => bytes[index + offset] === byte)) return at + index;
  }
  return file.size;
}

function digestOf(kind: string, key: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const head = new TextEncoder().encode(JSON.stringify([kind, key]));
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return sha256(bytes);
}

const kinds = { Float32Array, Float64Array, Int32Array, Uint8Array, Uint32Array } as const;
type Kind = keyof typeof kinds;

/** Stands in the JSON for a typed array among the bytes behind it, or for a number that JSON cannot hold. */
interface Stand {
  $array?: [kind: Kind, at: number, length: number];
  $number?: string;
}

/** A value of JSON and typed arrays: the JSON's length (uint32), the JSON, the arrays' bytes. Throws where the bytes are not that. */
function decode(bytes: Uint8Array<ArrayBuffer>): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 4 + view.getUint32(0, true);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, start));
  return JSON.parse(text, (_key, each: unknown): unknown => {
    const stand = each as Stand | null;
    if (typeof stand?.$number === 'string') return Number(stand.$number);
    if (!Array.isArray(stand?.$array)) return each;
    const [kind, at, length] = stand.$array;
    if (!Object.hasOwn(kinds, kind)) throw new Error(`it holds numbers of an unknown kind`);
    const make = kinds[kind];
    const from = start + at;
    const end = from + length * make.BYTES_PER_ELEMENT;
    if (!(from >= start && end <= bytes.length)) throw new Error('its numbers are cut off');
    // A copy of its own: an array must begin at a multiple of its element's size.
    return new make(bytes.slice(from, end).buffer);
  });
}
