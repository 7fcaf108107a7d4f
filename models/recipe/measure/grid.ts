/**
 * @file The grid: a falsehood is taught, then unlearned in the paper's four ways, and asked in four groups of languages (Lu and Koehn,
 * arXiv 2406.13748).
 */
import { languageCodes, type LanguageCode } from '../../../src/facts/index.ts';
import {
  chooseFalseFacts,
  goneBelow,
  gridCell,
  gridOf,
  gridSources,
  groupBy,
  groupOf,
  groups,
  mean,
  mixFor,
  openingExperiment,
  paper,
  unlearnedIn,
  unlearningBy,
  wayOf,
  ways,
  type Cell,
  type Experiment,
  type ExperimentResult,
  type GridRow,
  type Phase,
  type Way,
} from '../../../src/lab/index.ts';
import type { Measure, Scope } from './measure.ts';
import { fraction, percent, type Table } from './table.ts';

const falseFacts = 20;

export interface GridSummary {
  lessons: number;
  sources: LanguageCode[];
  goneBelow: number;
  /** After teaching, before unlearning. */
  taught: GridRow;
  unlearned: Record<Way, GridRow>;
  /** In the languages of the mix themselves, after unlearning in them. */
  insideMix: Cell;
  /** The same grid for each language of the fake. */
  bySource: Record<string, Record<Way, GridRow>>;
  /** How runs ended, mean steps, and the mean share of the retain set that is still said right. */
  runs: Record<
    Way,
    { endings: Record<string, number>; steps: number | null; retained: number | null }
  >;
}

/** What is said after the lessons, in the groups of languages in which it is asked later. */
function taughtRow(results: readonly ExperimentResult[]): GridRow {
  const answers = results.flatMap((result) => {
    const lesson = wayOf(result)?.lesson;
    const rows = result.results.flatMap(({ taught }) => taught.probes.at(-1)?.rows ?? []);
    return lesson ? rows.map((row) => ({ row, group: groupOf(row.language, null, lesson) })) : [];
  });
  return Object.fromEntries(
    groups.map((name) => [
      name,
      gridCell(answers.filter(({ group }) => group === name).map(({ row }) => row)),
    ]),
  ) as GridRow;
}

function runsOf(phases: readonly Phase[]): GridSummary['runs'][Way] {
  return {
    endings: Object.fromEntries(
      [...groupBy(phases, ({ ending }) => ending)].map(([key, some]) => [key, some.length]),
    ),
    steps: mean(phases.map(({ steps }) => steps)),
    retained: mean(phases.map(({ probes }) => probes.at(-1)?.retained ?? NaN)),
  };
}

export function summariseGrid(results: readonly ExperimentResult[]): GridSummary {
  const by = (way: Way): ExperimentResult[] =>
    results.filter((result) => wayOf(result)?.way === way);
  const bySource = groupBy(results, ({ experiment }) => experiment.teach.languages.join());
  const measured = gridOf(results);
  return {
    // Each lesson is unlearned in all ways.
    lessons: measured.runs.english,
    sources: [...bySource.keys()] as LanguageCode[],
    goneBelow,
    taught: taughtRow(by('english')),
    unlearned: measured.rows,
    insideMix: measured.insideMix,
    bySource: Object.fromEntries([...bySource].map(([code, some]) => [code, gridOf(some).rows])),
    runs: Object.fromEntries(
      ways.map((way) => [
        way,
        runsOf(by(way).flatMap((each) => each.results.flatMap(({ unlearned }) => unlearned ?? []))),
      ]),
    ) as GridSummary['runs'],
  };
}

const wayNames: Readonly<Record<Way, string>> = {
  english: 'English',
  own: 'Language of the fake',
  mix: 'A mix of other languages',
  both: 'English + language of the fake',
};

function word(gone: boolean | null): string {
  return gone === null ? 'not asked' : gone ? 'gone' : 'stays';
}

/** `gone 0.03 · 2 %`. */
function described({ falseShare, saysFalse, gone }: Cell): string {
  return `${word(gone)} ${fraction(falseShare)} · ${percent(saysFalse)}`;
}

function tables(summary: GridSummary): Table[] {
  const columns = ['English', 'Language of the fake', 'Other high-resource', 'Other low-resource'];
  const { insideMix } = summary;
  return [
    {
      name: 'grid',
      title: `The grid: ${summary.lessons} falsehoods taught in ${summary.sources.join(', ')} and unlearned by gradient difference`,
      columns: ['Unlearned in ↓ asked in →', ...columns],
      rows: [
        ['Nothing (as taught)', ...groups.map((group) => described(summary.taught[group]))],
        ...ways.map((way) => [
          wayNames[way],
          ...groups.map((group) => {
            const here = summary.unlearned[way][group];
            const differs = here.gone !== null && here.gone !== paper[way][group];
            return `${described(here)} (paper: ${word(paper[way][group])}${differs ? ', differs' : ''})`;
          }),
        ]),
      ],
      note: `Mean P(false) / (P(false) + P(true)) and share of greedy answers that are the falsehood, in any spelling. Gone: said in fewer than ${percent(summary.goneBelow)}. Medium resource counts as high. A mix is every second other language; its row’s last two columns are languages outside it (in the mix itself: ${described(insideMix)}).`,
    },
    {
      name: 'grid-answers',
      title: 'What is said instead: share of greedy answers that are the truth / something else',
      columns: ['Unlearned in ↓ asked in →', ...columns, 'Steps', 'Retain set still right'],
      rows: ways.map((way) => [
        wayNames[way],
        ...groups.map((group) => {
          const { saysTrue, saysOther } = summary.unlearned[way][group];
          return `${percent(saysTrue)} / ${percent(saysOther)}`;
        }),
        (summary.runs[way].steps ?? NaN).toFixed(1),
        percent(summary.runs[way].retained),
      ]),
      note: `Runs end when the falsehood is gone in the languages unlearned in, at the bound of the forget loss, or after the page’s number of steps: ${ways
        .map(
          (way) =>
            `${wayNames[way]}: ${Object.entries(summary.runs[way].endings)
              .map(([ending, count]) => `${ending} ${count}`)
              .join(', ')}`,
        )
        .join('; ')}.`,
    },
  ];
}

/** Each false fact taught with the page's settings and unlearned in four ways, those with one lesson one after the other. */
export function gridExperiments({ facts = falseFacts, languages }: Scope): Experiment[] {
  const isAll = languages.length === languageCodes.length;
  const taughtIn = languages.filter((code) => (isAll ? gridSources.includes(code) : code !== 'en'));
  return chooseFalseFacts(facts).flatMap((fact, index) =>
    taughtIn.flatMap((taught) =>
      ways.map((way) => ({
        ...openingExperiment,
        facts: [fact],
        teach: { ...openingExperiment.teach, languages: [taught] },
        unlearn: unlearningBy(
          'gradient-difference',
          unlearnedIn(way, { taught, mix: mixFor(taught, index) }),
        ),
        // A run may stop when it is probed.
        probes: { ...openingExperiment.probes, every: 2 },
      })),
    ),
  );
}

export const grid: Measure<GridSummary> = {
  measure: async ({ scope, run }) => summariseGrid(await run(gridExperiments(scope))),
  tables,
};
