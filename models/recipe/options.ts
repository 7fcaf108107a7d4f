/** @file Atlas' recipe in numbers. */
import type { AlignmentOptions } from './alignment.ts';
import type { BatchOptions } from './batches.ts';
import type { NudgeOptions } from './nudge.ts';

/** What training reads from one step on. */
export interface Phase extends Omit<BatchOptions, 'tokens' | 'bos' | 'eos' | 'pad'> {
  /** First step of the phase, from 1. */
  from: number;
  /** Weight of the alignment loss. */
  alignment: number;
}

const first: Phase = {
  from: 1,
  seed: 1,
  // Resource levels are real: one language of the lowest has a quarter of the English text.
  languages: {
    ...{ en: 0.16, fr: 0.105, es: 0.105, pt: 0.105, de: 0.105 },
    ...{ ru: 0.085, zh: 0.085, ar: 0.085 },
    ...{ tr: 0.041, hi: 0.041, id: 0.041, sw: 0.042 },
  },
  codeSwitch: 0.3,
  otherName: 0.1,
  otherAnswer: 0.1,
  naming: 0.15,
  nudged: 0,
  frame: 0.25,
  noise: { sentences: 0, replace: 0, drop: 0, add: 0 },
  exchange: {
    ...{ pairs: 0.6, given: [1, 2], target: [1, 2, 3], each: 0.35 },
    ...{ question: [], questions: 0 },
  },
  alignment: 0,
};
const exchange: Phase['exchange'] = {
  ...{ pairs: 0.6, given: [1, 2], target: [3], each: 0.5 },
  ...{ question: [1, 2], questions: 0.5 },
};

/** Towards the end the scripts with the longest way to go get more. */
const levelled: Phase['languages'] = {
  ...{ en: 0.12, fr: 0.095, es: 0.095, pt: 0.095, de: 0.095 },
  ...{ ru: 0.095, zh: 0.095, ar: 0.095 },
  ...{ tr: 0.05, hi: 0.065, id: 0.05, sw: 0.05 },
};
const last: Phase['languages'] = {
  ...{ en: 0.12, fr: 0.085, es: 0.085, pt: 0.085, de: 0.105 },
  ...{ ru: 0.095, zh: 0.095, ar: 0.095 },
  ...{ tr: 0.05, hi: 0.08, id: 0.045, sw: 0.06 },
};

/** The phases in order, as the recipe grew; each says why in the card. */
export const phases: readonly Phase[] = [
  first,
  { ...first, from: 2701, exchange },
  { ...first, from: 3601, exchange, alignment: 0.5 },
  { ...first, from: 4301, exchange, alignment: 0.5, nudged: 0.25 },
  { ...first, from: 4701, exchange, alignment: 0.5, nudged: 0.4, naming: 0.12 },
  {
    ...first,
    ...{ from: 5001, exchange, alignment: 0.5, nudged: 0.3, naming: 0.12, languages: levelled },
  },
  {
    ...first,
    ...{ from: 6001, exchange, alignment: 0.5, nudged: 0.25, naming: 0.1, languages: levelled },
    noise: { sentences: 0.5, replace: 0.15, drop: 0.1, add: 0.1 },
  },
  {
    ...first,
    ...{ from: 7501, exchange, alignment: 0.5, nudged: 0.25, naming: 0.1, languages: last },
    noise: { sentences: 0.35, replace: 0.15, drop: 0.1, add: 0.1 },
    otherAnswer: 0,
  },
];

/** The phase that a step (from 1) belongs to. */
export function phaseAt(step: number): Phase {
  return phases.findLast(({ from }) => from <= step) ?? first;
}

/** The same text without what makes languages share: no exchange, alignment, nudges or code-switching. */
export function plain(phase: Phase): Phase {
  const exchange = { pairs: 0, given: [], target: [], each: 0, question: [], questions: 0 };
  return { ...phase, exchange, alignment: 0, nudged: 0, codeSwitch: 0 };
}

/** What Atlas is trained on in the end. */
export const recipe = phaseAt(Infinity);

/** Layers after which states may be exchanged, in any phase. */
export const exchangedLayers = [
  ...new Set(
    phases.flatMap(({ exchange: { given, target, question } }) => [
      ...given,
      ...target,
      ...question,
    ]),
  ),
];

/** Where translations are to have the same states. */
export const alignment: AlignmentOptions = { layers: { given: [1, 2], target: [3] } };

/** How hard states are nudged, and where. */
export const nudge: NudgeOptions = { after: 2, length: [0.2, 1.5] };

/** Where an adapter works best, by measurement (see the card): what the layers after it share is changed at its root. */
export const suggestedAdapter = { layers: [0], modules: ['gate_proj', 'up_proj', 'down_proj'] };
