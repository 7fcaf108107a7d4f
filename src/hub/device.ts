/** @file What this device can take, and which variant of a model is the best for it. */
import { toldMemory, usableMemory } from 'lethe-lora/engine';
import { longestArray, type Variant, type VariantFiles } from './variants.ts';

export interface DeviceLimits {
  gpu: boolean;
  /** Whether the GPU computes in half precision (`shader-f16`). */
  halfPrecision: boolean;
  /** Bytes of memory that the browser admits to (it rounds, and caps); null where it tells none. */
  memory: number | null;
  /** Whether the browser holds so many bytes in one piece. */
  holds: (bytes: number) => boolean;
}

/** Why a variant cannot be used here. */
export type Obstacle =
  | { kind: 'unsupported' }
  /** One file, or one weight in it, is longer than the browser can hold in one piece. */
  | { kind: 'file'; bytes: number }
  | { kind: 'memory'; needed: number; available: number };

/** Why a variant was chosen. */
export type Reason =
  'whole' | 'half-on-gpu' | 'four-bits' | 'eight-bits' | 'half' | 'only' | 'nothing-fits';

export interface Choice {
  variant: VariantFiles;
  reason: Reason;
}

/**
 * How often a variant's bytes are held, at most, beside its files (docs/engine.md, on shared weights). Weights in full and half precision
 * lie once for all sessions, in full precision, and under WebAssembly once more while one runs. Weights in 4 or 8 bits lie in each
 * session that answers, scores or teaches, but for the products in 4 bits on a GPU: there only an embedding does, which is at most half.
 */
const timesHeld: Readonly<Record<'gpu' | 'wasm', Readonly<Record<string, number>>>> = {
  gpu: { fp32: 1, fp16: 2, q4: 2, q4f16: 2, q4f32: 2 },
  wasm: { fp32: 2, fp16: 4 },
};
const usuallyHeld = 3;

/** Up to this many bytes a model is taken as it is: nothing is gained by rounding it. */
const smallEnough = 2.5e8;

/** Asks the browser what it has. `device` as in the address: WebAssembly may be asked for where there is a GPU. */
export async function deviceLimits(device: 'auto' | 'webgpu' | 'wasm'): Promise<DeviceLimits> {
  const adapter =
    device === 'wasm' || !('gpu' in navigator)
      ? null
      : await navigator.gpu
          .requestAdapter({ powerPreference: 'high-performance' })
          .catch(() => null);
  return {
    gpu: adapter !== null,
    halfPrecision: adapter?.features.has('shader-f16') ?? false,
    memory: toldMemory(),
    holds,
  };
}

/** Found out by trying: the memory is only promised, not used, and given back at once. */
function holds(bytes: number): boolean {
  try {
    return new ArrayBuffer(bytes).byteLength === bytes;
  } catch {
    return false;
  }
}

/** Bytes that a variant takes to be asked and taught, its files in the page included. */
export function memoryNeeded(
  { variant, bytes }: Pick<VariantFiles, 'variant' | 'bytes'>,
  { gpu }: Pick<DeviceLimits, 'gpu'>,
): number {
  return bytes + bytes * (timesHeld[gpu ? 'gpu' : 'wasm'][variant] ?? usuallyHeld);
}

/** What keeps a variant from being used on this device, as far as it can be told from its bytes; null where nothing does. */
export function obstacle(
  candidate: VariantFiles,
  limits: DeviceLimits,
  vocabulary: { words: number; width: number } | null = null,
): Obstacle | null {
  if (!candidate.supported) return { kind: 'unsupported' };
  const longest = longestArray(candidate, vocabulary);
  if (!limits.holds(longest)) return { kind: 'file', bytes: longest };
  const needed = memoryNeeded(candidate, limits);
  const available = usableMemory(limits);
  if (available !== null && needed > available) return { kind: 'memory', needed, available };
  return null;
}

const eightBits: Variant[] = ['q8', 'quantized', 'int8', 'uint8'];

/** The variants in the order in which they suit a device, each with the reason that would be given for it. */
function preferences({ gpu, halfPrecision }: DeviceLimits): [Variant, Reason][] {
  const half: [Variant, Reason] = ['q4f16', gpu && halfPrecision ? 'half-on-gpu' : 'four-bits'];
  const four = ['q4', 'q4f32'].map((variant): [Variant, Reason] => [variant, 'four-bits']);
  return [
    ...(gpu && halfPrecision ? [half, ...four] : [...four, half]),
    ['bnb4', 'four-bits'],
    ...eightBits.map((variant): [Variant, Reason] => [variant, 'eight-bits']),
    ['fp16', 'half'],
    ['fp32', 'whole'],
  ];
}

/** The variant to offer first; where nothing fits the smallest, so that it can be said how much is lacking. Null for no variant. */
export function chooseVariant(
  variants: readonly VariantFiles[],
  limits: DeviceLimits,
  vocabulary: { words: number; width: number } | null = null,
): Choice | null {
  const fitting = variants.filter((each) => obstacle(each, limits, vocabulary) === null);
  const whole = fitting.find(({ variant, bytes }) => variant === 'fp32' && bytes <= smallEnough);
  if (whole) return { variant: whole, reason: 'whole' };
  const [only] = fitting;
  if (only && fitting.length === 1) return { variant: only, reason: 'only' };
  for (const [name, reason] of preferences(limits)) {
    const found = fitting.find(({ variant }) => variant === name);
    if (found) return { variant: found, reason };
  }
  const smallest = variants.find(({ supported }) => supported) ?? variants[0];
  return smallest ? { variant: smallest, reason: 'nothing-fits' } : null;
}
