/** @file Where the truth stands among the answers that could be given. */
import { answerName, candidates, languageCodes } from '../../facts/index.ts';
import { drawFor } from '../draw.ts';
import type { TestedFact } from '../types.ts';

/**
 * Ids of `count` answers beside the two on trial, drawn without replacement, the same for the same seed. Answers that some language
 * calls as it calls the truth are left out.
 */
export function sampleCandidates(fact: TestedFact, count: number, seed: number): string[] {
  const draw = drawFor(seed, -2);
  const possible = candidates(fact.relation).filter(
    (id) =>
      id !== fact.falseObject &&
      languageCodes.every((code) => answerName(id, code) !== answerName(fact.truth, code)),
  );
  const sample: string[] = [];
  while (sample.length < count && possible.length > 0)
    sample.push(...possible.splice(Math.floor(draw() * possible.length), 1));
  return sample;
}

/** 1 where nothing is likelier; equal ones do not push down. */
export function rank(logProb: number, others: readonly number[]): number {
  return 1 + others.filter((other) => other > logProb).length;
}
