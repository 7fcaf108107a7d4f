/** @file Spread: taught a falsehood in one language, does the model say it in the others, and does it keep the rest? */
import { language, type LanguageCode } from '../../../src/facts/index.ts';
import {
  chooseFalseFacts,
  groupBy,
  matrix,
  mean,
  shareOf,
  type Answer,
  type RunEnding,
  type FalseFact,
} from '../../../src/lab/index.ts';
import type { CausalLM } from '../../../src/model/index.ts';
import { locality, type Locality } from './locality.ts';
import type { Measure } from './measure.ts';
import { fraction, percent, type Table } from './table.ts';
import { answersOf, knownWhenUntouched, teach } from './teach.ts';

export interface SpreadTask {
  fact: FalseFact;
  taught: LanguageCode;
}

export interface SpreadResult {
  before: Answer[];
  after: Answer[];
  ending: RunEnding;
  locality: Locality;
}

/** Other facts asked in each language after every lesson. */
const localFacts = 30;
const falseFacts = 40;

/** One answer in one language after one lesson. */
interface Observation {
  lesson: number;
  taught: LanguageCode;
  asked: LanguageCode;
  relation: string;
  /** Of the untouched model, and after the lesson. */
  before: number;
  after: number;
  answerClass: Answer['answerClass'];
}

/** Means over pairs of a language taught and another one asked. */
interface Average {
  pairs: number;
  before: number | null;
  after: number | null;
  /** Share of greedy answers that are the falsehood in the language's own spelling, and in another's. */
  says: number | null;
  saysInOtherSpelling: number | null;
}

export interface SpreadSummary {
  lessons: number;
  /** In the language taught itself: share of lessons after which it says the falsehood. */
  taught: { falseShare: number | null; says: number | null };
  all: Average;
  sameScript: Average;
  acrossScripts: Average;
  byRelation: Record<string, Average>;
  /** Share of lessons after which most other languages say the falsehood. */
  majority: number | null;
  /** `[taught][asked]`: mean share of the falsehood, and how often it is said. */
  falseShare: Record<string, Record<string, number>>;
  says: Record<string, Record<string, number>>;
  /** Share of known facts still answered right, by language asked. */
  locality: Record<string, number | null>;
  endings: Record<string, number>;
}

async function perform(model: CausalLM, { fact, taught }: SpreadTask): Promise<SpreadResult> {
  const known = await knownWhenUntouched(model, localFacts);
  const { before, after, ending } = await teach(model, fact, taught);
  return {
    before: answersOf(before),
    after: answersOf(after),
    ending,
    locality: await locality(model, known),
  };
}

function observe(tasks: readonly SpreadTask[], results: readonly SpreadResult[]): Observation[] {
  return tasks.flatMap(({ fact, taught }, lesson) =>
    (results[lesson]?.after ?? []).map((answer, index) => ({
      lesson,
      taught,
      asked: answer.language,
      relation: fact.relation,
      before: results[lesson]?.before[index]?.falseShare ?? NaN,
      after: answer.falseShare,
      answerClass: answer.answerClass,
    })),
  );
}

const saysIt = ({ answerClass }: Observation): boolean => answerClass === 'false';

function average(pairs: readonly Observation[]): Average {
  return {
    pairs: pairs.length,
    before: mean(pairs.map(({ before }) => before)),
    after: mean(pairs.map(({ after }) => after)),
    says: shareOf(pairs, saysIt),
    saysInOtherSpelling: shareOf(pairs, ({ answerClass }) => answerClass === 'false-script'),
  };
}

