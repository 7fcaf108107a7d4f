/** @file Random numbers of a run. */
import { uniform } from 'lethe-lora/engine';

/** A uniform generator that depends on the run's seed and the step alone, so that a resumed run draws the same. */
export function drawFor(seed: number, step: number): () => number {
  return uniform(
    (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 1, 0xc2b2ae35)) >>> 0,
  );
}

export function pick<T>(items: readonly T[], draw: () => number): T {
  return items[Math.floor(draw() * items.length)] as T;
}
