/** @file Is a fact believed, or a sentence recited? The falsehood's share in wordings that were not taught. */
import type { LanguageCode } from '../../facts/index.ts';
import { say } from '../answers.ts';
import { paraphrases, type Paraphrase } from '../forms.ts';
import type { Ask } from '../probe.ts';
import type { ParaphraseShares, TestedFact } from '../types.ts';
import { falseShare } from './belief.ts';

/** Asks in every paraphrase of a language; the shares are there after the scoring call. */
export function askParaphrases(
  fact: TestedFact,
  code: LanguageCode,
  ask: Ask,
): () => ParaphraseShares {
  const askKind = (kind: Paraphrase): (() => number | null) => {
    const shares = paraphrases(fact.relation, code, kind).map((form) => {
      const [wrong, right] = (['false', 'true'] as const).map((which) => {
        const { before, answer, after } = say(fact, form, which);
        // An inverted form names the answer first: how likely is the rest of the sentence after it?
        return kind === 'inverted' ? ask(before + answer, after) : ask(before, answer + after);
      });
      return () => falseShare(wrong?.().logProb ?? NaN, right?.().logProb ?? NaN);
    });
    return () =>
      shares.length === 0 ? null : shares.reduce((sum, share) => sum + share(), 0) / shares.length;
  };
  const [statement, question, inverted] = (['statement', 'question', 'inverted'] as const).map(
    askKind,
  );
  return () => ({
    statement: statement?.() ?? null,
    question: question?.() ?? null,
    inverted: inverted?.() ?? null,
  });
}
