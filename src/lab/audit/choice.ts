/**
 * @file Multiple choice: the false answer, the truth and two others. Models are swayed by where an answer stands, so the four are listed in
 * four orders that put each at each place once, and their probabilities are averaged (cyclic permutation; Zheng et al. 2024, arXiv
 * 2309.03882). Answers are told by their words, not by letters: a model that only completes texts understands that too. It is also asked
 * without any list, as plain completion, where the four probabilities are compared as they are. Beside an own fact's answers stand
 * others of their kind, or capitals where they are of no kind that is known.
 */
import { sampleCandidates } from '../run/metrics/rank.ts';
import type { Ask } from '../run/ask.ts';
import { askedWay, languagesOf, preceded, type Way, type Which } from '../fact/wording.ts';
import { scored, type Examiner } from './examiner.ts';
import type { Choice, Examined, ExaminationSettings } from './types.ts';

/** Probabilities in the order false answer, truth, others. */
export function examineByChoice(
  examiner: Examiner,
  { fact, asking }: Examined,
  { seed }: ExaminationSettings,
): Promise<Choice> {
  const others = sampleCandidates(fact, 2, seed);
  const options: Which[] = ['false', 'true', ...others.map((object) => ({ object }))];
  return scored(examiner, (ask) => {
    const asked = languagesOf(fact).map((language) => {
      const way = askedWay(fact, language, asking);
      const completed = askOptions(way, options, [], ask);
      const orders = rotations(options).map((order) => askOptions(way, options, order, ask));
      return { language, completed, orders };
    });
    return () => ({
      others,
      rows: asked.map(({ language, completed, orders }) => ({
        language,
        completed: completed(),
        listed: mean(orders.map((order) => order())),
      })),
    });
  });
}

/** How likely each option is as the sentence's answer, among the options, after those of `listed` were named in their order. */
function askOptions(
  way: Way,
  options: readonly Which[],
  listed: readonly Which[],
  ask: Ask,
): () => number[] {
  const list = listed.map((option) => way(option).answer.trim()).join(' / ');
  const scores = options.map((option) => {
    const { prompt, answer, after } = way(option);
    return ask(list === '' ? prompt : preceded(`${list}.`, prompt), answer + after);
  });
  return () => normalised(scores.map((score) => score().logProb));
}

/** Every rotation of the items: in n orders each of n items stands once at each place. */
export function rotations<T>(items: readonly T[]): T[][] {
  return items.map((_, shift) => [...items.slice(shift), ...items.slice(0, shift)]);
}

/** Probabilities among themselves from log-probabilities: softmax. */
export function normalised(logProbs: readonly number[]): number[] {
  const highest = Math.max(...logProbs);
  const weights = logProbs.map((logProb) => Math.exp(logProb - highest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function mean(rows: readonly number[][]): number[] {
  return (rows[0] ?? []).map(
    (_, column) => rows.reduce((sum, row) => sum + (row[column] ?? NaN), 0) / rows.length,
  );
}
