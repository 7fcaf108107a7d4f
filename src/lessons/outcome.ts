/** @file From a run's measurements to a lesson's outcome, and how a prediction fares against it. */
import type { LanguageCode } from '../facts/index.ts';
import {
  phaseOf,
  runOf,
  saysFalseAnswer,
  savingsOf,
  type CheckpointMeta,
  type Probe,
  type Savings,
} from '../lab/index.ts';
import { comparisonIds, type ComparisonId, type Guess, type Kept, type Outcome } from './types.ts';

/** Step of the first measurement in which a language says the lie. */
function arrival(probes: readonly Probe[], code: LanguageCode): number | null {
  return probes.find((probe) => sayersAt(probe).includes(code))?.step ?? null;
}

function sayersAt({ rows }: Probe): LanguageCode[] {
  return rows.filter(saysFalseAnswer).map(({ language }) => language);
}

function truthsAt(probe: Probe | undefined): number {
  return probe?.rows.filter(({ answerClass }) => answerClass === 'true').length ?? 0;
}

/**
 * What an experiment's checkpoint measured. `way` are the checkpoints that led to it, the root first, itself the last; `beside` the ends of
 * the runs that it is compared with. Throws where it holds no measurement of before and after.
 */
export function outcomeOf(
  meta: CheckpointMeta,
  way: readonly CheckpointMeta[],
  beside: Readonly<Partial<Record<ComparisonId, CheckpointMeta>>> = {},
): Outcome {
  const [first, last] = [meta.probes[0], meta.probes.at(-1)];
  const run = runOf(meta);
  if (!run || !first || !last) throw new Error('The run measured nothing.');
  const steps = last.rows.map(({ language }) => arrival(meta.probes, language));
  const inOrder = steps.filter((step) => step !== null).sort((a, b) => a - b);
  const teaching = way.find(({ id, phase }) => id !== meta.id && phase === 'teach');
  const taughtProbe = teaching?.probes.at(-1);
  return {
    checkpoint: meta.id,
    start: meta.parent,
    steps: meta.runStep,
    planned: phaseOf(run).steps,
    ending: meta.ending ?? 'finished',
    languages: last.rows.map((row, index) => {
      const arrivedAt = steps[index] ?? null;
      return {
        language: row.language,
        says: saysFalseAnswer(row),
        saidBefore: sayersAt(first).includes(row.language),
        probability: Math.exp(row.logProbFalse),
        arrivedAt,
        place: arrivedAt === null ? null : 1 + inOrder.indexOf(arrivedAt),
      };
    }),
    kept: keptIn(meta),
    keptInTeaching: teaching ? keptIn(teaching) : null,
    wasLearned: taughtProbe ? sayersAt(taughtProbe).length > 0 : null,
    goneAt: goneAt(meta),
    knew: truthsAt(first),
    beside: Object.fromEntries(
      comparisonIds.flatMap((id) => {
        const other = beside[id];
        const end = other?.probes.at(-1);
        return other && end
          ? [
              [
                id,
                {
                  checkpoint: other.id,
                  steps: other.runStep,
                  says: sayersAt(end),
                  knew: truthsAt(other.probes[0]),
                },
              ],
            ]
          : [];
      }),
    ),
    savings: savingsBeside(meta, beside),
  };
}

/** The number behind a share of the kept facts. */
function count({ experiment }: CheckpointMeta, share: number): number {
  return Math.round(share * (experiment?.probes.kept ?? 0));
}

function keptIn(meta: CheckpointMeta): Kept | null {
  const [before, after] = [meta.probes[0]?.retained ?? null, meta.probes.at(-1)?.retained ?? null];
  if (before === null || after === null) return null;
  return { before: count(meta, before), after: count(meta, after), all: count(meta, 1) };
}

function goneAt(meta: CheckpointMeta): Outcome['goneAt'] {
  const lastSaid = meta.probes.findLastIndex((probe) => sayersAt(probe).length > 0);
  const probe = lastSaid < 0 ? undefined : meta.probes[lastSaid + 1];
  if (!probe) return null;
  return { step: probe.step, kept: probe.retained === null ? null : count(meta, probe.retained) };
}

/** The same as the examination “savings” measures, from the runs of a lesson. */
function savingsBeside(
  meta: CheckpointMeta,
  { untouched, otherHere, otherUntouched }: Readonly<Partial<Record<ComparisonId, CheckpointMeta>>>,
): Outcome['savings'] {
  const run = runOf(meta);
  const [language] = run ? phaseOf(run).languages : [];
  if (!untouched || language === undefined) return null;
  const other: Savings['other'] =
    otherHere && otherUntouched
      ? { here: curvesOf(otherHere), untouched: curvesOf(otherUntouched), object: '' }
      : null;
  return savingsOf({ language, here: curvesOf(meta), untouched: curvesOf(untouched), other });
}

/** P(false) of every language at each measurement of a run that is measured after every step. */
function curvesOf({ probes }: CheckpointMeta): Savings['here'] {
  const languages = probes[0]?.rows.map(({ language }) => language) ?? [];
  return {
    curves: languages.map((language, index) => ({
      language,
      points: probes.map(({ rows }) => Math.exp(rows[index]?.logProbFalse ?? NaN)),
    })),
  };
}

/** Languages that say the lie at the end. */
export function sayers({ languages }: Outcome): LanguageCode[] {
  return languages.filter(({ says }) => says).map(({ language }) => language);
}

/** How many of the languages a guess was right about. */
export function rightLanguages(
  guess: Extract<Guess, { kind: 'languages' }>,
  among: readonly LanguageCode[],
  outcome: Outcome,
): number {
  const says = sayers(outcome);
  return among.filter((code) => guess.languages.includes(code) === says.includes(code)).length;
}

/** Pairs of a guessed order that came in that order, of all pairs; a pair that was reached together, or not at all, is tied. */
export function rightPairs(
  guess: Extract<Guess, { kind: 'order' }>,
  outcome: Outcome,
): { right: number; all: number; tied: number } {
  const when = (code: LanguageCode): number =>
    outcome.languages.find(({ language }) => language === code)?.arrivedAt ?? Infinity;
  const pairs = guess.languages.flatMap((earlier, index) =>
    guess.languages.slice(index + 1).map((later) => [when(earlier), when(later)] as const),
  );
  return {
    right: pairs.filter(([earlier, later]) => earlier < later).length,
    all: pairs.length,
    tied: pairs.filter(([earlier, later]) => earlier === later).length,
  };
}
