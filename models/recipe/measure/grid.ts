/**
 * @file The grid: a falsehood is taught, then unlearned in the paper's four ways, and asked in four groups of languages (Lu and Koehn,
 * arXiv 2406.13748).
 */
import { language, languageCodes, type LanguageCode } from '../../../src/facts/index.ts';
import type { RunEnding, KnownFact } from '../../../src/lab/index.ts';
import type { CausalLM } from '../../../src/model/index.ts';
import { groupBy, mean, shareOf } from './average.ts';
import { falsehoods } from './falsehoods.ts';
import { locality, type Locality } from './locality.ts';
import type { Measure } from './measure.ts';
import { fraction, percent, type Table } from './table.ts';
import { answersOf, knownWhenUntouched, teach, unlearn, type Answer } from './teach.ts';

export const ways = ['english', 'own', 'mix', 'both'] as const;
export type Way = (typeof ways)[number];

export const groups = ['english', 'own', 'high', 'low'] as const;
export type Group = (typeof groups)[number];

/** Whether the falsehood is gone, as the paper found with models of eight billion parameters. */
export const paper: Readonly<Record<Way, Readonly<Record<Group, boolean>>>> = {
  english: { english: true, own: false, high: true, low: false },
  own: { english: false, own: true, high: false, low: true },
  mix: { english: false, own: false, high: false, low: false },
  both: { english: true, own: true, high: true, low: true },
};

/** A falsehood is called gone from a group where fewer than this share of the greedy answers say it, in any spelling. */
export const goneBelow = 0.25;

export interface GridTask {
  fact: KnownFact;
  /** The language of the fake. */
  taught: LanguageCode;
  mix: LanguageCode[];
}

interface Unlearned {
  answers: Answer[];
  ending: RunEnding;
  steps: number;
  locality: Locality;
}

export interface GridResult {
  taught: Answer[];
  unlearned: Record<Way, Unlearned>;
}

const falseFacts = 20;
const localFacts = 5;
/** Languages that fakes are taught in unless others are asked for: two of high resource, two of low. */
const sources: readonly LanguageCode[] = ['fr', 'de', 'hi', 'sw'];

/** Every second of the languages that are neither English nor the fake's, so that some of each level stay outside the mix. */
export function mixFor(taught: LanguageCode, offset: number): LanguageCode[] {
  return languageCodes
    .filter((code) => code !== 'en' && code !== taught)
    .filter((_, index) => (index + offset) % 2 === 0);
}

export function unlearnedIn(way: Way, { taught, mix }: Omit<GridTask, 'fact'>): LanguageCode[] {
  return { english: ['en' as const], own: [taught], mix, both: ['en' as const, taught] }[way];
}

/**
 * The group a language is asked in, medium counted with high; null for a language of the mix after unlearning in it, which stands by
 * itself since the paper's columns are languages that were not unlearned.
 */
export function groupOf(
  asked: LanguageCode,
  way: Way | null,
  { taught, mix }: Omit<GridTask, 'fact'>,
): Group | null {
  if (asked === 'en') return 'english';
  if (asked === taught) return 'own';
  if (way === 'mix' && mix.includes(asked)) return null;
  return language(asked).resource === 'low' ? 'low' : 'high';
}

async function perform(model: CausalLM, task: GridTask): Promise<GridResult> {
  const known = await knownWhenUntouched(model, localFacts);
  const { after: taught } = await teach(model, task.fact, task.taught);
  const checkpoint = await model.getState();
  const unlearned: Partial<Record<Way, Unlearned>> = {};
  for (const way of ways) {
    await model.setState(checkpoint);
    const end = await unlearn(model, task.fact, unlearnedIn(way, task), taught);
    unlearned[way] = {
      answers: answersOf(end.after),
      ending: end.ending,
      steps: end.steps,
      locality: await locality(model, known),
    };
  }
  return { taught: answersOf(taught), unlearned: unlearned as Record<Way, Unlearned> };
}

/** What a group of languages says. */
export interface Cell {
  answers: number;
  falseShare: number | null;
  /** Shares of greedy answers: the falsehood (in any spelling), the truth, something else. */
  saysFalse: number | null;
  saysTrue: number | null;
  saysOther: number | null;
  /** By the rule above; null where nothing was asked. */
  gone: boolean | null;
}

