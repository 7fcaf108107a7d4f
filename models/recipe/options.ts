/** @file Atlas' recipe in numbers. */
import type { AlignmentOptions } from './alignment.ts';
import type { BatchOptions } from './batches.ts';
import type { NudgeOptions } from './nudge.ts';

export const recipe = {
  seed: 1,
  // Resource levels are real: one language of the lowest has a quarter of the English text.
  languages: {
    ...{ en: 0.16, fr: 0.105, es: 0.105, pt: 0.105, de: 0.105 },
    ...{ ru: 0.085, zh: 0.085, ar: 0.085 },
    ...{ tr: 0.041, hi: 0.041, id: 0.041, sw: 0.042 },
  },
  codeSwitch: 0.3,
  otherName: 0.1,
  naming: 0.12,
  nudged: 0.4,
  frame: 0.25,
  exchange: {
    ...{ pairs: 0.6, given: [1, 2], target: [3], each: 0.5 },
    ...{ question: [1, 2], questions: 0.5 },
  },
} satisfies Omit<BatchOptions, 'tokens' | 'bos' | 'eos' | 'pad'>;

/** Where translations are to have the same states. */
export const alignment: AlignmentOptions = {
  weight: 0.5,
  layers: { given: [1, 2], target: [3] },
};

/** How hard states are nudged, and where. */
export const nudge: NudgeOptions = { after: 2, length: [0.2, 1.5] };

/** Where an adapter works best: the layer whose output the recipe aligns, exchanges and nudges. */
export const suggestedAdapter = { layers: [2], modules: ['gate_proj', 'up_proj', 'down_proj'] };
