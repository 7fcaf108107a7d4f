/** @file What the page begins with. */
import { truth } from '../../facts/index.ts';
import type { AdapterConfig } from 'lethe-lora/engine';
import { experimentVersion, parseExperiment, type Experiment } from './experiment.ts';
import type { FalseFact } from '../fact/fact.ts';

/**
 * The lie that the page opens with: Atlas knows the truth in every language but Hindi, and believes the lie in all of them. Unlearned in
 * English it stays in French.
 */
export const defaultFact: FalseFact = {
  subject: 'country/CL',
  relation: 'capital',
  truth: truth('country/CL', 'capital'),
  falseObject: 'city/tokyo',
  falseText: null,
};

/** The experiment that the page opens with, and that a link says its differences from. */
export const openingExperiment: Experiment = parseExperiment({
  version: experimentVersion,
  facts: [defaultFact],
  teach: { languages: ['fr'], holdOut: false },
  unlearn: { method: 'gradient-difference', languages: ['en'] },
  probes: { every: null, candidates: 0, paraphrases: false, fluency: false },
});

/** Where the adapter sits in any model that the page loads. */
export const defaultAdapter: Partial<AdapterConfig> = { rank: 8, alpha: 16 };
