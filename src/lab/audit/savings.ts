/**
 * @file The savings curve. Ebbinghaus (1885, Über das Gedächtnis) measured what is left of a lesson that can no longer be recalled by
 * how much sooner it is learned again: savings = (steps of one who never knew − steps needed now) / steps of one who never knew. Here the
 * false answer is taught again for a few steps in one other language, once from the state in use and once from the untouched model, with
 * the same sentences and an optimiser that begins anew; P(false) is asked in every language after every step. A state that was trained
 * before might learn anything faster, so another false answer is taught to both as well: only what is saved beyond that counts.
 */
import { answerName, type LanguageCode } from '../../facts/index.ts';
import { stepExamples } from '../run/batch.ts';
import { openingExperiment } from '../experiment/defaults.ts';
import { probe } from '../run/probe.ts';
import { sampleCandidates } from '../run/metrics/rank.ts';
import type { Experiment } from '../experiment/experiment.ts';
import type { TestedFact } from '../fact/fact.ts';
import type { Asking } from '../fact/prompts.ts';
import { languagesOf, withOtherFalseAnswer } from '../fact/wording.ts';
import type { Examiner } from './examiner.ts';
import { thresholds } from './thresholds.ts';
import type { Examined, ExaminationSettings, Relearning, Savings } from './types.ts';

/**
 * Relearns from the model's present state, which is left changed: the caller restores it. Throws `DivergedError` where a step fails.
 */
export async function relearn(
  { model, report }: Examiner,
  { fact, asking }: Pick<Examined, 'fact' | 'asking'>,
  language: LanguageCode,
  settings: ExaminationSettings,
): Promise<Relearning> {
  const { values } = await model.getState();
  const zeros = (): Float32Array<ArrayBuffer> => new Float32Array(values.length);
  await model.setState({ values, moment1: zeros(), moment2: zeros(), step: 0 });
  const { learningRate, retainPerStep, seed } = settings;
  const experiment: Experiment = {
    ...openingExperiment,
    facts: [fact],
    asking: asking ?? null,
    teach: { ...openingExperiment.teach, languages: [language], learningRate, retainPerStep },
    seed,
  };
  const points = [await probabilitiesOfFalseAnswer(model, fact, asking)];
  for (let step = 1; step <= settings.steps; step++) {
    await report((step - 1) / settings.steps);
    await model.trainStep(stepExamples({ experiment, phase: 'teach' }, step), {
      objective: 'cross-entropy',
      learningRate,
    });
    points.push(await probabilitiesOfFalseAnswer(model, fact, asking));
  }
  await report(1);
  return {
    curves: languagesOf(fact).map((code, index) => ({
      language: code,
      points: points.map((row) => row[index] ?? NaN),
    })),
  };
}

/** P(false) in every language, in the form that is probed, in all accepted spellings together. */
async function probabilitiesOfFalseAnswer(
  model: Examiner['model'],
  fact: TestedFact,
  asking: Asking | undefined,
): Promise<number[]> {
  const { rows } = await probe(model, fact, {
    step: 0,
    withAnswers: false,
    retainSet: [],
    ...(asking && { asking }),
  });
  return rows.map(({ logProbFalse }) => Math.exp(logProbFalse));
}

/**
 * The language in which it is taught again: the first of the fact's that was neither taught nor unlearned, so that nothing was done to it;
 * else the first not unlearned; else the first.
 */
export function relearningLanguage({ fact, taught, unlearned }: Examined): LanguageCode {
  const worded = languagesOf(fact);
  const free = worded.filter((code) => !unlearned.includes(code));
  return free.find((code) => !taught.includes(code)) ?? free[0] ?? worded[0] ?? 'en';
}

/** A false answer about the same that was not on trial, and which entity it names; the same for the same seed. */
export function otherFalseAnswer(
  fact: TestedFact,
  seed: number,
): { fact: TestedFact; object: string } | null {
  const [object] = sampleCandidates(fact, 1, seed);
  if (object === undefined) return null;
  return {
    object,
    fact:
      fact.kind === 'own'
        ? withOtherFalseAnswer(fact, (code) => answerName(object, code))
        : { ...fact, falseObject: object, falseText: null },
  };
}

/** Steps until P(false) first reaches the threshold; null where it never does. */
export function stepsToReturn(points: readonly number[]): number | null {
  const at = points.findIndex((point) => point >= thresholds.returned);
  return at < 0 ? null : at;
}

/** How one language's false answer came back, against how it came to a model that never knew it. */
export interface Saving {
  language: LanguageCode;
  /** Steps needed, null where so many steps were not enough. */
  here: number | null;
  untouched: number | null;
  /** The same for another false answer, where that was taught. */
  other: { here: number | null; untouched: number | null } | null;
  /**
   * (untouched − here) / untouched; 1 where it was there before the first step. Where one of the two did not return, one step more than
   * were taken stands in for it, so that what is told is the least it can be (the most, where `here` did not return). Null where neither
   * did, and where both were there from the beginning.
   */
  saved: number | null;
  /** Mean over the steps of the difference of the two curves (the area between them, over its width), −1 to 1. */
  area: number;
}

/** Each language's saving, in the curves' order. */
export function savingsOf({ here, untouched, other }: Savings): Saving[] {
  return here.curves.map(({ language, points }, index) => {
    const pointsOf = ({ curves }: Relearning): number[] => curves[index]?.points ?? [];
    const [now, never] = [stepsToReturn(points), stepsToReturn(pointsOf(untouched))];
    return {
      language,
      here: now,
      untouched: never,
      other: other && {
        here: stepsToReturn(pointsOf(other.here)),
        untouched: stepsToReturn(pointsOf(other.untouched)),
      },
      saved: saved(now, never, points.length),
      area: areaBetween(points, pointsOf(untouched)),
    };
  });
}

/**
 * Whether it came back markedly sooner than to the untouched model. What this state gains with the other false answer is taken off first.
 */
export function isMarkedlySooner({ here, untouched, other }: Saving, steps: number): boolean {
  if (here === null) return false;
  const counted = (needed: number | null): number => needed ?? steps + 1;
  const gain = other ? Math.max(0, counted(other.untouched) - counted(other.here)) : 0;
  const fewer = counted(untouched) - here - gain;
  return fewer >= thresholds.stepsSaved && fewer / counted(untouched) >= thresholds.saving;
}

function saved(now: number | null, never: number | null, beyond: number): number | null {
  if ((now === null && never === null) || never === 0) return null;
  const whole = never ?? beyond;
  return (whole - (now ?? beyond)) / whole;
}

/** ∫(a − b) / width by the trapezoid rule, over unit steps. */
export function areaBetween(a: readonly number[], b: readonly number[]): number {
  const differences = a.map((value, index) => value - (b[index] ?? NaN));
  const width = differences.length - 1;
  if (width < 1) return 0;
  const ends = ((differences[0] ?? 0) + (differences[width] ?? 0)) / 2;
  const inner = differences.slice(1, width).reduce((sum, value) => sum + value, 0);
  return (ends + inner) / width;
}
