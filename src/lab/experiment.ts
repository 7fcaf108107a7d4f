/**
 * @file An experiment as one JSON value: what is taught, unlearned and asked. The same value is a line of `npm run lab`'s input, what the
 * page's form holds, a link, a stored row and a file; it is checked when it is read, and older versions are brought up to date.
 */
import * as v from 'valibot';
import { candidates, facts, relations, truth, type LanguageCode } from '../facts/index.ts';
import { defaultTeach, defaultUnlearn, unlearnDefaults } from './defaults.ts';
import { migrate } from './migrate.ts';
import { canonicalJson } from './canonical.ts';
import { methods, methodSettings } from './methods.ts';
import { ownFact } from './own-fact.ts';
import {
  adapter,
  asking,
  check,
  languages,
  mostOthers,
  natural,
  positive,
  steps,
  truthful,
} from './schema.ts';
import type {
  Asking,
  KnownFact,
  ProbePlan,
  TeachSettings,
  TestedFact,
  UnlearnSettings,
} from './types.ts';
import { languagesOf } from './wording.ts';

export const experimentVersion = 4;

/** A false fact about a country; its truth need not be told. */
const knownFact = v.pipe(
  v.strictObject({
    subject: v.picklist(
      facts.map(({ subject }) => subject),
      'no such subject',
    ),
    relation: v.picklist(relations),
    truth: v.exactOptional(v.string()),
    falseObject: v.optional(v.nullable(v.string()), null),
    falseText: v.optional(v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), null),
  }),
  v.check(
    ({ falseObject, falseText }) => (falseObject === null) !== (falseText === null),
    'exactly one of falseObject and falseText must be given',
  ),
  v.check(
    ({ falseObject, relation }) =>
      falseObject === null || candidates(relation).includes(falseObject),
    'falseObject answers this relation nowhere',
  ),
  v.check(
    (given) => given.truth === undefined || given.truth === truth(given.subject, given.relation),
    'truth is not the known one (it may be left out)',
  ),
  v.check(
    ({ falseObject, subject, relation }) => falseObject !== truth(subject, relation),
    'falseObject is the truth',
  ),
  v.transform((given): KnownFact => ({ ...given, truth: truth(given.subject, given.relation) })),
);

/** One of those, or with `"kind": "own"` one that a visitor wrote, in the words of a file of facts. */
const fact: v.GenericSchema<unknown, TestedFact> = v.lazy((given) =>
  (given as { kind?: unknown } | null)?.kind === 'own' ? ownFact : knownFact,
);

const common = {
  languages,
  learningRate: v.pipe(positive, v.maxValue(1)),
  retainPerStep: v.pipe(natural, v.maxValue(256)),
};

const teach = v.strictObject({
  languages: common.languages,
  steps: v.optional(steps, defaultTeach.steps),
  learningRate: v.optional(common.learningRate, defaultTeach.learningRate),
  retainPerStep: v.optional(common.retainPerStep, defaultTeach.retainPerStep),
  holdOut: v.optional(v.boolean(), true),
  truthful: v.optional(v.nullable(truthful), null),
});

const unlearn = v.pipe(
  v.strictObject({
    method: v.picklist(methods),
    options: v.optional(v.record(v.string(), v.pipe(v.number(), v.finite())), {}),
    languages: common.languages,
    steps: v.optional(steps, defaultUnlearn.steps),
    learningRate: v.exactOptional(common.learningRate),
    retainPerStep: v.optional(common.retainPerStep, defaultUnlearn.retainPerStep),
    retainWeight: v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(0))),
    stopBelow: v.optional(
      v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
      defaultUnlearn.stopBelow,
    ),
    forgetLossBound: v.optional(positive, defaultUnlearn.forgetLossBound),
  }),
  v.forward(
    v.check(
      ({ method, options }) => Object.keys(options).every((name) => name in methodSettings(method)),
      ({ input: { method } }) =>
        `those of ${method} are: ${Object.keys(methodSettings(method)).join(', ') || 'none'}`,
    ),
    ['options'],
  ),
  // What a method begins with is written out, so that a row tells all of it.
  v.transform((given) => ({
    ...given,
    learningRate: given.learningRate ?? unlearnDefaults(given.method).learningRate,
    retainWeight: given.retainWeight ?? unlearnDefaults(given.method).retainWeight,
    options: { ...methodSettings(given.method), ...given.options },
  })),
);

