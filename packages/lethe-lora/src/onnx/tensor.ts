/** @file Constant tensors: element type, dimensions, and bytes that are shared, never copied, with the file they came from. */

/** ONNX element types by the names used here; values are those of `TensorProto.DataType`. */
export const dataTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
} as const;

export type DataType = keyof typeof dataTypes;

const bitsPerElement: Record<DataType, number> = {
  float32: 32,
  uint8: 8,
  int8: 8,
  uint16: 16,
  int16: 16,
  int32: 32,
  int64: 64,
  string: 0,
  bool: 8,
  float16: 16,
  float64: 64,
  uint32: 32,
  uint64: 64,
  bfloat16: 16,
  uint4: 4,
  int4: 4,
};

const namesByCode = new Map<number, DataType>(
  Object.entries(dataTypes).map(([name, code]) => [code, name as DataType]),
);

/** The name of an ONNX element type's code; throws for one that Lethe does not read. */
export function dataTypeName(code: number): DataType {
  const name = namesByCode.get(code);
  if (!name) throw new Error(`ONNX element type ${code} is not supported.`);
  return name;
}

/** Bytes of a raw tensor of this type; 4-bit elements are packed two a byte. */
export function byteLength(type: DataType, elements: number): number {
  return Math.ceil((elements * bitsPerElement[type]) / 8);
}

/** Product of dimensions: the number of elements. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A constant tensor, little-endian raw bytes. */
export interface Tensor {
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A float32 tensor over the given numbers; a Float32Array's memory is shared. */
export function float32Tensor(values: ArrayLike<number>, dims: readonly number[]): Tensor {
  const data =
    values instanceof Float32Array && values.buffer instanceof ArrayBuffer
      ? (values as Float32Array<ArrayBuffer>)
      : Float32Array.from(values);
  return tensorOver('float32', dims, data);
}

/** An int64 tensor of the given integers. */
export function int64Tensor(values: readonly number[], dims: readonly number[]): Tensor {
  return tensorOver('int64', dims, BigInt64Array.from(values, BigInt));
}

/** A tensor of any fixed-width type over a typed array's memory, which is shared. */
export function tensorOver(
  type: DataType,
  dims: readonly number[],
  data: ArrayBufferView<ArrayBuffer>,
): Tensor {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const expected = byteLength(type, elementCount(dims));
  if (bytes.length !== expected)
    throw new Error(
      `A ${type} tensor of [${dims.join(', ')}] takes ${expected} bytes, not ${bytes.length}.`,
    );
  return { type, dims: [...dims], bytes };
}

/** A tensor's numbers (not for strings); 64-bit integers become doubles. Copies. */
export function tensorNumbers(tensor: Tensor): number[] {
  const { bytes, type } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = elementCount(tensor.dims);
  const read = readers[type];
  if (!read) throw new Error(`Reading ${type} tensors as numbers is not supported.`);
  return Array.from({ length: count }, (_, index) => read(view, index));
}

const readers: Partial<Record<DataType, (view: DataView, index: number) => number>> = {
  float32: (view, i) => view.getFloat32(i * 4, true),
  float64: (view, i) => view.getFloat64(i * 8, true),
  float16: (view, i) => halfToNumber(view.getUint16(i * 2, true)),
  uint8: (view, i) => view.getUint8(i),
  bool: (view, i) => view.getUint8(i),
  int8: (view, i) => view.getInt8(i),
  uint16: (view, i) => view.getUint16(i * 2, true),
  int16: (view, i) => view.getInt16(i * 2, true),
  int32: (view, i) => view.getInt32(i * 4, true),
  uint32: (view, i) => view.getUint32(i * 4, true),
  int64: (view, i) => Number(view.getBigInt64(i * 8, true)),
  uint64: (view, i) => Number(view.getBigUint64(i * 8, true)),
};

/** Numbers of a float32, float16 or bfloat16 tensor as float32; only a float32 tensor's memory may be shared. */
export function float32Numbers({ type, bytes }: Tensor): Float32Array<ArrayBuffer> {
  if (type === 'float32')
    return bytes.byteOffset % 4 === 0
      ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
      : new Float32Array(bytes.slice().buffer);
  if (type !== 'float16' && type !== 'bfloat16')
    throw new Error(`A tensor of real numbers was expected, not ${type}.`);
  const halves = new Uint16Array(bytes.slice().buffer);
  if (type === 'float16') return widened(halves);
  // A bfloat16 is the upper half of a float32.
  return new Float32Array(Uint32Array.from(halves, (half) => half * 65536).buffer);
}

/** Every half's number: made once, as a model has millions of halves of 65,536 kinds. */
let numbersOfHalves: Float32Array<ArrayBuffer> | undefined;

function widened(halves: Uint16Array): Float32Array<ArrayBuffer> {
  numbersOfHalves ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => halfToNumber(half));
  const numbers = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) numbers[i] = numbersOfHalves[halves[i] ?? 0] ?? NaN;
  return numbers;
}

/** A tensor of a real type over numbers, rounded to the nearest of that type. */
export function realTensor(
  type: DataType,
  values: Float32Array<ArrayBuffer>,
  dims: readonly number[],
): Tensor {
  if (type === 'float32') return float32Tensor(values, dims);
  if (type !== 'float16') throw new Error(`Writing ${type} tensors is not supported.`);
  return tensorOver('float16', dims, Uint16Array.from(values, numberToHalf));
}

/** An IEEE 754 half as a number. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const floatBits = new Float32Array(1);
const intBits = new Uint32Array(floatBits.buffer);

/** The IEEE 754 half nearest to a number (ties to even), overflow to infinity. */
export function numberToHalf(value: number): number {
  floatBits[0] = value;
  const bits = intBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 255) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  const shifted = exponent - 127 + 15;
  if (shifted >= 31) return sign | 0x7c00;
  if (shifted <= 0) {
    if (shifted < -10) return sign;
    return sign | roundShift(fraction | 0x800000, 14 - shifted);
  }
  return sign + roundShift((shifted << 23) | fraction, 13);
}

/** Shifts right, rounding to nearest, ties to even. */
function roundShift(value: number, shift: number): number {
  const half = 2 ** (shift - 1);
  const quotient = Math.floor(value / 2 ** shift);
  const rest = value - quotient * 2 ** shift;
  return rest > half || (rest === half && quotient % 2 === 1) ? quotient + 1 : quotient;
}
