/** @file A guided lesson: what is predicted, which runs are made, and what is kept of them. */
import type { LanguageCode } from '../facts/index.ts';
import type { ExperimentRun } from '../lab/index.ts';

export const lessonIds = ['spread', 'order', 'english', 'both', 'cost', 'gone'] as const;
export type LessonId = (typeof lessonIds)[number];

/** How a lesson asks for a prediction. */
export type Question =
  /** In which of these languages will it say the lie? */
  | { kind: 'languages'; among: readonly LanguageCode[] }
  /** A whole number from `min` to `max`. */
  | { kind: 'number'; min: number; max: number }
  /** In which order will these languages come to say the lie? */
  | { kind: 'order'; among: readonly LanguageCode[] };

/** What the learner expects, in the question's form. */
export type Guess =
  | { kind: 'languages'; languages: readonly LanguageCode[] }
  | { kind: 'number'; value: number }
  | { kind: 'order'; languages: readonly LanguageCode[] };

export interface Lesson {
  id: LessonId;
  /** Minutes that a class takes, talk included. */
  minutes: number;
  question: Question;
  /** Runs that lead from the untouched model to where the experiment begins; states that are already there are used again. */
  prepare: readonly ExperimentRun[];
  /** The run that answers the question; made anew each time. */
  run: ExperimentRun;
}

/** One language at the end of the experiment. */
export interface Ending {
  language: LanguageCode;
  /** It says the lie; and did before the experiment. */
  says: boolean;
  saidBefore: boolean;
  /** Probability of the lie. */
  probability: number;
  /** Step of the first measurement at which it said the lie; null where none did. */
  arrivedAt: number | null;
  /** Place in the order of arrival, shared by those that were found by the same measurement. */
  place: number | null;
}

/** What the experiment measured: all that the comparison and the explanation need. */
export interface Outcome {
  /** Id of the checkpoint that the run left in the history. */
  checkpoint: string;
  /** Steps done. */
  steps: number;
  languages: Ending[];
  /** Other facts still said right, of how many, before and after; null where they were not measured. */
  kept: { before: number; after: number; all: number } | null;
  /** Step at which the lie was first said in its own language when it was taught for the first time; null where it never was. */
  firstTaughtAt: number | null;
}

/** Where a learner is in a lesson. */
export interface Progress {
  phase: 'predict' | 'run' | 'compare' | 'explain';
  guess: Guess | null;
  outcome: Outcome | null;
}

export const notBegun: Progress = { phase: 'predict', guess: null, outcome: null };