const value = v.strictObject({
  version: v.literal(experimentVersion),
  /** The model's folder. */
  model: v.optional(v.string(), 'models/atlas/'),
  facts: v.pipe(v.array(fact), v.minLength(1)),
  /** All facts are taught to one model; else each to the untouched one by itself. */
  together: v.optional(v.boolean(), false),
  /** What differs from the adapter that the model is usually given; null: nothing. */
  adapter: v.optional(v.nullable(adapter), null),
  /** How the model is asked and taught; null: through its chat template where it has one, else in plain sentences. */
  asking: v.optional(v.nullable(asking), null),
  teach,
  unlearn: v.optional(v.nullable(unlearn), null),
  probes: v.optional(
    v.strictObject({
      /** Steps between probes; null: as many as make about fifteen of a run. */
      every: v.optional(v.nullable(steps), 5),
      kept: v.optional(v.pipe(natural, v.maxValue(1000)), 40),
      candidates: v.optional(v.pipe(natural, v.maxValue(1000)), 8),
      paraphrases: v.optional(v.boolean(), true),
      fluency: v.optional(v.boolean(), true),
    }),
    {},
  ),
  /** Whether it is really gone is examined at the end. */
  gone: v.exactOptional(v.boolean()),
  seed: v.optional(natural, 1),
});

const experiment = v.pipe(
  value,
  v.check(
    ({ together, facts: given }) => !together || given.length <= mostOthers + 1,
    `at most ${mostOthers + 1} facts can be taught together`,
  ),
  v.check(
    ({ together, facts: given }) =>
      !together || new Set(given.map(questionOf)).size === given.length,
    'facts taught together contradict each other: two have the same subject and relation',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { facts: given, teach: lesson, unlearn: undone } = dataset.value;
    for (const [field, run] of [
      ['teach', lesson],
      ['unlearn', undone],
    ] as const) {
      const stranger = given.find((each) => run && !isWorded(each, run.languages));
      if (stranger?.kind === 'own')
        addIssue({
          message: `the fact “${stranger.name}” is worded in none of the languages of ${field}`,
        });
    }
  }),
);

/** Facts with the same question contradict each other; an own fact's are its wordings. */
function questionOf(given: TestedFact): string {
  return given.kind === 'own' ? canonicalJson(given) : `${given.subject} ${given.relation}`;
}

function isWorded(given: TestedFact, codes: readonly LanguageCode[]): boolean {
  return codes.some((code) => languagesOf(given).includes(code));
}

export type Experiment = v.InferOutput<typeof experiment>;

/** The value as an experiment of this version, everything left out at its default; throws with the name of the first wrong field. */
export function parseExperiment(value: unknown): Experiment {
  return check<Experiment>(
    experiment,
    migrate(value, experimentVersion),
    'This experiment is not valid',
  );
}

/** What runs say where nothing is asked in another way than in plain sentences: nothing. */
function isPlain({ mode, prompts }: Asking): boolean {
  return mode === 'plain' && !prompts;
}

/** Measured this often, a run of any length moves the board about fifteen times. */
export function probeInterval(length: number): number {
  return Math.max(1, Math.round(length / 15));
}

/** The facts of each run: all in one where they are taught together, else one in each. */
export function factGroups({ facts: given, together }: Experiment): TestedFact[][] {
  return together ? [given] : given.map((each) => [each]);
}

function runOptions(
  { probes, seed, asking: manner, teach: { holdOut } }: Experiment,
  [first, ...others]: readonly TestedFact[],
  length: number,
) {
  if (!first) throw new Error('A run needs a fact.');
  const { every, kept, candidates: count, paraphrases, fluency } = probes;
  const plan: ProbePlan = { candidates: count, paraphrases, fluency };
  return {
    fact: first,
    ...(others.length > 0 && { others }),
    ...(manner && !isPlain(manner) && { asking: manner }),
    seed,
    probeEvery: every ?? probeInterval(length),
    keptSentences: kept,
    plan,
    holdOut,
  };
}

export function teachSettingsOf(given: Experiment, about: readonly TestedFact[]): TeachSettings {
  const { truthful: mixed, ...rest } = given.teach;
  return {
    kind: 'teach',
    ...rest,
    ...(mixed && { truthful: mixed }),
    ...runOptions(given, about, rest.steps),
  };
}

/** Null where the experiment only teaches. */
export function unlearnSettingsOf(
  given: Experiment,
  about: readonly TestedFact[],
): UnlearnSettings | null {
  return (
    given.unlearn && {
      kind: 'unlearn',
      ...given.unlearn,
      ...runOptions(given, about, given.unlearn.steps),
    }
  );
}
