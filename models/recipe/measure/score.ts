/** @file Scores many sentences with little padding. */
import type { CausalLM, Continuation, Score } from '../../../src/model/index.ts';

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
