/** @file What a figure's caption says: sentences chosen by what its own run measured, whatever ought to have come of it. */
import { languages, type LanguageCode } from '../../facts/index.ts';
import {
  gridCell,
  groupOf,
  groups,
  paper,
  saysFalseAnswer,
  type CheckpointMeta,
  type ProbeRow,
  type Way,
} from '../../lab/index.ts';
import { explain, outcomeOf, sayers, type Lesson, type Outcome } from '../../lessons/index.ts';
import { evidenceOf } from '../board/evidence.ts';
import { pushOf } from '../board/finding.ts';
import type { Shown } from './book.svelte.ts';
import { lessonFor, plannedSteps, type FigureId } from './figures.ts';

/** A sentence by its key in the article's captions, and what it names: numbers, or languages. */
export interface Line {
  key: string;
  values: Readonly<Record<string, number | readonly LanguageCode[]>>;
}

/** Of what the lessons say of a run: how it ended matters less here. */
const leftOut = ['early', 'bound', 'full', 'why'];

/** The sentences that hold of what a figure has shown. Those of all figures are `stopped`, `unasked` and `failed`. */
export function captionOf(figure: FigureId, shown: Shown): Line[] {
  if (shown.ending === 'failed') return [line('failed')];
  if (figure === 'ask') return shown.ending === 'stopped' ? [line('unasked')] : asked(shown.rows);
  const end = shown.path.at(-1);
  if (shown.ending === 'stopped' || !end)
    return [line('stopped', { steps: end?.runStep ?? 0, planned: plannedSteps(shown.plan) })];
  if (figure === 'teach') return taught(outcomeOfPath(shown.path));
  if (figure === 'letters') return compared(shown);
  return figure === 'english' ? inEnglish(shown) : inBoth(shown);
}

function line(key: string, values: Line['values'] = {}): Line {
  return { key, values };
}

/** What the last run of a way measured. Throws where the way is empty. */
export function outcomeOfPath(path: readonly CheckpointMeta[], english?: CheckpointMeta): Outcome {
  const end = path.at(-1);
  if (!end) throw new Error('The way has no end.');
  return outcomeOf(end, path, english ? { english } : {});
}

/** What a lesson's rules say of an outcome. */
function told(lesson: Lesson, outcome: Outcome): Line[] {
  return explain(lesson, outcome)
    .filter(({ key }) => !leftOut.includes(key))
    .map(({ key, values }) => line(key, values));
}

function asked(rows: readonly ProbeRow[]): Line[] {
  const codes = (kept: (row: ProbeRow) => boolean): LanguageCode[] =>
    inOrder(rows.filter(kept).map(({ language }) => language));
  const others = codes(({ answerClass }) => answerClass !== 'true');
  const says = codes(saysFalseAnswer);
  const right = rows.length - others.length;
  const values = { right, all: rows.length, others };
  const key = others.length === 0 ? 'allTrue' : right === 0 ? 'noneTrue' : 'someTrue';
  return [line(key, values), ...(says.length > 0 ? [line('lie', { says })] : [])];
}

/** As the board has them: rows may have come in another order. */
function inOrder(codes: readonly LanguageCode[]): LanguageCode[] {
  return languages.map(({ code }) => code).filter((code) => codes.includes(code));
}

function taught(outcome: Outcome): Line[] {
  const spread = lessonFor('spread', null);
  const order = told({ ...spread, id: 'order' }, outcome);
  return [...told(spread, outcome), ...order.filter(({ key }) => key === 'first' || key === 'tie')];
}

/** The French lesson is the one beside, the Chinese one the figure's own. */
function compared({ beside, path }: Shown): Line[] {
  const [french, chinese] = [outcomeOfPath(beside), outcomeOfPath(path)];
  const unlearnt = (
    [
      ['fr', french],
      ['zh', chinese],
    ] as const
  ).flatMap(([code, outcome]) => (sayers(outcome).includes(code) ? [] : [code]));
  if (unlearnt.length > 0) return [line('unlearnt', { languages: unlearnt })];
  const spread = lessonFor('spread', null);
  const values = {
    french: sayers(french).length - 1,
    chinese: sayers(chinese).length - 1,
    all: french.languages.length - 1,
  };
  const key =
    values.french === values.chinese ? 'same' : values.french > values.chinese ? 'more' : 'fewer';
  const borrowed = inOrder(
    [beside, path].flatMap((way) =>
      rowsOf(way)
        .filter(({ answerClass }) => answerClass === 'false-script')
        .map(({ language }) => language),
    ),
  );
  return [
    line(key, values),
    ...told({ ...spread, id: 'order' }, french).filter(
      (each) => each.key === 'script' || each.key === 'mixed',
    ),
    ...(borrowed.length > 0 ? [line('spelling', { languages: borrowed })] : []),
  ];
}

function rowsOf(way: readonly CheckpointMeta[]): readonly ProbeRow[] {
  return way.at(-1)?.probes.at(-1)?.rows ?? [];
}

function inEnglish({ path }: Shown): Line[] {
  const outcome = outcomeOfPath(path);
  const lines = told(lessonFor('english', null), outcome);
  // Where the lie never was, or is not gone, nothing else is to be said of it.
  const isGone = lines.some(({ key }) =>
    ['home', 'homeAndOthers', 'elsewhere', 'nowhere'].includes(key),
  );
  return isGone ? [...lines, ...pushed(path), ...instead(rowsOf(path))] : lines;
}

function pushed(path: readonly CheckpointMeta[]): Line[] {
  const evidence = evidenceOf(path, path.at(-1)?.id);
  const push = evidence && pushOf(rowsOf(path), evidence.data);
  if (!push) return [];
  const { there, home, fell, fellHome } = push;
  return [line('push', { there: [there], home: [home], fell, fellHome })];
}

/** What is said where the lie is not. */
function instead(rows: readonly ProbeRow[]): Line[] {
  const truth = rows.filter(({ answerClass }) => answerClass === 'true').length;
  const other = rows.length - truth - rows.filter(saysFalseAnswer).length;
  if (other > 0) return [line('thirds', { truth, other })];
  return truth > 0 ? [line('truths')] : [];
}

function inBoth({ path, beside }: Shown): Line[] {
  const outcome = outcomeOfPath(path, beside.at(-1));
  const lines = told(lessonFor('both', null), outcome);
  if (lines.some(({ key }) => key === 'nothing')) return lines;
  return [...lines, line('paper', agreement({ english: rowsOf(beside), both: rowsOf(path) }))];
}

/** In how many cells of the grid's rows a run came out as in the paper, by the rule that the grid of research goes by. */
export function agreement(measured: Readonly<Partial<Record<Way, readonly ProbeRow[]>>>): {
  agreeing: number;
  cells: number;
} {
  const lesson = { taught: 'fr', mix: [] } as const;
  const cells = (['english', 'both'] as const).flatMap((way) =>
    groups.flatMap((group) => {
      const rows = measured[way]?.filter(
        ({ language }) => groupOf(language, way, lesson) === group,
      );
      const { gone } = gridCell(rows ?? []);
      return gone === null ? [] : [gone === paper[way][group]];
    }),
  );
  return { agreeing: cells.filter(Boolean).length, cells: cells.length };
}
