/**
 * @file What the examinations of “is it really gone?” measure. Each is made on the state in use and, as its control, on the untouched
 * model: what the untouched model does as well is no trace of the false answer.
 */
import type { LanguageCode } from '../../facts/index.ts';
import type { ParaphraseShares, ProbeRow } from '../experiment/checkpoint.ts';
import type { TestedFact } from '../fact/fact.ts';
import type { Asking } from '../fact/prompts.ts';

/** In the order in which they are made. */
export const examinations = [
  'direct',
  'paraphrases',
  'context',
  'choice',
  'lens',
  'depth',
  'rounding',
  'across',
  'savings',
] as const;
export type Examination = (typeof examinations)[number];

/**
 * What may be lacking for an examination. An own fact: sentences that name the lie behind something else, which could be asked in place of
 * paraphrases; an answer that is a country's capital, currency, language or continent, so that there are facts of its kind to tell as
 * examples. A state: that it was unlearned after a lesson whose state is still there.
 */
export const unfit = {
  paraphrases: 'no-sentences',
  context: 'no-examples',
  depth: 'not-unlearned',
} as const;

/** What is examined, and what is known of how the state came about. */
export interface Examined {
  fact: TestedFact;
  /** How the model is asked and taught; in plain sentences where it is absent. */
  asking?: Asking;
  /** Languages in which the false answer was taught, and in which it was unlearned, on the way to the state. */
  taught: LanguageCode[];
  unlearned: LanguageCode[];
}

/** How much is asked. */
export interface ExaminationSettings {
  /** True facts of the relation told before a question, and how many times others are drawn. */
  examples: number;
  draws: number;
  /** Steps of relearning, and how large they are; `null` lets the language be chosen (see `relearningLanguage`). */
  steps: number;
  learningRate: number;
  retainPerStep: number;
  relearnIn: LanguageCode | null;
  /** Other facts by which it is seen whether anything else was lost. */
  kept: number;
  seed: number;
}

/** The same measurement of the state in use and of the untouched model. */
export interface Controlled<T> {
  here: T;
  untouched: T;
}

/** Asked as ever: what is said, and the false answer's share. */
export interface Direct {
  rows: ProbeRow[];
  /** Share of the retain facts that are right. */
  retained: number | null;
}

export interface ParaphraseRow {
  language: LanguageCode;
  shares: ParaphraseShares;
}

/** The false answer's share in one language, and the two probabilities that it compares; means over the draws. */
export interface ShareRow {
  language: LanguageCode;
  share: number;
  false: number;
  true: number;
}

/** Probabilities of the four answers among themselves: the false answer, the truth, and two others. */
export interface ChoiceRow {
  language: LanguageCode;
  /** After the four were listed; the mean over four orders, in which each answer stands once at each place. */
  listed: number[];
  /** Without a list: each answer completes the sentence. */
  completed: number[];
}

export interface Choice {
  rows: ChoiceRow[];
  /** Entity ids of the two other answers. */
  others: string[];
}

/** P(false) of one language after 0, 1, 2 … steps of relearning. */
export interface Curve {
  language: LanguageCode;
  points: number[];
}

export interface Relearning {
  curves: Curve[];
}

/** The false answer taught again. */
export interface Savings extends Controlled<Relearning> {
  /** The one in which it is taught. */
  language: LanguageCode;
  /**
   * Another false answer about the same subject, taught likewise: a state that was trained before might learn anything faster. Null for
   * the untouched model itself.
   */
  other: (Controlled<Relearning> & { object: string }) | null;
}

/** What one layer's hidden state says, by the model's own final norm and head. */
export interface LayerReading {
  /** Probabilities of the token in which false answer and truth first differ. */
  false: number;
  true: number;
}

export interface LensRow {
  language: LanguageCode;
  /** After each layer, the first one first; empty where the two answers have the same tokens. */
  layers: LayerReading[];
}

/** What other states put in after a layer take from the false answer's log-probability, nats a token (see `depth.ts`). */
export interface LayerDrops {
  untouched: number;
  unlearned: number;
}

export interface DepthRow {
  language: LanguageCode;
  /** The first layer first. */
  layers: LayerDrops[];
}

/** By the language of the question (rows) and the one in which the answer is begun (columns), both in the order of `languages`. */
export interface Across {
  languages: LanguageCode[];
  shares: number[][];
  false: number[][];
}

/** By number of bits, in the order of `roundingBits`. */
export interface Rounding {
  rows: { language: LanguageCode; shares: number[]; false: number[] }[];
  /** Share of the retain facts that are right. */
  retained: (number | null)[];
}

/** Everything that was measured so far. An examination that was not made is absent. */
export interface AuditReport extends Examined {
  settings: ExaminationSettings;
  direct?: Controlled<Direct>;
  paraphrases?: Controlled<ParaphraseRow[]>;
  context?: Controlled<ShareRow[]>;
  choice?: Controlled<Choice>;
  lens?: Controlled<LensRow[]>;
  depth?: DepthRow[];
  rounding?: Controlled<Rounding>;
  across?: Controlled<Across>;
  savings?: Savings;
  /** Why an examination cannot be made of this model, in words, or of this fact, as one of `unfit`. */
  impossible: Partial<Record<Examination, string>>;
  /** Somebody stopped it before the end. */
  stopped: boolean;
}

export type AuditEvent =
  /** How far an examination is, 0 to 1. */
  | { type: 'progress'; examination: Examination; fraction: number }
  /** An examination has ended; the report so far. */
  | { type: 'report'; report: AuditReport };
