/** @file A guided lesson: what is predicted, which runs are made, and what is kept of them. */
import type { LanguageCode } from '../facts/index.ts';
import type { ExperimentRun, ProbeRow, RunEnding, Saving } from '../lab/index.ts';

export const lessonIds = ['spread', 'order', 'english', 'both', 'cost', 'gone', 'twin'] as const;
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

export const comparisonIds = [
  'english',
  'untouched',
  'otherHere',
  'otherUntouched',
  'atlas',
] as const;
/**
 * What a lesson's run is compared with: unlearning in English only; the lie taught to the untouched model; another lie taught to the
 * unlearned model, and to the untouched one; the same run on Atlas.
 */
export type ComparisonId = (typeof comparisonIds)[number];

/** Runs made one after the other, the first of them on the untouched model. */
export type Chain = readonly ExperimentRun[];

export interface Lesson {
  id: LessonId;
  /** Minutes that a class takes, talk included. */
  minutes: number;
  question: Question;
  /** Runs that lead from the untouched model to where the experiment begins; states that are already there are used again. */
  prepare: Chain;
  /** What the run is compared with, each the last run of its way; states that are already there are used again. */
  beside: Readonly<Partial<Record<ComparisonId, Chain>>>;
  /** The run that answers the question; made anew each time. */
  run: ExperimentRun;
  /** It is made on Atlas' twin, and what it is compared with on Atlas; else all are made on the model in use. */
  onTwin?: true;
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

/** Other facts still said right, of how many, before and after a run. */
export interface Kept {
  before: number;
  after: number;
  all: number;
}

/** The end of a run that the lesson's is compared with. */
export interface Beside {
  /** Id of the checkpoint that it left in the history. */
  checkpoint: string;
  steps: number;
  says: LanguageCode[];
  /** Languages that said the truth before it. */
  knew: number;
}

/** What the experiment measured: all that the comparison and the explanation need. */
export interface Outcome {
  /** Ids of the checkpoint that the run left in the history, and of the one that it began in. */
  checkpoint: string;
  start: string | null;
  /** Steps done, and how many were planned. */
  steps: number;
  planned: number;
  ending: RunEnding;
  languages: Ending[];
  /** Null where the other facts were not measured. */
  kept: Kept | null;
  /** The same of the run that taught the lie, where one led here. */
  keptInTeaching: Kept | null;
  /** The run that taught the lie on the way here left it said in some language; null where none led here. */
  wasLearned: boolean | null;
  /** The measurement from which on no language said the lie, and the other facts said right then; null where some still do, or none ever did. */
  goneAt: { step: number; kept: number | null } | null;
  /** Languages that said the truth before the run. */
  knew: number;
  beside: Partial<Record<ComparisonId, Beside>>;
  /** How the lie came back, against how it came to the untouched model; null where that was not measured. */
  savings: Saving[] | null;
  /** The last answers of a run that is not in the history of the model in use. */
  rows?: readonly ProbeRow[];
}

/** Where a learner is in a lesson. */
export interface Progress {
  phase: 'predict' | 'run' | 'compare' | 'explain';
  guess: Guess | null;
  outcome: Outcome | null;
}

export const notBegun: Progress = { phase: 'predict', guess: null, outcome: null };
