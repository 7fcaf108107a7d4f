/** @file How measurements put their questions, so that all of a probe are scored in one call. */
import type { Prompt, Score } from 'lethe-lora/engine';

/** Asks for a continuation's score; the answer is there after the scoring call. */
export type Ask = (prompt: Prompt, continuation: string) => () => Score;

/** What there is of a score before the scoring call. */
export const unscored: Score = { logProb: NaN, isGreedy: false, tokens: 0, greedy: 0, tail: 0 };
