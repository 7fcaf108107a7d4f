/**
 * @file An experiment as one JSON value: what is taught, unlearned and asked. The page's form edits it, a run takes it, a checkpoint holds
 * it, a link spells it, a file holds it, and it is a line of `npm run lab`'s input. Each setting stands here once: what is valid, what it is
 * where it is left out, and the range in which a form offers it.
 */
import * as v from 'valibot';
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import type { ModelInfo } from 'lethe-lora/engine';
import { canonicalJson } from '../canonical.ts';
import { check, languages, natural, positive, steps } from '../check.ts';
import { testedFact, type TestedFact } from '../fact/fact.ts';
import { methodRecipes, methods, methodSettings, type Method } from './methods.ts';
import { migrate } from './migrate.ts';
import { asking } from '../fact/prompts.ts';
import { languagesOf } from '../fact/wording.ts';

export const experimentVersion = 5;

/** Facts of one run beside the first. */
export const maxExtraFacts = 15;

/** The numbers that a form offers for a setting; more may be valid. */
export interface Range {
  min: number;
  max: number;
  step: number;
}

function offered(min: number, max: number, step = 1) {
  return v.metadata<number, { range: Range }>({ range: { min, max, step } });
}

const rate = v.pipe(positive, v.maxValue(1));
const perStep = v.optional(v.pipe(natural, v.maxValue(256), offered(0, 32)), 16);

/** True sentences about the same fact, said among the false ones (Lu and Koehn mix English ones in). */
const truthful = v.strictObject({
  language: v.picklist(languageCodes),
  /** Their share of the sentences about a fact, above 0 and below 1. */
  share: v.pipe(v.number(), v.gtValue(0), v.ltValue(1), offered(0.05, 0.95, 0.05)),
});

const teach = v.strictObject({
  /** Languages whose sentences are taught. */
  languages,
  steps: v.optional(v.pipe(steps, offered(1, 200)), 30),
  learningRate: v.optional(v.pipe(rate, offered(0.00001, 1, 0.00001)), 2e-3),
  /** Retain sentences mixed into every step. */
  retainPerStep: perStep,
  /** Keep some wordings out of training, so that they can be asked (see `isHeldOut`). */
  holdOut: v.optional(v.boolean(), true),
  truthful: v.optional(v.nullable(truthful), null),
});

const unlearn = v.pipe(
  v.strictObject({
    method: v.picklist(methods),
    /** The method's own settings (β …); those not given are at their defaults (see `methodSettings`). */
    options: v.optional(v.record(v.string(), v.pipe(v.number(), v.finite())), {}),
    /** Languages in which the false answer's sentences are unlearned. */
    languages,
    steps: v.optional(v.pipe(steps, offered(1, 200)), 60),
    /** The method's own where it is left out, as is the weight of the retain sentences. */
    learningRate: v.exactOptional(v.pipe(rate, offered(0.00001, 0.05, 0.00001))),
    retainPerStep: perStep,
    retainWeight: v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(0))),
    /** Stops by itself when P(false) is at most this in every unlearned language … */
    stopBelow: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.01),
    /** … or, where the method has no bound of its own, when the forget loss (nats a token) exceeds this one in each language. */
    forgetLossBound: v.optional(v.pipe(positive, offered(1, 50, 0.5)), 8),
  }),
  v.forward(
    v.check(
      ({ method, options }) =>
        Object.keys(options).every((name) => Object.hasOwn(methodSettings(method), name)),
      ({ input: { method } }) =>
        `those of ${method} are: ${Object.keys(methodSettings(method)).join(', ') || 'none'}`,
    ),
    ['options'],
  ),
  // What a method begins with is written out, so that a row tells all of it.
  v.transform((given) => ({
    ...given,
    learningRate: given.learningRate ?? methodRecipes[given.method].learningRate,
    retainWeight: given.retainWeight ?? methodRecipes[given.method].retainWeight,
    options: { ...methodSettings(given.method), ...given.options },
  })),
);

/** What of an adapter's set-up may be asked for; the engine knows which modules and layers a model has. */
export const adapter = v.strictObject({
  rank: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256))),
  alpha: v.exactOptional(positive),
  modules: v.exactOptional(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200)))),
  layers: v.exactOptional(v.array(v.pipe(natural, v.maxValue(999)))),
});

/** What is measured at each probe beside the board's numbers, and how often. */
const probes = v.strictObject({
  /** Steps between probes; null: as many as make about fifteen of a run. */
  every: v.optional(v.nullable(steps), 5),
  /** Retain sentences by which the run is checked. */
  kept: v.optional(v.pipe(natural, v.maxValue(1000)), 40),
  /** Other answers among which the truth is ranked; 0: it is not. */
  candidates: v.optional(v.pipe(natural, v.maxValue(1000)), 8),
  /** Ask in other wordings too. */
  paraphrases: v.optional(v.boolean(), true),
  /** Measure the loss of the retain sentences as wholes, for their perplexity. */
  fluency: v.optional(v.boolean(), true),
});

