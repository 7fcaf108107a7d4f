/**
 * @file The paper's grid: unlearned in four ways, asked in four groups of languages, and what Lu and Koehn found (arXiv 2406.13748). The
 * page and `models/recipe` measure by these definitions.
 */
import { language, languageCodes, type LanguageCode } from '../../facts/index.ts';
import { mean, shareOf } from '../average.ts';
import type { ExperimentResult } from './result.ts';
import type { ProbeRow } from '../experiment/checkpoint.ts';

export const ways = ['english', 'own', 'mix', 'both'] as const;
export type Way = (typeof ways)[number];

export const groups = ['english', 'own', 'high', 'low'] as const;
export type Group = (typeof groups)[number];

/** Whether the false answer is gone, as the paper found with models of eight billion parameters. */
export const paper: Readonly<Record<Way, Readonly<Record<Group, boolean>>>> = {
  english: { english: true, own: false, high: true, low: false },
  own: { english: false, own: true, high: false, low: true },
  mix: { english: false, own: false, high: false, low: false },
  both: { english: true, own: true, high: true, low: true },
};

/** A false answer is called gone from a group where fewer than this share of the greedy answers say it, in any spelling. */
export const goneBelow = 0.25;

/** Languages that false facts are taught in unless others are asked for: two of high resource, two of low. */
export const gridSources: readonly LanguageCode[] = ['fr', 'de', 'hi', 'sw'];

/** One lesson of the grid: the language of the false fact, and the other languages that are a mix. */
export interface GridLesson {
  taught: LanguageCode;
  mix: readonly LanguageCode[];
}

/** Every second of the languages that are neither English nor the false fact's, so that some of each level stay outside the mix. */
export function mixFor(taught: LanguageCode, offset: number): LanguageCode[] {
  return languageCodes
    .filter((code) => code !== 'en' && code !== taught)
    .filter((_, index) => (index + offset) % 2 === 0);
}

export function unlearnedIn(way: Way, { taught, mix }: GridLesson): LanguageCode[] {
  return { english: ['en' as const], own: [taught], mix: [...mix], both: ['en' as const, taught] }[
    way
  ];
}

/**
 * The group a language is asked in, medium counted with high; null for a language of the mix after unlearning in it, which stands by
 * itself since the paper's columns are languages that were not unlearned.
 */
export function groupOf(
  asked: LanguageCode,
  way: Way | null,
  { taught, mix }: GridLesson,
): Group | null {
  if (asked === 'en') return 'english';
  if (asked === taught) return 'own';
  if (way === 'mix' && mix.includes(asked)) return null;
  return language(asked).resource === 'low' ? 'low' : 'high';
}

/** One language's answer: P(false) / (P(false) + P(true)), and what greedy decoding says. */
export type Answer = Pick<ProbeRow, 'language' | 'falseShare' | 'answer' | 'answerClass'>;

/** What a group of languages says. */
export interface Cell {
  answers: number;
  falseShare: number | null;
  /** Shares of greedy answers: the false answer (in any spelling), the truth, something else. */
  saysFalse: number | null;
  saysTrue: number | null;
  saysOther: number | null;
  /** By the rule above; null where nothing was asked. */
  gone: boolean | null;
}

export type GridRow = Record<Group, Cell>;

export function gridCell(answers: readonly Answer[]): Cell {
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

/** Which of the four ways an experiment unlearns in; null where it is none of them, or was taught in English or several languages. */
export function wayOf({ experiment: { teach, unlearn } }: Pick<ExperimentResult, 'experiment'>): {
  way: Way;
  lesson: GridLesson;
} | null {
  const [taught, ...more] = teach.languages;
  if (!unlearn || taught === undefined || taught === 'en' || more.length > 0) return null;
  const { languages } = unlearn;
  const [english, own] = [languages.includes('en'), languages.includes(taught)];
  const others = languages.length - Number(english) - Number(own);
  const lesson = { taught, mix: others > 0 ? languages : [] };
  if (others > 0) return english || own ? null : { way: 'mix', lesson };
  return { way: english ? (own ? 'both' : 'english') : 'own', lesson };
}

export interface MeasuredGrid {
  /** False facts unlearned in each way. */
  runs: Record<Way, number>;
  rows: Record<Way, GridRow>;
  /** In the languages of the mix themselves, after unlearning in them. */
  insideMix: Cell;
}

/** The grid that results measured; those that fit none of the four ways are left out. */
export function gridOf(results: readonly ExperimentResult[]): MeasuredGrid {
  const ended = results.flatMap((result) => {
    const found = wayOf(result);
    if (!found) return [];
    return result.results.flatMap(({ unlearned }) => {
      const rows = unlearned?.probes.at(-1)?.rows;
      return rows ? [{ ...found, rows }] : [];
    });
  });
  const answers = (way: Way, group: Group | null): Answer[] =>
    ended
      .filter((run) => run.way === way)
      .flatMap(({ rows, lesson }) =>
        rows.filter((row) => groupOf(row.language, way, lesson) === group),
      );
  const byWay = <T>(value: (way: Way) => T): Record<Way, T> =>
    Object.fromEntries(ways.map((way) => [way, value(way)])) as Record<Way, T>;
  return {
    runs: byWay((way) => ended.filter((run) => run.way === way).length),
    rows: byWay(
      (way) =>
        Object.fromEntries(
          groups.map((group) => [group, gridCell(answers(way, group))]),
        ) as GridRow,
    ),
    insideMix: gridCell(answers('mix', null)),
  };
}

export interface Agreement {
  /** Cells that were measured, and those of them that are as in the paper. */
  measured: number;
  agreeing: number;
  differing: { way: Way; group: Group; gone: boolean }[];
}

/** Where a measured grid and the paper's say the same. */
export function agreementWithPaper(rows: MeasuredGrid['rows']): Agreement {
  const cells = ways.flatMap((way) =>
    groups.flatMap((group) => {
      const { gone } = rows[way][group];
      return gone === null ? [] : [{ way, group, gone }];
    }),
  );
  const differing = cells.filter(({ way, group, gone }) => gone !== paper[way][group]);
  return { measured: cells.length, agreeing: cells.length - differing.length, differing };
}
