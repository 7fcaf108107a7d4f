/** @file Knowledge: does greedy decoding say the true answer, to the last token, of facts that were shown in that language? */
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
import type { CausalLM } from '../../../src/model/index.ts';
import { isHidden } from '../hidden.ts';
import type { Measure, Scope } from './measure.ts';
import { scoreByLength } from './score.ts';
import { percent, type Table } from './table.ts';

/** Facts, by their place in `facts`, asked in one language. */
export interface AskTask {
  language: LanguageCode;
  facts: number[];
}

/** Which of the asked facts were answered right. */
export interface AskResult {
  right: boolean[];
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

/** Whether greedy decoding from the form in which the page asks says exactly the true answer and the sentence's end. */
export async function answersRight(
  model: CausalLM,
  items: readonly { fact: Fact; language: LanguageCode }[],
): Promise<boolean[]> {
  const scores = await scoreByLength(
    model,
    items.map(({ fact, language: code }) => said(fact, code)),
  );
  return scores.map(({ isGreedy }) => isGreedy);
}

/** One task a language: its hidden facts or its shown ones, or an even sample of so many. */
export function askTasks({ facts: count, languages }: Scope, hidden: boolean): AskTask[] {
  return languages
    .map((code) => {
      const all = facts.flatMap((fact, index) => (isHidden(fact, code) === hidden ? [index] : []));
      const size = Math.min(count ?? all.length, all.length);
      const sample = Array.from(
        { length: size },
        (_, i) => all[Math.floor((i * all.length) / size)] as number,
      );
      return { language: code, facts: sample };
    })
    .filter((task) => task.facts.length > 0);
}

export async function ask(model: CausalLM, task: AskTask): Promise<AskResult> {
  const items = task.facts.map((index) => ({
    fact: facts[index] as Fact,
    language: task.language,
  }));
  return { right: await answersRight(model, items) };
}

export function summariseAnswers(
  tasks: readonly AskTask[],
  results: readonly AskResult[],
): AskSummary {
  const answers = tasks.flatMap(({ language: code, facts: asked }, t) =>
    asked.map((index, i) => ({
      code,
      fact: facts[index] as Fact,
      right: results[t]?.right[i] === true,
    })),
  );
  const accuracyOf = (chosen: typeof answers): Accuracy => ({
    asked: chosen.length,
    share: shareOf(chosen, ({ right }) => right),
  });
  const byLanguage = groupBy(answers, ({ code }) => code);
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
export function accuracyTable(
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

export const knowledge: Measure<AskTask, AskResult, AskSummary> = {
  tasks: (scope) => askTasks(scope, false),
  perform: ask,
  summarise: summariseAnswers,
  tables: (summary) => [
    accuracyTable(summary, {
      name: 'knowledge',
      title: 'Knowledge: facts that were shown in the language',
      note: 'Share of facts shown in that language of which greedy decoding, in the form the page asks, says exactly the true answer, to the last token.',
    }),
  ],
};
