/** @file What a measure of Atlas is, and what it may use: the model itself, and experiments as `npm run lab` runs them. */
import type { LanguageCode } from '../../../src/facts/index.ts';
import type { Experiment, ExperimentResult } from '../../../src/lab/index.ts';
import type { CausalLM, Continuation, Score } from 'lethe-lora/engine';
import type { Table } from './table.ts';

/** How much is measured. */
export interface Scope {
  /** Facts asked or false facts taught; the measure's own number where absent. */
  facts?: number;
  /** Languages asked (knowledge, transfer, cloze) or taught (spread, grid). */
  languages: readonly LanguageCode[];
  /** Path of the cloze set. */
  cloze: string;
}

export interface Means {
  scope: Scope;
  /** The untouched model. */
  model(): Promise<CausalLM>;
  /** Results of experiments, in their order. */
  run(experiments: readonly Experiment[]): Promise<ExperimentResult[]>;
}

export interface Measure<Summary> {
  measure(means: Means): Promise<Summary>;
  tables(summary: Summary): Table[];
}

/**
 * As `model.score`, in the order given, but computed from the shortest to the longest, so that sentences padded to one length are
 * of about that length.
 */
export async function scoreByLength(
  model: CausalLM,
  items: readonly Continuation[],
): Promise<Score[]> {
  const order = items
    .map(({ prompt, continuation }, index) => ({
      index,
      length: model.encode(prompt + continuation).length,
    }))
    .sort((a, b) => a.length - b.length || a.index - b.index);
  const sorted = await model.score(order.map(({ index }) => items[index] as Continuation));
  const scores = new Array<Score>(items.length);
  order.forEach(({ index }, at) => (scores[index] = sorted[at] as Score));
  return scores;
}
