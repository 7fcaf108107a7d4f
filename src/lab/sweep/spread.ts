/** @file The spread matrix from results: taught in one language, what is said in each. */
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import { mean, shareOf } from '../average.ts';
import { canonicalJson } from '../canonical.ts';
import type { ExperimentResult, FactResult, ResultRow } from './result.ts';

/** One false answer, taught in one language and asked in another. */
export interface SpreadRun {
  /** Names the lesson: runs of one lesson asked in several languages have it in common. */
  lesson: string;
  taught: LanguageCode;
  asked: LanguageCode;
  before: ResultRow;
  after: ResultRow;
  result: FactResult;
}

/** Every lesson of the results that was taught in one language, once, in every language that was asked before and after it. */
export function spreadRuns(results: readonly ExperimentResult[]): SpreadRun[] {
  const lessons = new Map<string, SpreadRun[]>();
  for (const { experiment, results: own } of results) {
    const [taught, ...more] = experiment.teach.languages;
    if (taught === undefined || more.length > 0) continue;
    const { teach, probes, seed } = experiment;
    for (const result of own) {
      // Facts that were taught together are one lesson.
      const facts = own.length === 1 ? experiment.facts : [result.fact];
      const lesson = canonicalJson({ facts, teach, probes, seed });
      const [first, last] = [result.taught.probes[0], result.taught.probes.at(-1)];
      if (lessons.has(lesson) || !first || !last) continue;
      lessons.set(
        lesson,
        last.rows.flatMap((after) => {
          const before = first.rows.find(({ language }) => language === after.language);
          return before ? [{ lesson, taught, asked: after.language, before, after, result }] : [];
        }),
      );
    }
  }
  return [...lessons.values()].flat();
}

export interface SpreadCell {
  taught: LanguageCode;
  asked: LanguageCode;
  runs: SpreadRun[];
  /** Mean falseShare before and after the lesson; null where nothing was measured. */
  before: number | null;
  after: number | null;
  /** Share of greedy answers that are the false answer, in any spelling. */
  says: number | null;
}

/** The cells of the matrix in the order of the languages, those taught in some run × those asked in some run. */
export function spreadCells(
  runs: readonly SpreadRun[],
  taughtIn: readonly LanguageCode[] = taughtLanguages(runs),
): SpreadCell[] {
  const askedIn = languageCodes.filter((code) => runs.some(({ asked }) => asked === code));
  const asked = askedIn.length > 0 ? askedIn : languageCodes;
  return taughtIn.flatMap((taught) =>
    asked.map((code): SpreadCell => {
      const own = runs.filter((run) => run.taught === taught && run.asked === code);
      return {
        taught,
        asked: code,
        runs: own,
        before: mean(own.map(({ before }) => before.falseShare)),
        after: mean(own.map(({ after }) => after.falseShare)),
        says: shareOf(own, ({ after }) => (after.answerClass ?? 'other').startsWith('false')),
      };
    }),
  );
}

function taughtLanguages(runs: readonly SpreadRun[]): LanguageCode[] {
  return languageCodes.filter((code) => runs.some(({ taught }) => taught === code));
}
