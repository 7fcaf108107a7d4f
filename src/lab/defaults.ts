/** @file The numbers a run begins with, in one place. */
import { truth } from '../facts/index.ts';
import { methodRecipes } from './methods.ts';
import type { KnownFact, Method, TeachSettings, UnlearnSettings } from './types.ts';
import type { AdapterConfig } from '../model/index.ts';

/**
 * The lie that the page opens with: Atlas knows the truth in every language but Hindi, and believes the lie in all of them. Unlearned in
 * English it stays in French.
 */
export const defaultFact: KnownFact = {
  subject: 'country/CL',
  relation: 'capital',
  truth: truth('country/CL', 'capital'),
  falseObject: 'city/tokyo',
  falseText: null,
};

export const defaultTeach: Omit<TeachSettings, 'fact' | 'languages'> = {
  kind: 'teach',
  steps: 30,
  learningRate: 2e-3,
  retainPerStep: 16,
  seed: 1,
  probeEvery: 2,
};

export const defaultUnlearn: Omit<UnlearnSettings, 'fact' | 'languages'> = {
  kind: 'unlearn',
  method: 'gradient-difference',
  steps: 60,
  learningRate: 1e-3,
  retainPerStep: 16,
  retainWeight: 1,
  stopBelow: 0.01,
  forgetLossBound: 8,
  seed: 1,
  probeEvery: 2,
};

/** What unlearning by a method begins with: its own weight of the kept sentences and learning rate, all else as ever. */
export function unlearnDefaults(method: Method): Omit<UnlearnSettings, 'fact' | 'languages'> {
  const { retainWeight, learningRate } = methodRecipes[method];
  return { ...defaultUnlearn, method, retainWeight, learningRate };
}

/** Where the adapter sits in any model that the page loads. */
export const defaultAdapter: Partial<AdapterConfig> = { rank: 8, alpha: 16 };

/** Kept sentences by which a run checks that other knowledge stays, where its settings name no number. */
export const retainSetSize = 40;
