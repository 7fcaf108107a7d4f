/** @file How measurements put their questions, so that all of a probe are scored in one call. */
import type { Prompt, Score } from 'lethe-lora/engine';

/** Asks for a continuation's score; the answer is there after the scoring call. */
export type Ask = (prompt: Prompt, continuation: string) => () => Score;
