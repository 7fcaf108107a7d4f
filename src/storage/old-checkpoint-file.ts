/** @file Checkpoint files of earlier versions: `LETHE1\n`, the header's length (uint32, little-endian), the header (JSON), three float32 arrays. */
import type { AdapterState } from './records.ts';

const magic = new TextEncoder().encode('LETHE1\n');

export function isOldCheckpointFile(bytes: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/** The record and the state of such a file, not checked yet; throws before it allocates anything by the file's word. */
export function readOldCheckpointFile(bytes: Uint8Array<ArrayBuffer>): {
  record: unknown;
  state: AdapterState;
} {
  const start = magic.length + 4;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length < start ? Infinity : view.getUint32(magic.length, true);
  if (headerLength > bytes.length - start) throw new Error('This checkpoint file is cut off.');
  const header = readHeader(bytes.subarray(start, start + headerLength));
  const { meta, optimiserStep, length } = header;
  const body = bytes.subarray(start + headerLength);
  if (body.length !== 12 * length)
    throw new Error(
      `This checkpoint file should hold ${12 * length} bytes of numbers; it holds ${body.length}.`,
    );
  const [values, moment1, moment2] = [0, 1, 2].map(
    (index) => new Float32Array(body.slice(4 * length * index, 4 * length * (index + 1)).buffer),
  ) as [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
  return { record: meta, state: { values, moment1, moment2, step: optimiserStep } };
}

function readHeader(text: Uint8Array): { meta: unknown; optimiserStep: number; length: number } {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (cause) {
    throw new Error('The header of this checkpoint file cannot be read.', { cause });
  }
  const { meta, optimiserStep, length } = (header ?? {}) as Record<string, unknown>;
  const isNatural = (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isNatural(optimiserStep) || !isNatural(length))
    throw new Error('The header of this checkpoint file lacks its sizes.');
  return { meta, optimiserStep, length };
}
