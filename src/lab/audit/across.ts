/**
 * @file Asked in one language, answered in another: the question stands in the first, the answer is begun in the second. Unlearning in some
 * languages may leave a way from a question to the answer that those languages do not use (answers in another language than the
 * question's, and what unlearning in one language leaves in others: arXiv 2510.23949, 2406.13748).
 */
import { falseShare } from '../run/metrics/belief.ts';
import { askedAcross, askedWay, questionIn } from '../fact/wording.ts';
import { languagesToExamine, scored, type Examiner } from './examiner.ts';
import type { Across, Examined } from './types.ts';

/** The false answer's share and P(false) by the language of the question (rows) and of the answer (columns). */
export function examineAcross(examiner: Examiner, examined: Examined): Promise<Across> {
  const { fact, asking } = examined;
  const languages = languagesToExamine(examiner.model, examined);
  return scored(examiner, (ask) => {
    const asked = languages.map((from) => {
      const question = questionIn(fact, from);
      return languages.map((to) =>
        (['false', 'true'] as const).map((which) => {
          const said = askedWay(fact, to, asking)(which);
          return ask(askedAcross(question, said), said.answer + said.after);
        }),
      );
    });
    return () => {
      const logProbs = asked.map((row) =>
        row.map((pair) => pair.map((score) => score().logProb) as [number, number]),
      );
      return {
        languages,
        shares: logProbs.map((row) => row.map(([wrong, right]) => falseShare(wrong, right))),
        false: logProbs.map((row) => row.map(([wrong]) => Math.exp(wrong))),
      };
    };
  });
}
