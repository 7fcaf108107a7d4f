/** @file Whether the page may ask a model in all languages without being told to. */
import { isSlow, type ModelInfo } from '../../model/index.ts';

/** A model of fewer parameters answers in a moment, however busy the machine was when the first token was timed. */
const small = 30e6;

export function isQuick(info: Pick<ModelInfo, 'device' | 'perToken' | 'parameters'>): boolean {
  return info.parameters < small || !isSlow(info);
}
