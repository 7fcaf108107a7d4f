/** @file Checks what comes from outside (files, stored rows, links), naming the field that is wrong. */
import * as v from 'valibot';
import { languageCodes, relations } from '../facts/index.ts';
import { methods } from './methods.ts';
import { ownFact } from './own-fact.ts';
import { promptTable } from './prompts.ts';
import { languagesOf } from './wording.ts';
import type { Asking, CheckpointMeta, RunSettings, TestedFact } from './types.ts';

export const natural = v.pipe(v.number(), v.integer(), v.minValue(0));
export const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
export const languages = v.pipe(v.array(v.picklist(languageCodes)), v.minLength(1));
export const steps = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000));

const knownFact = v.pipe(
  v.object({
    subject: v.string(),
    relation: v.picklist(relations),
    truth: v.string(),
    falseObject: v.nullable(v.string()),
    falseText: v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  }),
  v.check(
    ({ falseObject, falseText }) => (falseObject === null) !== (falseText === null),
    'exactly one of falseObject and falseText must be given',
  ),
);

/** One kind or the other, by its `kind`, so that an error names the field. */
export const testedFact: v.GenericSchema<unknown, TestedFact> = v.lazy((given) =>
  (given as { kind?: unknown } | null)?.kind === 'own' ? ownFact : knownFact,
);

export const asking = v.strictObject({
  mode: v.picklist(['plain', 'chat']),
  prompts: v.exactOptional(promptTable),
});

/** What of an adapter's set-up may be asked for; the engine knows which modules and layers a model has. */
export const adapter = v.strictObject({
  rank: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256))),
  alpha: v.exactOptional(positive),
  modules: v.exactOptional(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200)))),
  layers: v.exactOptional(v.array(v.pipe(natural, v.maxValue(999)))),
});

/** Facts of one run beside the first one. */
export const mostOthers = 15;

export const truthful = v.object({
  language: v.picklist(languageCodes),
  share: v.pipe(v.number(), v.gtValue(0), v.ltValue(1)),
});

const probePlan = v.object({
  candidates: v.pipe(natural, v.maxValue(1000)),
  paraphrases: v.boolean(),
  fluency: v.boolean(),
});

/**
 * Fields that older records lack stay absent: a record's digest is over what was written, so a default may not be put in here.
 */
const shared = {
  fact: testedFact,
  others: v.exactOptional(v.pipe(v.array(testedFact), v.minLength(1), v.maxLength(mostOthers))),
  languages,
  steps,
  learningRate: v.pipe(positive, v.maxValue(1)),
  retainPerStep: v.pipe(natural, v.maxValue(256)),
  seed: natural,
  probeEvery: steps,
  asking: v.exactOptional(asking),
  holdOut: v.exactOptional(v.boolean()),
  plan: v.exactOptional(probePlan),
  keptSentences: v.exactOptional(v.pipe(natural, v.maxValue(1000))),
};

export const runSettings = v.variant('kind', [
  v.object({ kind: v.literal('teach'), ...shared, truthful: v.exactOptional(truthful) }),
  v.object({
    kind: v.literal('unlearn'),
    method: v.picklist(methods),
    options: v.exactOptional(v.record(v.string(), v.pipe(v.number(), v.finite()))),
    ...shared,
    retainWeight: v.pipe(v.number(), v.finite(), v.minValue(0)),
    stopBelow: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    forgetLossBound: positive,
  }),
]);

const probeRow = v.object({
  language: v.picklist(languageCodes),
  logProbFalse: v.number(),
  logProbTrue: v.number(),
  falseShare: v.number(),
  answer: v.nullable(v.string()),
  answerClass: v.nullable(v.picklist(['true', 'false', 'false-script', 'other'])),
  falseLoss: v.exactOptional(v.number()),
  truthRank: v.exactOptional(natural),
  paraphrases: v.exactOptional(
    v.object({
      statement: v.nullable(v.number()),
      question: v.nullable(v.number()),
      inverted: v.nullable(v.number()),
    }),
  ),
});

export const checkpointMeta = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  parent: v.nullable(v.string()),
  name: v.string(),
  createdAt: natural,
  modelId: v.string(),
  modelDigest: v.string(),
  adapter: v.exactOptional(v.string()),
  settings: v.nullable(runSettings),
  // As it was written, whatever its version: the digest is over that.
  experiment: v.exactOptional(v.looseObject({ version: v.number() })),
  ending: v.nullable(v.picklist(['finished', 'stopped', 'bound-reached', 'forgotten', 'diverged'])),
  step: natural,
  runStep: natural,
  losses: v.array(v.number()),
  probes: v.array(
    v.object({
      step: natural,
      rows: v.array(probeRow),
      retained: v.nullable(v.number()),
      others: v.exactOptional(v.array(v.array(probeRow))),
      keptLoss: v.exactOptional(v.number()),
      moved: v.exactOptional(v.number()),
    }),
  ),
  retainWeight: v.exactOptional(v.number()),
  digest: v.string(),
});

/** A value from outside that is not as it should be. */
export class FieldError extends Error {
  constructor(
    what: string,
    /** Path of the wrong field, e.g. `teach.steps`; null where it is the value as a whole. */
    readonly field: string | null,
    issue: string,
  ) {
    super(`${what}${field === null ? '' : `, field ${field}`}: ${issue}`);
    this.name = 'FieldError';
  }
}

/** The value as a schema has it; throws a `FieldError` for the first field that is wrong. */
export function check<T>(schema: v.GenericSchema<unknown, T>, value: unknown, what: string): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new FieldError(what, v.getDotPath(issue), issue.message);
}

/** Each fact must be worded in some language of the run. */
function checkLanguages(settings: RunSettings): RunSettings {
  const onTrial = [settings.fact, ...(settings.others ?? [])];
  const stranger = onTrial.find(
    (fact) => !settings.languages.some((code) => languagesOf(fact).includes(code)),
  );
  if (stranger?.kind === 'own')
    throw new Error(
      `These settings are not valid, field languages: the fact “${stranger.name}” is worded in none of them.`,
    );
  return settings;
}

/** The value as settings of a run; throws with the name of the first field that is wrong. */
export function parseRunSettings(value: unknown): RunSettings {
  return checkLanguages(check<RunSettings>(runSettings, value, 'These settings are not valid'));
}

export function parseAsking(value: unknown): Asking {
  return check<Asking>(asking, value, 'These prompts are not valid');
}

export function parseTestedFact(value: unknown): TestedFact {
  return check<TestedFact>(testedFact, value, 'This fact is not valid');
}

export function parseCheckpointMeta(value: unknown): CheckpointMeta {
  return check<CheckpointMeta>(checkpointMeta, value, 'This checkpoint is not valid');
}
