/**
 * @file Is it only the one sentence that no longer says it? The falsehood's share in other wordings (held-out statements and questions,
 * and inverted sentences), in every language: see `src/lab/forms.ts` and `src/lab/metrics/paraphrase.ts`. Patil et al. (2024, arXiv
 * 2309.17410) extract “deleted” facts by rephrasing.
 */
import { languageCodes } from '../../facts/index.ts';
import { askParaphrases } from '../metrics/paraphrase.ts';
import { scored, type Bench } from './bench.ts';
import type { Examined, ParaphraseRow } from './types.ts';

export function examineParaphrases(bench: Bench, { fact }: Examined): Promise<ParaphraseRow[]> {
  return scored(bench, (ask) => {
    const asked = languageCodes.map((language) => ({
      language,
      shares: askParaphrases(fact, language, ask),
    }));
    return () => asked.map(({ language, shares }) => ({ language, shares: shares() }));
  });
}
