/**
 * @file Knowledge and transfer: does greedy decoding say the true answer, to the last token, of facts that were shown in that language, and of
 * those that were told only in others?
 */
import {
  facts,
  language,
  probeForm,
  relations,
  sentence,
  type Fact,
  type LanguageCode,
} from '../../../src/facts/index.ts';
import { groupBy, mean, shareOf } from '../../../src/lab/index.ts';
import type { CausalLM } from 'lethe-lora/engine';
import { isHidden } from '../hidden.ts';
import { scoreByLength, type Measure, type Scope } from './measure.ts';
import { percent, type Table } from './table.ts';

/** A fact asked in one language, and whether it was answered right. */
export interface Answered {
  fact: Fact;
  language: LanguageCode;
  right: boolean;
}

interface Accuracy {
  asked: number;
  share: number | null;
}

export interface AskSummary {
  /** `accuracy[language][relation or 'all']`. */
  accuracy: Record<string, Record<string, Accuracy>>;
  /** Mean over languages other than English, and the lowest of them. */
  otherLanguages: { mean: number | null; lowest: number | null };
  /** The sentences that greedy decoding does not say. */
  wrong: Record<string, string[]>;
}

function said(fact: Fact, code: LanguageCode): { prompt: string; continuation: string } {
  const { before, answer, after } = sentence(fact, probeForm(fact.relation, code));
  return { prompt: before, continuation: answer + after };
}

/**
 * Asks in each language the facts that training hid in it or showed in it, or an even sample of so many: is what greedy decoding says in the
 * page's form exactly the true answer and the sentence's end?
 */
export async function ask(
  model: CausalLM,
  { facts: count, languages }: Scope,
  hidden: boolean,
): Promise<Answered[]> {
  const items = languages.flatMap((code) => {
    const all = facts.filter((fact) => isHidden(fact, code) === hidden);
    const size = Math.min(count ?? all.length, all.length);
    return Array.from({ length: size }, (_, i) => ({
      fact: all[Math.floor((i * all.length) / size)] as Fact,
      language: code,
    }));
  });
  const scores = await scoreByLength(
    model,
    items.map((item) => said(item.fact, item.language)),
  );
  return items.map((item, index) => ({ ...item, right: scores[index]?.isGreedy === true }));
}

export function summariseAnswers(answers: readonly Answered[]): AskSummary {
  const accuracyOf = (chosen: readonly Answered[]): Accuracy => ({
    asked: chosen.length,
    share: shareOf(chosen, ({ right }) => right),
  });
  const byLanguage = groupBy(answers, ({ language }) => language);
  const accuracy = Object.fromEntries(
    [...byLanguage].map(([code, all]) => [
      code,
      {
        all: accuracyOf(all),
        ...Object.fromEntries(
          relations.map((relation) => [
            relation,
            accuracyOf(all.filter(({ fact }) => fact.relation === relation)),
          ]),
        ),
      },
    ]),
  );
  const others = [...byLanguage]
    .filter(([code]) => code !== 'en')
    .map(([, all]) => accuracyOf(all).share ?? NaN);
  return {
    accuracy,
    otherLanguages: { mean: mean(others), lowest: others.length ? Math.min(...others) : null },
    wrong: Object.fromEntries(
      [...byLanguage].map(([code, all]) => [
        code,
        all
          .filter(({ right }) => !right)
          .map(({ fact }) => said(fact, code).prompt + said(fact, code).continuation),
      ]),
    ),
  };
}

/** Language by relation. */
function accuracyTable(
  { accuracy, otherLanguages }: AskSummary,
  about: Pick<Table, 'name' | 'title' | 'note'>,
): Table {
  return {
    ...about,
    columns: ['Language', 'Asked', 'All facts', ...relations.map(capitalised)],
    rows: [
      ...Object.entries(accuracy).map(([code, row]) => [
        language(code as LanguageCode).englishName,
        String(row['all']?.asked ?? 0),
        ...['all', ...relations].map((key) => percent(row[key]?.share ?? null)),
      ]),
      ['Mean without English', '', percent(otherLanguages.mean), ...relations.map(() => '')],
    ],
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const knowledge: Measure<AskSummary> = {
  measure: async ({ model, scope }) => summariseAnswers(await ask(await model(), scope, false)),
  tables: (summary) => [
    accuracyTable(summary, {
      name: 'knowledge',
      title: 'Knowledge: facts that were shown in the language',
      note: 'Share of facts shown in that language of which greedy decoding, in the form the page asks, says exactly the true answer, to the last token.',
    }),
  ],
};

export const transfer: Measure<AskSummary> = {
  measure: async ({ model, scope }) => summariseAnswers(await ask(await model(), scope, true)),
  tables: (summary) => [
    accuracyTable(summary, {
      name: 'transfer',
      title: 'Transfer: facts that were hidden in the language',
      note: 'The same of the facts that training never states in that language (`models/recipe/hidden.ts`: a fifth of all pairs of a fact and a language, none in English).',
    }),
  ],
};