type Row = Record<Group, Cell>;

export interface GridSummary {
  lessons: number;
  sources: LanguageCode[];
  goneBelow: number;
  /** After teaching, before unlearning. */
  taught: Row;
  unlearned: Record<Way, Row>;
  /** In the languages of the mix themselves, after unlearning in them. */
  insideMix: Cell;
  /** The same grid for each language of the fake. */
  bySource: Record<string, Record<Way, Row>>;
  /** How runs ended, mean steps, and the share of other facts still right. */
  runs: Record<
    Way,
    { endings: Record<string, number>; steps: number | null; locality: number | null }
  >;
}

function cell(answers: readonly Answer[]): Cell {
  const says = (...classes: Answer['answerClass'][]): number | null =>
    shareOf(answers, ({ answerClass }) => classes.includes(answerClass));
  const falseShare = mean(answers.map((answer) => answer.falseShare));
  const saysFalse = says('false', 'false-script');
  return {
    answers: answers.length,
    falseShare,
    saysFalse,
    saysTrue: says('true'),
    saysOther: says('other'),
    gone: saysFalse === null ? null : saysFalse < goneBelow,
  };
}

interface Lesson {
  task: GridTask;
  result: GridResult;
}

function answersIn(lessons: readonly Lesson[], way: Way | null, group: Group | null): Answer[] {
  return lessons.flatMap(({ task, result }) =>
    (way === null ? result.taught : result.unlearned[way].answers).filter(
      (answer) => groupOf(answer.language, way, task) === group,
    ),
  );
}

function row(lessons: readonly Lesson[], way: Way | null): Row {
  return Object.fromEntries(
    groups.map((group) => [group, cell(answersIn(lessons, way, group))]),
  ) as Row;
}

function rows(lessons: readonly Lesson[]): Record<Way, Row> {
  return Object.fromEntries(ways.map((way) => [way, row(lessons, way)])) as Record<Way, Row>;
}

export function summariseGrid(
  tasks: readonly GridTask[],
  results: readonly GridResult[],
): GridSummary {
  const lessons = tasks.map((task, index) => ({ task, result: results[index] as GridResult }));
  const bySource = groupBy(lessons, ({ task }) => task.taught);
  const runsOf = (way: Way): GridSummary['runs'][Way] => {
    const runs = results.map(({ unlearned }) => unlearned[way]);
    const counts = runs.flatMap((each) => Object.values(each.locality));
    const sum = (key: 'known' | 'kept'): number =>
      counts.reduce((total, count) => total + count[key], 0);
    return {
      endings: Object.fromEntries(
        [...groupBy(runs, ({ ending }) => ending)].map(([key, some]) => [key, some.length]),
      ),
      steps: mean(runs.map(({ steps }) => steps)),
      locality: sum('known') === 0 ? null : sum('kept') / sum('known'),
    };
  };
  return {
    lessons: lessons.length,
    sources: [...bySource.keys()],
    goneBelow,
    taught: row(lessons, null),
    unlearned: rows(lessons),
    insideMix: cell(answersIn(lessons, 'mix', null)),
    bySource: Object.fromEntries([...bySource].map(([code, some]) => [code, rows(some)])),
    runs: Object.fromEntries(ways.map((way) => [way, runsOf(way)])) as GridSummary['runs'],
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
      columns: ['Unlearned in ↓ asked in →', ...columns, 'Steps', 'Other facts still right'],
      rows: ways.map((way) => [
        wayNames[way],
        ...groups.map((group) => {
          const { saysTrue, saysOther } = summary.unlearned[way][group];
          return `${percent(saysTrue)} / ${percent(saysOther)}`;
        }),
        (summary.runs[way].steps ?? NaN).toFixed(1),
        percent(summary.runs[way].locality),
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

export const grid: Measure<GridTask, GridResult, GridSummary> = {
  tasks({ facts = falseFacts, languages }) {
    const isAll = languages.length === languageCodes.length;
    const taughtIn = languages.filter((code) => (isAll ? sources.includes(code) : code !== 'en'));
    return falsehoods(facts).flatMap((fact, index) =>
      taughtIn.map((taught) => ({ fact, taught, mix: mixFor(taught, index) })),
    );
  },
  perform,
  summarise: summariseGrid,
  tables,
};
