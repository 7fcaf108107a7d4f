/** @file Makes the runtime's tensors from plain arrays. */
import { numberToHalf, type DataType } from '../onnx/index.ts';
import type { Backend, Tensor } from './backend.ts';
import { isNode } from './device.ts';

export function float32({ ort }: Backend, values: Float32Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('float32', values, dims);
}

export function int64({ ort }: Backend, values: BigInt64Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('int64', values, dims);
}

/** Integers (or truth values, as 0 and 1) in the element type that an input asks for. Throws for a type of none of these kinds. */
export function integers(
  { ort }: Backend,
  type: DataType,
  values: readonly number[],
  dims: readonly number[],
): Tensor {
  switch (type) {
    case 'int64':
      return new ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims);
    case 'int32':
      return new ort.Tensor('int32', Int32Array.from(values), dims);
    case 'float32':
      return new ort.Tensor('float32', Float32Array.from(values), dims);
    case 'float16':
      return new ort.Tensor('float16', Uint16Array.from(values, numberToHalf), dims);
    case 'bool':
      return new ort.Tensor('bool', Uint8Array.from(values), dims);
    default:
      throw new Error(`An input of ${type} numbers cannot be fed.`);
  }
}

/** Zeros in an element type. */
export function zeros(backend: Backend, type: DataType, dims: readonly number[]): Tensor {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return integers(backend, type, Array<number>(count).fill(0), dims);
}

export function scalar(backend: Backend, value: number): Tensor {
  return float32(backend, Float32Array.of(value), []);
}

/** Rows of integers of equal length as one int64 tensor [rows, columns]. */
export function int64Rows(backend: Backend, rows: readonly (readonly number[])[]): Tensor {
  const columns = rows[0]?.length ?? 0;
  const values = new BigInt64Array(rows.length * columns);
  rows.forEach((row, r) => row.forEach((value, c) => (values[r * columns + c] = BigInt(value))));
  return int64(backend, values, [rows.length, columns]);
}

/** The open device; null where there is no GPU, or no session has opened it yet. */
export async function openDevice({ ort, choice }: Backend): Promise<GPUDevice | null> {
  if (choice.device !== 'webgpu' || isNode) return null;
  return ((await ort.env.webgpu.device) as GPUDevice | undefined) ?? null;
}

/** A GPU buffer that holds these bytes. */
export function deviceBuffer(device: GPUDevice, data: ArrayBufferView<ArrayBuffer>): GPUBuffer {
  const { byteLength } = data;
  const buffer = device.createBuffer({
    // ONNX Runtime's own usages; sizes in steps of 16 bytes, as it allocates.
    size: Math.max(16, Math.ceil(byteLength / 16) * 16),
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  const bytes = new Uint8Array(data.buffer, data.byteOffset, byteLength);
  // Writes are in steps of 4 bytes.
  const whole = byteLength - (byteLength % 4);
  device.queue.writeBuffer(buffer, 0, bytes, 0, whole);
  if (whole < byteLength) {
    const rest = new Uint8Array(4);
    rest.set(bytes.subarray(whole));
    device.queue.writeBuffer(buffer, whole, rest);
  }
  return buffer;
}

/** A tensor over a GPU buffer that it does not own. `type` is one of ONNX Runtime's, those of 4 bits included. */
export function overBuffer(
  { ort }: Backend,
  buffer: GPUBuffer,
  type: DataType,
  dims: readonly number[],
): Tensor {
  return ort.Tensor.fromGpuBuffer(buffer, { dataType: type as 'float32', dims });
}

/**
 * The same float32 tensor in a GPU buffer of its own, so that runs do not upload it each time; where there is no GPU, or before the first
 * session has opened it, the tensor itself.
 */
export async function onDevice(backend: Backend, tensor: Tensor): Promise<Tensor> {
  const device = tensor.location === 'cpu' ? await openDevice(backend) : null;
  if (!device) return tensor;
  const values = tensor.data as Float32Array<ArrayBuffer>;
  const buffer = deviceBuffer(device, values);
  return backend.ort.Tensor.fromGpuBuffer(buffer, {
    dataType: 'float32',
    dims: tensor.dims,
    download: () => Promise.resolve(values),
    dispose: () => buffer.destroy(),
  });
}
