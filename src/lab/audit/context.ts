/**
 * @file Asked after a few true examples of the same relation, which show what kind of answer is wanted (few-shot prompting, Brown et al.
 * 2020, arXiv 2005.14165): a fact that is only held back often comes out again in such a context (Lynch et al. 2024, arXiv 2402.16835).
 */
import {
  facts,
  probeForm,
  sentence,
  type Fact,
  type LanguageCode,
  type RelationId,
} from '../../facts/index.ts';
import { touches } from '../run/batch.ts';
import { drawFor } from '../draw.ts';
import { falseShare } from '../run/metrics/belief.ts';
import { relationOf } from '../run/metrics/rank.ts';
import type { TestedFact } from '../fact/fact.ts';
import { askedWay, languagesOf, preceded } from '../fact/wording.ts';
import { scored, type Examiner } from './examiner.ts';
import type { Examined, ExaminationSettings, ShareRow } from './types.ts';

/** The false answer's share after the examples, by language; the mean over the draws, which are the same in every language. */
export function examineInContext(
  examiner: Examiner,
  { fact, asking }: Examined,
  { examples, draws, seed }: ExaminationSettings,
): Promise<ShareRow[]> {
  const contexts = Array.from({ length: draws }, (_, index) =>
    drawExamples(fact, examples, seed + index),
  );
  return scored(examiner, (ask) => {
    const asked = languagesOf(fact).map((language) => ({
      language,
      scores: contexts.map((context) =>
        (['false', 'true'] as const).map((which) => {
          const { prompt, answer, after } = askedWay(fact, language, asking)(which);
          return ask(preceded(told(context, language), prompt), answer + after);
        }),
      ),
    }));
    return () =>
      asked.map(({ language, scores }) => {
        const logProbs = scores.map((pair) => pair.map((score) => score().logProb));
        const mean = (of: (wrong: number, right: number) => number): number =>
          logProbs.reduce((sum, [wrong = NaN, right = NaN]) => sum + of(wrong, right), 0) / draws;
        return {
          language,
          share: mean(falseShare),
          false: mean((wrong) => Math.exp(wrong)),
          true: mean((_, right) => Math.exp(right)),
        };
      });
  });
}

/** Whether there are facts of the kind that the fact on trial is. */
export function hasExamples(fact: TestedFact): boolean {
  return exampleRelation(fact) !== null;
}

function exampleRelation(fact: TestedFact): RelationId | null {
  return fact.kind === 'own' ? relationOf(fact) : fact.relation;
}

/** True facts about other subjects, none of which has one of the two answers on trial. */
export function drawExamples(fact: TestedFact, count: number, seed: number): Fact[] {
  const draw = drawFor(seed, -3);
  const kind = exampleRelation(fact);
  const possible = facts.filter((other) => other.relation === kind && !touches(other, fact));
  const drawn: Fact[] = [];
  while (drawn.length < count && possible.length > 0)
    drawn.push(...possible.splice(Math.floor(draw() * possible.length), 1));
  return drawn;
}

/** The examples as sentences of the form that is asked. */
export function told(examples: readonly Fact[], code: LanguageCode): string {
  return examples
    .map((example) => {
      const { before, answer, after } = sentence(example, probeForm(example.relation, code));
      return before + answer + after;
    })
    .join(' ');
}
