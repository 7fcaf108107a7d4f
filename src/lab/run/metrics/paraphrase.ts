/** @file Is a fact believed, or a sentence recited? The false answer's share in wordings that were not taught. */
import type { LanguageCode } from '../../../facts/index.ts';
import type { Paraphrase } from '../../fact/forms.ts';
import type { Ask } from '../ask.ts';
import type { ParaphraseShares } from '../../experiment/checkpoint.ts';
import type { TestedFact } from '../../fact/fact.ts';
import type { Asking } from '../../fact/prompts.ts';
import { extended, paraphraseWays } from '../../fact/wording.ts';
import { falseShare } from './belief.ts';

/** Asks in every paraphrase of a language; the shares are there after the scoring call. */
export function askParaphrases(
  fact: TestedFact,
  code: LanguageCode,
  ask: Ask,
  asking?: Asking,
): () => ParaphraseShares {
  const askKind = (kind: Paraphrase): (() => number | null) => {
    const shares = paraphraseWays(fact, code, kind, asking).map((way) => {
      const [wrong, right] = (['false', 'true'] as const).map((which) => {
        const { prompt, answer, after } = way(which);
        // An inverted form names the answer first: how likely is the rest of the sentence after it?
        return kind === 'inverted'
          ? ask(extended(prompt, answer), after)
          : ask(prompt, answer + after);
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
