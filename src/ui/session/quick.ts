/** @file Whether the page may ask a model in all languages without being told to. */
import type { ModelInfo } from 'lethe-lora/engine';

/** A model of fewer parameters answers in a moment, also on a processor that is busy. */
const small = 30e6;

export function isQuick({ device, parameters }: Pick<ModelInfo, 'device' | 'parameters'>): boolean {
  return parameters < small || device.device === 'webgpu';
}
