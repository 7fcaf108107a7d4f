/** @file The safetensors format, strictly: everything in the header is checked before anything is used. */
import { ownEntry } from '../own-entry.ts';
import { float32Numbers, type DataType, type Tensor } from '../onnx/index.ts';

const types: Readonly<Record<string, { type: DataType; bytes: number } | undefined>> = {
  F64: { type: 'float64', bytes: 8 },
  F32: { type: 'float32', bytes: 4 },
  F16: { type: 'float16', bytes: 2 },
  BF16: { type: 'bfloat16', bytes: 2 },
  I64: { type: 'int64', bytes: 8 },
  I32: { type: 'int32', bytes: 4 },
  I16: { type: 'int16', bytes: 2 },
  I8: { type: 'int8', bytes: 1 },
  U64: { type: 'uint64', bytes: 8 },
  U32: { type: 'uint32', bytes: 4 },
  U16: { type: 'uint16', bytes: 2 },
  U8: { type: 'uint8', bytes: 1 },
  BOOL: { type: 'bool', bytes: 1 },
};

/** The largest header that is read, as in the format's own library. */
const longestHeader = 100e6;

/** More tensors than any adapter has, and characters than any of their names. */
const mostTensors = 50_000;
const longestName = 1000;

interface Entry {
  dtype?: unknown;
  shape?: unknown;
  data_offsets?: unknown;
}

interface Place {
  name: string;
  type: DataType;
  dims: number[];
  start: number;
  end: number;
}

/**
 * Reads a file's tensors by name; their bytes are views of it. Throws with the tensor's name when a type is unknown, a size is not
 * that of its shape, or tensors overlap, leave gaps or pass the end.
 */
export function readSafetensors(file: Uint8Array<ArrayBuffer>): Map<string, Tensor> {
  const { header, data } = readHeader(file);
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  if (entries.length > mostTensors)
    throw new Error(
      `This safetensors file has ${entries.length} tensors; at most ${mostTensors} are read.`,
    );
  const places = entries.map(([name, entry]) => checkEntry(name, entry));
  places.sort((a, b) => a.start - b.start || a.end - b.end);
  let position = 0;
  for (const { name, start, end } of places) {
    if (start < position)
      throw new Error(`Tensor "${name}" overlaps the one before it (byte ${start}).`);
    if (start > position)
      throw new Error(
        `Bytes ${position} to ${start}, before tensor "${name}", belong to no tensor.`,
      );
    position = end;
  }
  if (position > data.length)
    throw new Error(
      `This safetensors file is cut off: its tensors take ${position} bytes, it holds ${data.length}.`,
    );
  if (position < data.length)
    throw new Error(`The last ${data.length - position} bytes of the file belong to no tensor.`);
  return new Map(
    places.map(({ name, type, dims, start, end }) => [
      name,
      { type, dims, bytes: data.subarray(start, end) },
    ]),
  );
}

function readHeader(file: Uint8Array<ArrayBuffer>): {
  header: Record<string, Entry>;
  data: Uint8Array<ArrayBuffer>;
} {
  if (file.length < 8)
    throw new Error('This is not a safetensors file: it is shorter than 8 bytes.');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > longestHeader)
    throw new Error(`This is not a safetensors file: its header would take ${length} bytes.`);
  if (length > file.length - 8)
    throw new Error('This safetensors file is cut off: its header is longer than the file.');
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, 8 + length));
    header = JSON.parse(text);
  } catch (cause) {
    throw new Error('The header of this safetensors file is not JSON.', { cause });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new Error('The header of this safetensors file is not an object.');
  return { header: header as Record<string, Entry>, data: file.subarray(8 + length) };
}

function checkEntry(name: string, entry: Entry | null): Place {
  if (name.length > longestName)
    throw new Error(
      `A tensor’s name has ${name.length} characters, at most ${longestName} are read: "${name.slice(0, 60)}…".`,
    );
  if (typeof entry !== 'object' || entry === null)
    throw new Error(`Tensor "${name}" is not described by an object.`);
  const { dtype, shape, data_offsets: offsets } = entry;
  const known = typeof dtype === 'string' ? ownEntry(types, dtype) : undefined;
  if (!known)
    throw new Error(
      `Tensor "${name}" has the unknown type ${JSON.stringify(dtype)?.slice(0, 60)}.`,
    );
  const isSize = (item: unknown): item is number =>
    typeof item === 'number' && Number.isSafeInteger(item) && item >= 0;
  if (!Array.isArray(shape) || !shape.every(isSize))
    throw new Error(`Tensor "${name}" has a shape that is not a list of sizes.`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    throw new Error(`Tensor "${name}" has no valid data_offsets.`);
  const [start, end] = offsets as [number, number];
  const expected = shape.reduce((product, dim) => product * dim, known.bytes);
  if (end - start !== expected)
    throw new Error(
      `Tensor "${name}" [${shape.join(', ')}] takes ${expected} bytes, not ${end - start}.`,
    );
  return { name, type: known.type, dims: shape, start, end };
}

/** The texts that the header holds beside its tensors; those that are no text are left out. */
export function safetensorsMetadata(file: Uint8Array<ArrayBuffer>): Record<string, string> {
  const metadata: unknown = readHeader(file).header['__metadata__'] ?? {};
  if (typeof metadata !== 'object' || metadata === null) return {};
  const texts = Object.entries(metadata).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts) as Record<string, string>;
}

/** Numbers of a float32 tensor; copies where the bytes are not aligned. */
export function float32Values(tensor: Tensor): Float32Array<ArrayBuffer> {
  if (tensor.type !== 'float32')
    throw new Error(`A float32 tensor was expected, not ${tensor.type}.`);
  return float32Numbers(tensor);
}

/** Writes tensors as one file, in the order and spelling of the format's own library: by element size, then by name. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const codes = new Map(Object.entries(types).map(([code, known]) => [known?.type, code]));
  const sizes = new Map(Object.values(types).map((known) => [known?.type, known?.bytes ?? 0]));
  const sorted = [...tensors].sort(
    ([a, { type: x }], [b, { type: y }]) =>
      (sizes.get(y) ?? 0) - (sizes.get(x) ?? 0) || (a < b ? -1 : 1),
  );
  let offset = 0;
  const entries = sorted.map(([name, { type, dims, bytes }]) => {
    const dtype = codes.get(type);
    if (!dtype) throw new Error(`Tensor "${name}": safetensors has no type ${type}.`);
    const entry = { dtype, shape: dims, data_offsets: [offset, (offset += bytes.length)] };
    return [name, entry] as const;
  });
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const header = new TextEncoder().encode(text);
  const padded = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(header, 8);
  let at = 8 + padded;
  for (const [, { bytes }] of sorted) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}