const entries = v.strictObject({
  version: v.literal(experimentVersion),
  /** The model's folder. */
  model: v.optional(v.string(), 'models/atlas/'),
  facts: v.pipe(v.array(testedFact), v.minLength(1)),
  /** All facts are taught to one model; else each to the untouched one by itself. */
  together: v.optional(v.boolean(), false),
  /** What differs from the model's default adapter; null: nothing. */
  adapter: v.optional(v.nullable(adapter), null),
  /** How the model is asked and taught; null: through its chat template where it has one, else in plain sentences. */
  asking: v.optional(v.nullable(asking), null),
  teach,
  unlearn: v.optional(v.nullable(unlearn), null),
  probes: v.optional(probes, {}),
  /** The final state is audited. */
  audit: v.exactOptional(v.boolean()),
  seed: v.optional(v.pipe(natural, offered(0, 999_999)), 1),
});

export const experimentSchema = v.pipe(
  entries,
  v.check(
    ({ together, facts: given }) => !together || given.length <= maxExtraFacts + 1,
    `at most ${maxExtraFacts + 1} facts can be taught together`,
  ),
  v.check(
    ({ together, facts: given }) =>
      !together || new Set(given.map(questionOf)).size === given.length,
    'facts taught together contradict each other: two have the same subject and relation',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { facts: given, ...phases } = dataset.value;
    for (const field of ['teach', 'unlearn'] as const) {
      const phase = phases[field];
      const stranger = given.find((each) => phase && !isWorded(each, phase.languages));
      if (stranger?.kind === 'own')
        addIssue({
          message: `the fact “${stranger.name}” is worded in none of the languages of ${field}`,
        });
    }
  }),
);

export type Experiment = v.InferOutput<typeof experimentSchema>;
export type Teaching = Experiment['teach'];
export type Unlearning = NonNullable<Experiment['unlearn']>;

/** Facts with the same question contradict each other; an own fact's are its wordings. */
export function questionOf(given: TestedFact): string {
  return given.kind === 'own' ? canonicalJson(given) : `${given.subject} ${given.relation}`;
}

function isWorded(given: TestedFact, codes: readonly LanguageCode[]): boolean {
  return codes.some((code) => languagesOf(given).includes(code));
}

/** The value as an experiment of this version, everything left out at its default; throws with the name of the first wrong field. */
export function parseExperiment(value: unknown): Experiment {
  return check(experimentSchema, migrate(value, experimentVersion), 'This experiment is not valid');
}

/** Unlearning by a method, everything else as that method begins. */
export function unlearningBy(method: Method, codes: readonly LanguageCode[]): Unlearning {
  return v.parse(unlearn, { method, languages: codes });
}

/** The experiment with what it leaves to the model written out. Throws where the model cannot be asked as it says. */
export function settled(experiment: Experiment, { chat }: Pick<ModelInfo, 'chat'>): Experiment {
  const asked = experiment.asking ?? { mode: chat ? 'chat' : 'plain' };
  if (asked.mode === 'chat' && !chat)
    throw new Error(
      'This experiment asks in the model’s own conversation, and this model has no chat template: set asking.mode to “plain”.',
    );
  return { ...experiment, asking: asked };
}

/** One experiment for each model that is taught: with all facts where they are taught together, else with one each. */
export function byModel(experiment: Experiment): Experiment[] {
  const { facts, together } = experiment;
  return together ? [experiment] : facts.map((fact) => ({ ...experiment, facts: [fact] }));
}

export type RunPhase = 'teach' | 'unlearn';

/** A run takes one phase of an experiment, on all its facts at once. */
export interface ExperimentRun {
  experiment: Experiment;
  phase: RunPhase;
}

/** The settings of a run's phase. Throws where the experiment only teaches. */
export function phaseOf({ experiment, phase }: ExperimentRun): Teaching | Unlearning {
  const settings = experiment[phase];
  if (!settings) throw new Error('This experiment unlearns nothing.');
  return settings;
}

/** Steps between probes. Measured as seldom as it is by default, a run of any length moves the board about fifteen times. */
export function probeInterval(run: ExperimentRun): number {
  return run.experiment.probes.every ?? Math.max(1, Math.round(phaseOf(run).steps / 15));
}

/** Names what a run does to the state that it begins in: equal keys mean the same steps and the same measurements. */
export function runKey(run: ExperimentRun): string {
  const { facts, asking, teach: lesson, probes: plan, seed } = run.experiment;
  return canonicalJson({
    facts,
    asking: asking ?? { mode: 'plain' },
    [run.phase]: phaseOf(run),
    holdOut: lesson.holdOut,
    probes: { ...plan, every: probeInterval(run) },
    seed,
  });
}
