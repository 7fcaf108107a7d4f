/**
 * @file The grid: a falsehood is taught, then unlearned in the paper's four ways, and asked in four groups of languages (Lu and Koehn,
 * arXiv 2406.13748).
 */
import { languageCodes, type LanguageCode } from '../../../src/facts/index.ts';
import {
  chooseFalseFacts,
  goneBelow,
  gridCell,
  gridSources,
  groupBy,
  groupOf,
  groups,
  mean,
  mixFor,
  paper,
  unlearnedIn,
  ways,
  type Answer,
  type Cell,
  type GridLesson,
  type GridRow,
  type Group,
  type RunEnding,
  type FalseFact,
  type Way,
} from '../../../src/lab/index.ts';
import type { CausalLM } from '../../../src/model/index.ts';
import { locality, type Locality } from './locality.ts';
import type { Measure } from './measure.ts';
import { fraction, percent, type Table } from './table.ts';
import { answersOf, knownWhenUntouched, teach, unlearn } from './teach.ts';

export interface GridTask extends GridLesson {
  fact: FalseFact;
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
  /** How runs ended, mean steps, and the share of other facts still right. */
  runs: Record<
    Way,
    { endings: Record<string, number>; steps: number | null; locality: number | null }
  >;
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

function row(lessons: readonly Lesson[], way: Way | null): GridRow {
  return Object.fromEntries(
    groups.map((group) => [group, gridCell(answersIn(lessons, way, group))]),
  ) as GridRow;
}

function rows(lessons: readonly Lesson[]): Record<Way, GridRow> {
  return Object.fromEntries(ways.map((way) => [way, row(lessons, way)])) as Record<Way, GridRow>;
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
    insideMix: gridCell(answersIn(lessons, 'mix', null)),
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
    const taughtIn = languages.filter((code) =>
      isAll ? gridSources.includes(code) : code !== 'en',
    );
    return chooseFalseFacts(facts).flatMap((fact, index) =>
      taughtIn.map((taught) => ({ fact, taught, mix: mixFor(taught, index) })),
    );
  },
  perform,
  summarise: summariseGrid,
  tables,
};
