/** @file Spread: taught a falsehood in one language, does the model say it in the others, and does it keep the rest? */
import { language, type LanguageCode } from '../../../src/facts/index.ts';
import {
  chooseFalseFacts,
  groupBy,
  matrix,
  mean,
  openingExperiment,
  shareOf,
  spreadRuns,
  type Experiment,
  type ExperimentResult,
  type SpreadRun,
} from '../../../src/lab/index.ts';
import type { Measure, Scope } from './measure.ts';
import { fraction, percent, type Table } from './table.ts';

const falseFacts = 40;

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
  /** Mean share of the retain set that is said right before and after a lesson. */
  retained: { before: number | null; after: number | null };
  endings: Record<string, number>;
}

const saysIt = ({ after }: SpreadRun): boolean => after.answerClass === 'false';

function average(pairs: readonly SpreadRun[]): Average {
  return {
    pairs: pairs.length,
    before: mean(pairs.map(({ before }) => before.falseShare)),
    after: mean(pairs.map(({ after }) => after.falseShare)),
    says: shareOf(pairs, saysIt),
    saysInOtherSpelling: shareOf(pairs, ({ after }) => after.answerClass === 'false-script'),
  };
}

export function summariseSpread(results: readonly ExperimentResult[]): SpreadSummary {
  const runs = spreadRuns(results);
  const own = runs.filter(({ taught, asked }) => taught === asked);
  const pairs = runs.filter(({ taught, asked }) => taught !== asked);
  const shareScript = ({ taught, asked }: SpreadRun): boolean =>
    language(taught).script === language(asked).script;
  const relationOf = ({ result: { fact } }: SpreadRun): string =>
    fact.kind === 'own' ? fact.name : fact.relation;
  const cells = (value: (run: SpreadRun) => number): Record<string, Record<string, number>> =>
    matrix<SpreadRun, string>(
      runs,
      ({ taught }) => taught,
      ({ asked }) => asked,
      value,
    );
  const lessons = [...groupBy(pairs, ({ lesson }) => lesson).values()];
  const phases = results.flatMap((each) => each.results.map(({ taught }) => taught));
  const retained = (at: 0 | -1): number | null =>
    mean(phases.map(({ probes }) => probes.at(at)?.retained ?? NaN));
  return {
    lessons: lessons.length,
    taught: {
      falseShare: mean(own.map(({ after }) => after.falseShare)),
      says: shareOf(own, saysIt),
    },
    all: average(pairs),
    sameScript: average(pairs.filter(shareScript)),
    acrossScripts: average(pairs.filter((pair) => !shareScript(pair))),
    byRelation: Object.fromEntries(
      [...groupBy(pairs, relationOf)].map(([key, some]) => [key, average(some)]),
    ),
    majority: shareOf(lessons, (lesson) => (shareOf(lesson, saysIt) ?? 0) > 0.5),
    falseShare: cells(({ after }) => after.falseShare),
    says: cells((run) => (saysIt(run) ? 1 : 0)),
    retained: { before: retained(0), after: retained(-1) },
    endings: Object.fromEntries(
      [...groupBy(phases, ({ ending }) => ending)].map(([key, some]) => [key, some.length]),
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
      note: `Before and after: mean P(false) / (P(false) + P(true)) in the languages that the falsehood was not taught in. The language taught says it itself after ${percent(summary.taught.says)} of the lessons; most other languages say it after ${percent(summary.majority)} of them. Of the retain set ${percent(summary.retained.before)} is said right before a lesson and ${percent(summary.retained.after)} after it.`,
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
  ];
}

/**
 * Each false fact taught to the untouched model with the page's settings. Every second language teaches one, the others the next one: all of
 * them half of the false facts.
 */
export function spreadExperiments({ facts = falseFacts, languages }: Scope): Experiment[] {
  const { teach, probes } = openingExperiment;
  return chooseFalseFacts(facts).flatMap((fact, index) =>
    languages
      .filter((_, place) => (place + index) % 2 === 0)
      .map((taught) => ({
        ...openingExperiment,
        facts: [fact],
        teach: { ...teach, languages: [taught] },
        unlearn: null,
        probes: { ...probes, every: teach.steps },
      })),
  );
}

export const spread: Measure<SpreadSummary> = {
  measure: async ({ scope, run }) => summariseSpread(await run(spreadExperiments(scope))),
  tables,
};
