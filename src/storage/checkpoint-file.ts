/**
 * @file A checkpoint as one file: safetensors, with the record in the header's metadata. What earlier versions wrote is read as well
 * (`old-checkpoint-file.ts`).
 */
import { isOldCheckpointFile, readOldCheckpointFile } from './old-checkpoint-file.ts';
import {
  canonicalJson,
  float32Tensor,
  float32Values,
  parseCheckpointMeta,
  readSafetensors,
  safetensorsMetadata,
  writeSafetensors,
  type AdapterState,
  type Checkpoint,
  type CheckpointMeta,
} from './records.ts';
import { sha256 } from './sha256.ts';

/** A checkpoint with its record as it was stored, perhaps by an older version: the digest is over that. */
export interface StoredCheckpoint extends Checkpoint {
  record: object;
}

const format = 'lethe-checkpoint';
const version = '2';
const arrays = ['values', 'moment1', 'moment2'] as const;

/** SHA-256 (hexadecimal) over the record, as it is or will be stored, and the arrays' bytes. The name may change without it. */
export async function digestCheckpoint(record: object, state: AdapterState): Promise<string> {
  const { name: _name, digest: _digest, ...rest } = record as Partial<CheckpointMeta>;
  const header = new TextEncoder().encode(canonicalJson({ ...rest, optimiserStep: state.step }));
  const parts = [header, ...arrays.map((key) => bytesOf(state[key]))];
  const digests = await Promise.all(parts.map(sha256));
  return sha256(Uint8Array.from(digests.flatMap((digest) => [...bytesFrom(digest)])));
}

function bytesOf(array: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function bytesFrom(hexadecimal: string): number[] {
  return (hexadecimal.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

/** Tensors `values`, `moment1` and `moment2` [P]; the record as JSON and the optimiser's step are in `__metadata__`. */
export function writeCheckpointFile({
  record,
  state,
}: Pick<StoredCheckpoint, 'record' | 'state'>): Uint8Array<ArrayBuffer> {
  const tensors = new Map(
    arrays.map((key) => [key, float32Tensor(state[key], [state[key].length])]),
  );
  return writeSafetensors(tensors, {
    format,
    version,
    record: JSON.stringify(record),
    optimiserStep: String(state.step),
  });
}

/** Reads and checks such a file; throws with what is wrong. */
export async function readCheckpointFile(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<StoredCheckpoint> {
  if (isOldCheckpointFile(bytes)) {
    const { record, state } = readOldCheckpointFile(bytes);
    return checkedCheckpoint(record, state);
  }
  const { record, optimiserStep } = readMetadata(bytes);
  const tensors = readSafetensors(bytes);
  const [values, moment1, moment2] = arrays.map((name) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`This checkpoint file has no tensor “${name}”.`);
    // Of its own: a view would be stored with the whole file behind it.
    return float32Values(tensor).slice();
  }) as [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
  return checkedCheckpoint(record, { values, moment1, moment2, step: optimiserStep });
}

function readMetadata(bytes: Uint8Array<ArrayBuffer>): { record: unknown; optimiserStep: number } {
  const metadata = metadataOf(bytes);
  if (metadata['format'] !== format)
    throw new Error(
      'This file holds tensors and is not a Lethe checkpoint. Adapters are opened on the screen “Models”.',
    );
  if (metadata['version'] !== version)
    throw new Error(
      `This checkpoint file is of version ${String(metadata['version'])}; this page reads version ${version}. Reload the page.`,
    );
  const optimiserStep = Number(metadata['optimiserStep']);
  try {
    return { record: JSON.parse(metadata['record'] ?? '') as unknown, optimiserStep };
  } catch (cause) {
    throw new Error('The record in this checkpoint file is not JSON.', { cause });
  }
}

function metadataOf(bytes: Uint8Array<ArrayBuffer>): Readonly<Record<string, string>> {
  try {
    return safetensorsMetadata(bytes);
  } catch (cause) {
    throw new Error(`This file is not a Lethe checkpoint. ${(cause as Error).message}`, { cause });
  }
}

/**
 * A record and a state from outside. Throws where the digest does not fit (the bytes are not those that were written) and, with the field,
 * where the record is none or a number of the state is not finite.
 */
export async function checkedCheckpoint(
  record: unknown,
  state: AdapterState,
): Promise<StoredCheckpoint> {
  if (typeof record !== 'object' || record === null) throw new Error('it is no record');
  refuseState(state);
  if ((await digestCheckpoint(record, state)) !== (record as Partial<CheckpointMeta>).digest)
    throw new Error('its contents do not match its digest; it was damaged');
  return { record, meta: parseCheckpointMeta(record), state };
}

/** Throws where a state's arrays are of several lengths, or hold what is no finite number. */
export function refuseState(state: AdapterState): void {
  const { values, step } = state;
  if (!Number.isSafeInteger(step) || step < 0) throw new Error('its optimiser step is no count');
  for (const name of arrays) {
    const array: unknown = state[name];
    if (!(array instanceof Float32Array)) throw new Error(`its numbers “${name}” are missing`);
    if (array.length !== values.length)
      throw new Error(`it has ${values.length} values and ${array.length} numbers “${name}”`);
    const at = array.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new Error(`number ${at} of “${name}” is ${array[at]}, which is not finite`);
  }
}
