/**
 * @file Is it only the one sentence that no longer says it? The false answer's share in other wordings (held-out statements and questions,
 * and inverted sentences), in every language: see `src/lab/fact/forms.ts` and `src/lab/run/metrics/paraphrase.ts`. Patil et al. (2024, arXiv
 * 2309.17410) extract “deleted” facts by rephrasing. Of an own fact the sentences that name the lie stand in for statements, though they
 * were taught; it has no others.
 */
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import { mean } from '../average.ts';
import { falseShare } from '../run/metrics/belief.ts';
import { askParaphrases } from '../run/metrics/paraphrase.ts';
import type { Ask } from '../run/ask.ts';
import type { ParaphraseShares } from '../experiment/checkpoint.ts';
import type { OwnFact } from '../fact/own-fact.ts';
import type { Asking } from '../fact/prompts.ts';
import { languagesOf, ownSentenceWays } from '../fact/wording.ts';
import { scored, type Examiner } from './examiner.ts';
import type { Examined, ParaphraseRow } from './types.ts';

/** An own fact may have thousands of sentences; so many of a language are asked. */
const mostSentences = 8;

export function examineParaphrases(
  examiner: Examiner,
  { fact, asking }: Examined,
): Promise<ParaphraseRow[]> {
  return scored(examiner, (ask) => {
    const asked = languagesOf(fact).map((language) => ({
      language,
      shares:
        fact.kind === 'own'
          ? askSentences(fact, language, asking, ask)
          : askParaphrases(fact, language, ask, asking),
    }));
    return () => asked.map(({ language, shares }) => ({ language, shares: shares() }));
  });
}

/** Whether any sentence of an own fact can be asked. */
export function hasAskableSentences(fact: OwnFact): boolean {
  return languageCodes.some(
    (code) => fact.wordings[code] && ownSentenceWays(fact, code).length > 0,
  );
}

function askSentences(
  fact: OwnFact,
  code: LanguageCode,
  asking: Asking | undefined,
  ask: Ask,
): () => ParaphraseShares {
  const shares = ownSentenceWays(fact, code, asking)
    .slice(0, mostSentences)
    .map((way) => {
      const [wrong, right] = (['false', 'true'] as const).map((which) => {
        const { prompt, answer, after } = way(which);
        return ask(prompt, answer + after);
      });
      return () => falseShare(wrong?.().logProb ?? NaN, right?.().logProb ?? NaN);
    });
  return () => ({
    statement: mean(shares.map((share) => share())),
    question: null,
    inverted: null,
  });
}
