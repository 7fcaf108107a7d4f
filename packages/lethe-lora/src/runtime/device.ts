/** @file Which device runs the model, and why. */

/** Where tensors live and run. `cpu` is ONNX Runtime's native provider in Node. */
export type Device = 'webgpu' | 'wasm' | 'cpu';

/** Why it is not the GPU: not wanted, no WebGPU here, or none that it can use; `chosen` where it is what there is to choose first. */
export type DeviceReason = 'chosen' | 'asked' | 'none' | 'unusable';

/** The device that was taken. */
export interface DeviceChoice {
  device: Device;
  /** Threads in use under WebAssembly or on the CPU provider; 0 where it does not apply or the runtime decides. */
  threads: number;
  reason: DeviceReason;
  /** Bytes that one buffer may have on the device; absent where nothing but memory limits it. */
  bufferLimit?: number;
  /** Whether the GPU computes in half precision (`shader-f16`). */
  halfPrecision?: boolean;
  /** The GPU is one in software: the processor emulates it. */
  isSoftware?: boolean;
}

export interface DeviceRequest {
  device: 'auto' | Device;
  /** Threads: under WebAssembly by default half of the logical processors, two to four; in Node the runtime's choice. */
  threads?: number;
  /** Bytes that one buffer may have, where it is to be less than the device allows. */
  bufferLimit?: number;
  /** Whether to compute in half precision where a model's file does; by default where a browser's GPU can. In Node nobody can tell. */
  halfPrecision?: boolean;
}

export const isNode = typeof process !== 'undefined' && process.versions?.node !== undefined;

/**
 * Picks WebGPU where the browser gives an adapter, else WebAssembly; in Node the processor unless WebGPU is asked for. Throws when a
 * device was asked for by name and is not there.
 */
export async function chooseDevice(request: DeviceRequest): Promise<DeviceChoice> {
  const choice = await pick(request);
  if (request.halfPrecision !== undefined) choice.halfPrecision = request.halfPrecision;
  const limits = [choice.bufferLimit, request.bufferLimit].filter((limit) => limit !== undefined);
  return limits.length > 0 ? { ...choice, bufferLimit: Math.min(...limits) } : choice;
}

async function pick({ device, threads }: DeviceRequest): Promise<DeviceChoice> {
  if (isNode) {
    if (device === 'wasm') throw new Error('In Node the model runs on cpu or webgpu, not on wasm.');
    return device === 'webgpu'
      ? { device, threads: 0, reason: 'chosen' }
      : { device: 'cpu', threads: threads ?? 0, reason: 'chosen' };
  }
  if (device === 'cpu')
    throw new Error('In a browser the model runs on webgpu or wasm, not on cpu.');
  const gpu = device === 'wasm' ? 'asked' : await findGpu();
  if (typeof gpu !== 'string')
    return {
      device: 'webgpu',
      threads: 0,
      reason: 'chosen',
      // ONNX Runtime asks for a device with the adapter's own limits.
      bufferLimit: Math.min(gpu.limits.maxBufferSize, gpu.limits.maxStorageBufferBindingSize),
      halfPrecision: gpu.features.has('shader-f16'),
      isSoftware: isSoftware(gpu),
    };
  if (device === 'webgpu')
    throw new Error(
      gpu === 'none'
        ? 'WebGPU was asked for, and this browser has none.'
        : 'WebGPU was asked for, and this browser found no graphics card that it can use.',
    );
  return {
    device: 'wasm',
    threads: wasmThreads(threads),
    reason: gpu,
  };
}

/** The GPU's adapter, or why there is none. */
async function findGpu(): Promise<GPUAdapter | 'none' | 'unusable'> {
  if (!('gpu' in navigator)) return 'none';
  try {
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
    return adapter ?? 'unusable';
  } catch {
    return 'unusable';
  }
}

/** Browsers before 2025 tell it of the adapter itself, or not at all. */
function isSoftware(adapter: GPUAdapter): boolean {
  const { info, isFallbackAdapter } = adapter as GPUAdapter & { isFallbackAdapter?: boolean };
  // Absent there, whatever TypeScript believes.
  const told = (info as GPUAdapterInfo | undefined)?.isFallbackAdapter;
  return told ?? isFallbackAdapter ?? false;
}

/**
 * Threads need a cross-origin isolated page with memory that is shared, which WebKitGTK lacks even there. Half of the logical processors are
 * the real cores of most laptops; where there are only two they are cores of their own, and both are used. Beyond four a step of Atlas gains
 * nothing.
 */
function wasmThreads(asked: number | undefined): number {
  if (!globalThis.crossOriginIsolated || !('SharedArrayBuffer' in globalThis)) return 1;
  if (asked !== undefined) return Math.max(1, Math.floor(asked));
  const { hardwareConcurrency: logical } = navigator;
  return Math.max(1, Math.min(4, logical <= 2 ? logical : Math.floor(logical / 2)));
}
