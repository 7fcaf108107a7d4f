/** @file How much memory a page may take of this device. */

export interface DeviceMemory {
  gpu: boolean;
  /** Bytes of memory that the browser admits to (it rounds, and caps); null where it tells none. */
  memory: number | null;
}

/** Under WebAssembly all sessions share one heap of 32-bit addresses. */
const wasmHeap = 2 ** 32;

/** Bytes of memory that the browser admits to; null where it tells none. */
export function toldMemory(): number | null {
  const { deviceMemory } = navigator as { deviceMemory?: number };
  return deviceMemory === undefined ? null : deviceMemory * 2 ** 30;
}

/** Browsers tell of no more memory than this, however much there is. */
const mostTold = 8 * 2 ** 30;

/** What a page may take of a device with less: on a phone the system and the browser hold the rest, and end a page that takes more. */
const pagesShare = 0.5;

/** Bytes that a page may take of what the browser tells of; null where it tells nothing, or there may be more than it tells. */
function ownShare(memory: number | null): number | null {
  return memory !== null && memory < mostTold ? memory * pagesShare : null;
}

/** Bytes of memory that a model and its training may take; null where nobody knows. */
export function usableMemory({ gpu, memory }: DeviceMemory): number | null {
  const own = ownShare(memory) ?? memory;
  return gpu ? own : Math.min(own ?? wasmHeap, wasmHeap);
}

/**
 * Bytes that a training step may take; one that needs more is refused. Undefined where there may be more than is told: a step that
 * could have worked is not refused.
 */
export function stepMemory({ gpu, memory }: DeviceMemory): number | undefined {
  const own = ownShare(memory);
  return gpu ? (own ?? undefined) : Math.min(own ?? wasmHeap, wasmHeap);
}
