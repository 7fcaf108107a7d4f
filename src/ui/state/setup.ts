/** @file Everything a person can set, as one plain record; from it come the fact on trial and the settings of a run. */
import {
  answerName,
  candidates,
  facts,
  languageCodes,
  truth,
  type LanguageCode,
  type RelationId,
} from '../../facts/index.ts';
import {
  defaultFact,
  defaultTeach,
  defaultUnlearn,
  unlearnDefaults,
  type Method,
  type TeachSettings,
  type TestedFact,
  type UnlearnSettings,
} from '../../lab/index.ts';

export interface Setup {
  /** Entity id of the country. */
  subject: string;
  relation: RelationId;
  /** Entity id of the false answer, or null where `falseText` is given. */
  falseObject: string | null;
  falseText: string | null;
  teachIn: LanguageCode;
  teachSteps: number;
  unlearnIn: readonly LanguageCode[];
  method: Method;
  unlearnSteps: number;
  /** Unlearning stops when the forget loss (nats a token) exceeds this. */
  bound: number;
  learningRate: number;
  /** Learning rate of unlearning. */
  unlearnRate: number;
  retainPerStep: number;
  seed: number;
}

/** A numeric setting's range on the screen and in the address. */
export interface Range {
  min: number;
  max: number;
  step: number;
}

export const ranges = {
  teachSteps: { min: 1, max: 200, step: 1 },
  unlearnSteps: { min: 1, max: 200, step: 1 },
  bound: { min: 1, max: 50, step: 0.5 },
  learningRate: { min: 0.00001, max: 1, step: 0.00001 },
  unlearnRate: { min: 0.00001, max: 0.05, step: 0.00001 },
  retainPerStep: { min: 0, max: 32, step: 1 },
  seed: { min: 0, max: 999_999, step: 1 },
} as const satisfies Partial<Record<keyof Setup, Range>>;

export type NumericSetting = keyof typeof ranges;

/** The set-up that the page opens with: a lie that everybody sees through, taught in French. */
export const defaultSetup: Readonly<Setup> = {
  subject: defaultFact.subject,
  relation: defaultFact.relation,
  falseObject: defaultFact.falseObject,
  falseText: defaultFact.falseText,
  teachIn: 'fr',
  teachSteps: defaultTeach.steps,
  unlearnIn: ['en'],
  method: defaultUnlearn.method,
  unlearnSteps: defaultUnlearn.steps,
  bound: defaultUnlearn.forgetLossBound,
  learningRate: defaultTeach.learningRate,
  unlearnRate: defaultUnlearn.learningRate,
  retainPerStep: defaultTeach.retainPerStep,
  seed: defaultTeach.seed,
};

/** Whether a fact is known of this subject. */
export function isKnown(subject: string, relation: RelationId): boolean {
  return facts.some((fact) => fact.subject === subject && fact.relation === relation);
}

/** Relations that have a truth for this subject. */
export function relationsOf(subject: string): RelationId[] {
  return facts.filter((fact) => fact.subject === subject).map((fact) => fact.relation);
}

/** Ids of all subjects, each once. */
export const subjects: readonly string[] = [...new Set(facts.map((fact) => fact.subject))];

/** What may be taught as false: every answer of the relation that no language calls as it calls the true one. */
export function falseCandidates(subject: string, relation: RelationId): string[] {
  const right = truth(subject, relation);
  return candidates(relation).filter((id) =>
    languageCodes.every((code) => answerName(id, code) !== answerName(right, code)),
  );
}

/** Changes the subject, and the relation where the new subject has no such fact, and mends the false answer. */
export function withSubject(setup: Setup, subject: string): Setup {
  const relation = isKnown(subject, setup.relation)
    ? setup.relation
    : (relationsOf(subject)[0] ?? setup.relation);
  return withFittingLie({ ...setup, subject, relation });
}

/** Takes over a question that is known to have an answer, and mends the false answer. */
export function withQuestion(setup: Setup, subject: string, relation: RelationId): Setup {
  return withFittingLie({ ...setup, subject, relation });
}

/** Changes the relation; a false answer of another kind is replaced. */
export function withRelation(setup: Setup, relation: RelationId): Setup {
  return withFittingLie({ ...setup, relation });
}

/** Keeps the false answer where it still is one; else takes a candidate far from the first, the same each time. */
function withFittingLie(setup: Setup): Setup {
  if (setup.falseText !== null) return setup;
  const possible = falseCandidates(setup.subject, setup.relation);
  if (setup.falseObject !== null && possible.includes(setup.falseObject)) return setup;
  return { ...setup, falseObject: possible[Math.floor(possible.length / 2)] ?? null };
}

/** The fact on trial that a set-up describes. */
export function testedFact(setup: Setup): TestedFact {
  return {
    subject: setup.subject,
    relation: setup.relation,
    truth: truth(setup.subject, setup.relation),
    falseObject: setup.falseText === null ? setup.falseObject : null,
    falseText: setup.falseText,
  };
}

/** Takes over the fact of a run that was measured. */
export function withFact(setup: Setup, fact: TestedFact): Setup {
  const { subject, relation, falseObject, falseText } = fact;
  return { ...setup, subject, relation, falseObject, falseText };
}

/** Whether two facts on trial are the same question with the same false answer. */
export function sameFact(a: TestedFact, b: TestedFact): boolean {
  return (
    a.subject === b.subject &&
    a.relation === b.relation &&
    a.falseObject === b.falseObject &&
    a.falseText === b.falseText
  );
}

/** Measured this often, a run of any length moves the board about fifteen times. */
export function probeInterval(steps: number): number {
  return Math.max(1, Math.round(steps / 15));
}

export function teachSettings(setup: Setup): TeachSettings {
  return {
    ...defaultTeach,
    fact: testedFact(setup),
    languages: [setup.teachIn],
    steps: setup.teachSteps,
    learningRate: setup.learningRate,
    retainPerStep: setup.retainPerStep,
    seed: setup.seed,
    probeEvery: probeInterval(setup.teachSteps),
  };
}

export function unlearnSettings(setup: Setup): UnlearnSettings {
  return {
    ...unlearnDefaults(setup.method),
    fact: testedFact(setup),
    languages: [...setup.unlearnIn],
    steps: setup.unlearnSteps,
    learningRate: setup.unlearnRate,
    retainPerStep: setup.retainPerStep,
    forgetLossBound: setup.bound,
    seed: setup.seed,
    probeEvery: probeInterval(setup.unlearnSteps),
  };
}
