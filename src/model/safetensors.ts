/** @file The safetensors format, strictly: everything in the header is checked before anything is used. */
import type { Tensor, DataType } from '../onnx/index.ts';

const types: Readonly<Record<string, { type: DataType; bytes: number } | undefined>> = {
  F32: { type: 'float32', bytes: 4 },
  F16: { type: 'float16', bytes: 2 },
  BF16: { type: 'bfloat16', bytes: 2 },
  F64: { type: 'float64', bytes: 8 },
  I64: { type: 'int64', bytes: 8 },
  I32: { type: 'int32', bytes: 4 },
  U8: { type: 'uint8', bytes: 1 },
  BOOL: { type: 'bool', bytes: 1 },
};

interface Entry {
  dtype?: unknown;
  shape?: unknown;
  data_offsets?: unknown;
}

/**
 * Reads a file's tensors by name; their bytes are views of it. Throws with the tensor's name when a type is unknown, a size is not
 * that of its shape, or tensors overlap, leave gaps or pass the end.
 */
export function readSafetensors(file: Uint8Array<ArrayBuffer>): Map<string, Tensor> {
  if (file.length < 8)
    throw new Error('This is not a safetensors file: it is shorter than 8 bytes.');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > file.length - 8)
    throw new Error('This safetensors file is cut off: its header is longer than the file.');
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength)));
  } catch (cause) {
    throw new Error('The header of this safetensors file is not JSON.', { cause });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new Error('The header of this safetensors file is not an object.');

  const data = file.subarray(8 + headerLength);
  const ranges: { name: string; start: number; end: number }[] = [];
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header as Record<string, Entry>)) {
    if (name === '__metadata__') continue;
    const { type, dims, start, end } = checkEntry(name, entry);
    ranges.push({ name, start, end });
    tensors.set(name, { type, dims, bytes: data.subarray(start, end) });
  }
  ranges.sort((a, b) => a.start - b.start || a.end - b.end);
  let position = 0;
  for (const { name, start, end } of ranges) {
    if (start !== position)
      throw new Error(`Tensor "${name}" should begin at byte ${position}, not ${start}.`);
    position = end;
  }
  if (position !== data.length)
    throw new Error(`The tensors take ${position} bytes; the file holds ${data.length}.`);
  return tensors;
}

function checkEntry(
  name: string,
  { dtype, shape, data_offsets: offsets }: Entry,
): { type: DataType; dims: number[]; start: number; end: number } {
  const known = typeof dtype === 'string' ? types[dtype] : undefined;
  if (!known) throw new Error(`Tensor "${name}" has the unknown type ${JSON.stringify(dtype)}.`);
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
  return { type: known.type, dims: shape, start, end };
}

/** Numbers of a float32 tensor; copies where the bytes are not aligned. */
export function float32Values(tensor: Tensor): Float32Array<ArrayBuffer> {
  if (tensor.type !== 'float32')
    throw new Error(`A float32 tensor was expected, not ${tensor.type}.`);
  const { bytes } = tensor;
  return bytes.byteOffset % 4 === 0
    ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    : new Float32Array(bytes.slice().buffer);
}