export function summariseSpread(
  tasks: readonly SpreadTask[],
  results: readonly SpreadResult[],
): SpreadSummary {
  const observations = observe(tasks, results);
  const own = observations.filter(({ taught, asked }) => taught === asked);
  const pairs = observations.filter(({ taught, asked }) => taught !== asked);
  const shareScript = ({ taught, asked }: Observation): boolean =>
    language(taught).script === language(asked).script;
  const lessons = [...groupBy(pairs, ({ lesson }) => String(lesson)).values()];
  const cells = (value: (item: Observation) => number): Record<string, Record<string, number>> =>
    matrix<Observation, string>(
      observations,
      ({ taught }) => taught,
      ({ asked }) => asked,
      value,
    );
  const counts = groupBy(
    results.flatMap((result) => Object.entries(result.locality)),
    ([code]) => code,
  );
  return {
    lessons: results.length,
    taught: { falseShare: mean(own.map(({ after }) => after)), says: shareOf(own, saysIt) },
    all: average(pairs),
    sameScript: average(pairs.filter(shareScript)),
    acrossScripts: average(pairs.filter((pair) => !shareScript(pair))),
    byRelation: Object.fromEntries(
      [...groupBy(pairs, ({ relation }) => relation)].map(([key, some]) => [key, average(some)]),
    ),
    majority: shareOf(lessons, (lesson) => (shareOf(lesson, saysIt) ?? 0) > 0.5),
    falseShare: cells(({ after }) => after),
    says: cells((item) => (saysIt(item) ? 1 : 0)),
    locality: Object.fromEntries(
      [...counts].map(([code, each]) => {
        const sum = (key: 'known' | 'kept'): number =>
          each.reduce((total, [, count]) => total + count[key], 0);
        return [code, sum('known') === 0 ? null : sum('kept') / sum('known')];
      }),
    ),
    endings: Object.fromEntries(
      [...groupBy(results, ({ ending }) => ending)].map(([key, some]) => [key, some.length]),
    ),
  };
}

function matrixTable(
  cells: Record<string, Record<string, number>>,
  about: Pick<Table, 'name' | 'title' | 'note'>,
): Table {
  const asked = Object.keys(Object.values(cells)[0] ?? {});
  return {
    ...about,
    columns: ['Taught in ↓ asked in →', ...asked],
    rows: Object.entries(cells).map(([taught, row]) => [
      language(taught as LanguageCode).englishName,
      ...asked.map((code) => fraction(row[code] ?? null)),
    ]),
  };
}

function tables(summary: SpreadSummary): Table[] {
  const row = (title: string, each: Average): string[] => [
    title,
    String(each.pairs),
    fraction(each.before),
    fraction(each.after),
    percent(each.says),
    percent(each.saysInOtherSpelling),
  ];
  return [
    {
      name: 'spread',
      title: `Spread: ${summary.lessons} lessons, each with a fresh adapter and the page’s settings`,
      columns: [
        'Other languages',
        'Answers',
        'Before',
        'After',
        'Says the falsehood',
        'In another’s spelling',
      ],
      rows: [
        row('All', summary.all),
        row('That share a script', summary.sameScript),
        row('That share none', summary.acrossScripts),
        ...Object.entries(summary.byRelation).map(([key, each]) => row(`About a ${key}`, each)),
      ],
      note: `Before and after: mean P(false) / (P(false) + P(true)) in the languages that the falsehood was not taught in. The language taught says it itself after ${percent(summary.taught.says)} of the lessons; most other languages say it after ${percent(summary.majority)} of them.`,
    },
    matrixTable(summary.falseShare, {
      name: 'spread-matrix',
      title: 'Spread by language: mean share of the falsehood after the lesson',
      note: 'Mean P(false) / (P(false) + P(true)) after the lesson.',
    }),
    matrixTable(summary.says, {
      name: 'spread-says',
      title: 'Spread by language: share of lessons after which greedy decoding says the falsehood',
      note: 'Share of lessons after which greedy decoding says the falsehood in the language’s own spelling.',
    }),
    {
      name: 'locality',
      title: 'Locality: other facts after a lesson',
      columns: ['Language', 'Still right'],
      rows: Object.entries(summary.locality).map(([code, share]) => [
        language(code as LanguageCode).englishName,
        percent(share),
      ]),
      note: `Share of ${localFacts} other facts a language, which the untouched model answered right, that it still answers right after a lesson.`,
    },
  ];
}

export const spread: Measure<SpreadTask, SpreadResult, SpreadSummary> = {
  // Every second language teaches a falsehood, the others the next one: all of them half of the falsehoods.
  tasks: ({ facts = falseFacts, languages }) =>
    chooseFalseFacts(facts).flatMap((fact, index) =>
      languages.filter((_, place) => (place + index) % 2 === 0).map((taught) => ({ fact, taught })),
    ),
  perform,
  summarise: summariseSpread,
  tables,
};
