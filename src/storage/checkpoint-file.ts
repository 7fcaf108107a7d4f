/** @file A checkpoint as bytes: its digest, and the one-file format in which it travels. */
import {
  canonicalJson,
  parseCheckpointMeta,
  type AdapterState,
  type Checkpoint,
  type CheckpointMeta,
} from './records.ts';

/** A checkpoint with its record as it was stored, perhaps by an older version: the digest is over that. */
export interface StoredCheckpoint extends Checkpoint {
  record: object;
}

const magic = 'LETHE1\n';
const arrays = ['values', 'moment1', 'moment2'] as const;

/** SHA-256 (hexadecimal) over the record, as it is or will be stored, and the arrays' bytes. The name may change without it. */
export async function digestCheckpoint(record: object, state: AdapterState): Promise<string> {
  const { name: _name, digest: _digest, ...rest } = record as Partial<CheckpointMeta>;
  const header = new TextEncoder().encode(canonicalJson({ ...rest, optimiserStep: state.step }));
  const parts = [header, ...arrays.map((key) => bytesOf(state[key]))];
  const digests = await Promise.all(parts.map((part) => crypto.subtle.digest('SHA-256', part)));
  const all = new Uint8Array(digests.flatMap((digest) => [...new Uint8Array(digest)]));
  const whole = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  return [...whole].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function bytesOf(array: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** `LETHE1\n`, the header's length (uint32, little-endian), the header (JSON), then the three float32 arrays. */
export function writeCheckpointFile({ record, state }: StoredCheckpoint): Blob {
  const header = new TextEncoder().encode(
    JSON.stringify({ meta: record, optimiserStep: state.step, length: state.values.length }),
  );
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return new Blob([magic, length, header, ...arrays.map((key) => bytesOf(state[key]))], {
    type: 'application/octet-stream',
  });
}

/** Reads and checks such a file; throws with what is wrong before it allocates anything by the file's word. */
export async function readCheckpointFile(file: Blob): Promise<StoredCheckpoint> {
  const start = magic.length + 4;
  if (file.size < start || (await file.slice(0, magic.length).text()) !== magic)
    throw new Error('This file is not a Lethe checkpoint.');
  const view = new DataView(await file.slice(magic.length, start).arrayBuffer());
  const headerLength = view.getUint32(0, true);
  if (headerLength > file.size - start) throw new Error('This checkpoint file is cut off.');
  const header = parseHeader(await file.slice(start, start + headerLength).text());
  const body = file.slice(start + headerLength);
  if (body.size !== 12 * header.length)
    throw new Error(
      `This checkpoint file should hold ${12 * header.length} bytes of numbers; it holds ${body.size}.`,
    );
  const buffer = await body.arrayBuffer();
  const [values, moment1, moment2] = arrays.map(
    (_, index) =>
      new Float32Array(buffer.slice(4 * header.length * index, 4 * header.length * (index + 1))),
  ) as [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
  const state: AdapterState = { values, moment1, moment2, step: header.optimiserStep };
  return checkedCheckpoint(header.record, state);
}

/**
 * A record and a state from outside. Throws where the digest does not fit (the bytes are not those that were written) and, with the field,
 * where the record is none.
 */
export async function checkedCheckpoint(
  record: unknown,
  state: AdapterState,
): Promise<StoredCheckpoint> {
  if (typeof record !== 'object' || record === null) throw new Error('it is no record');
  if ((await digestCheckpoint(record, state)) !== (record as Partial<CheckpointMeta>).digest)
    throw new Error('its contents do not match its digest; it was damaged');
  return { record, meta: parseCheckpointMeta(record), state };
}

function parseHeader(text: string): {
  record: unknown;
  optimiserStep: number;
  length: number;
} {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new Error('The header of this checkpoint file cannot be read.', { cause });
  }
  const { meta, optimiserStep, length } = (header ?? {}) as Record<string, unknown>;
  const isNatural = (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isNatural(optimiserStep) || !isNatural(length))
    throw new Error('The header of this checkpoint file lacks its sizes.');
  return { record: meta, optimiserStep, length };
}
