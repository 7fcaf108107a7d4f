/** @file One row of a batch, before it is padded. */
import type { LanguageCode } from '../../src/facts/index.ts';

/** A sentence in tokens. Spans are of places in `ids`: first, and last + 1. */
export interface Row {
  question: string;
  language: LanguageCode;
  isNudged: boolean;
  /** Words of the frame have been changed: only the target is to be foretold. */
  isNoisy: boolean;
  ids: readonly number[];
  target: readonly [from: number, to: number];
  given: readonly [from: number, to: number] | null;
}
