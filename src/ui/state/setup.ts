/** @file Everything a person can set, as one plain record: an experiment, in the form's words. */
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
  canonicalJson,
  defaultFact,
  defaultTeach,
  defaultUnlearn,
  experimentVersion,
  methodSettings,
  mostOthers,
  teachSettingsOf,
  unlearnDefaults,
  unlearnSettingsOf,
  type Experiment,
  type Method,
  type RunSettings,
  type TeachSettings,
  type KnownFact,
  type OwnFact,
  type TestedFact,
  type TruthfulText,
  type UnlearnSettings,
} from '../../lab/index.ts';

/** A question and its false answer. */
export interface Lie {
  /** Entity id of the country. */
  subject: string;
  relation: RelationId;
  /** Entity id of the false answer, or null where `falseText` is given. */
  falseObject: string | null;
  falseText: string | null;
}

/** An experiment as the form holds it: `experimentOf` and `setupOf` go from one to the other and lose nothing. */
export interface Setup extends Lie {
  /** Facts taught together with it. */
  others: readonly Lie[];
  teachIn: LanguageCode;
  /** Further languages that it is taught in. */
  alsoIn: readonly LanguageCode[];
  truthful: TruthfulText | null;
  teachSteps: number;
  /** Empty: the experiment only teaches, and its method is not kept. */
  unlearnIn: readonly LanguageCode[];
  method: Method;
  /** The method's own settings that are not at their defaults. */
  options: Readonly<Record<string, number>>;
  unlearnSteps: number;
  /** Unlearning stops when the forget loss (nats a token) exceeds this … */
  bound: number;
  /** … or when the falsehood has at most this share. */
  stopBelow: number;
  learningRate: number;
  /** Learning rate of unlearning. */
  unlearnRate: number;
  retainPerStep: number;
  /** The same in unlearning, and the weight of those sentences; null: the method's own. */
  unlearnRetain: number;
  retainWeight: number | null;
  seed: number;
  holdOut: boolean;
  probes: Experiment['probes'];
  /** The model's folder. */
  model: string;
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
  truthfulPercent: { min: 5, max: 95, step: 5 },
  seed: { min: 0, max: 999_999, step: 1 },
} as const satisfies Record<string, Range>;

/** The set-up that the page opens with: a lie that everybody sees through, taught in French. */
export const defaultSetup: Readonly<Setup> = {
  subject: defaultFact.subject,
  relation: defaultFact.relation,
  falseObject: defaultFact.falseObject,
  falseText: defaultFact.falseText,
  others: [],
  teachIn: 'fr',
  alsoIn: [],
  truthful: null,
  teachSteps: defaultTeach.steps,
  unlearnIn: ['en'],
  method: defaultUnlearn.method,
  options: {},
  unlearnSteps: defaultUnlearn.steps,
  bound: defaultUnlearn.forgetLossBound,
  stopBelow: defaultUnlearn.stopBelow,
  learningRate: defaultTeach.learningRate,
  unlearnRate: defaultUnlearn.learningRate,
  retainPerStep: defaultTeach.retainPerStep,
  unlearnRetain: defaultUnlearn.retainPerStep,
  retainWeight: null,
  seed: defaultTeach.seed,
  holdOut: false,
  probes: { every: null, kept: 40, candidates: 0, paraphrases: false, fluency: false },
  model: 'models/atlas/',
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
export function withSubject<T extends Lie>(setup: T, subject: string): T {
  const relation = isKnown(subject, setup.relation)
    ? setup.relation
    : (relationsOf(subject)[0] ?? setup.relation);
  return withFittingLie({ ...setup, subject, relation });
}

/** Takes over a question that is known to have an answer, and mends the false answer. */
export function withQuestion<T extends Lie>(setup: T, subject: string, relation: RelationId): T {
  return withFittingLie({ ...setup, subject, relation });
}

/** Changes the relation; a false answer of another kind is replaced. */
export function withRelation<T extends Lie>(setup: T, relation: RelationId): T {
  return withFittingLie({ ...setup, relation });
}

/** Keeps the false answer where it still is one; else takes a candidate far from the first, the same each time. */
function withFittingLie<T extends Lie>(setup: T): T {
  if (setup.falseText !== null) return setup;
  const possible = falseCandidates(setup.subject, setup.relation);
  if (setup.falseObject !== null && possible.includes(setup.falseObject)) return setup;
  return { ...setup, falseObject: possible[Math.floor(possible.length / 2)] ?? null };
}

/** The fact on trial that a lie is about. */
export function testedFact({ subject, relation, falseObject, falseText }: Lie): KnownFact {
  return {
    subject,
    relation,
    truth: truth(subject, relation),
    falseObject: falseText === null ? falseObject : null,
    falseText,
  };
}

function lieOf({ subject, relation, falseObject, falseText }: Lie): Lie {
  return { subject, relation, falseObject, falseText };
}

/** Takes over the fact of a run that was measured. */
export function withFact(setup: Setup, fact: TestedFact): Setup {
  return fact.kind === 'own' ? setup : { ...setup, ...lieOf(fact) };
}

/** Takes over all facts of a run. */
export function withFacts(
  setup: Setup,
  { fact, others = [] }: Pick<RunSettings, 'fact' | 'others'>,
): Setup {
  const known = others.flatMap((other) => (other.kind === 'own' ? [] : [lieOf(other)]));
  return { ...withFact(setup, fact), others: known };
}

/** Changes the method; the new one begins with its own settings, and with its own learning rate where that was not changed. */
export function withMethod(setup: Setup, method: Method): Setup {
  const [usual, next] = [unlearnDefaults(setup.method), unlearnDefaults(method)];
  const isUsual = setup.unlearnRate === usual.learningRate;
  const unlearnRate = isUsual ? next.learningRate : setup.unlearnRate;
  return { ...setup, method, options: {}, retainWeight: null, unlearnRate };
}

/** Whether two lies are about one question. */
function sameQuestion(a: Lie, b: Lie): boolean {
  return a.subject === b.subject && a.relation === b.relation;
}

/** Adds a fact of the same relation about the first country that is not in it yet; the same set-up where it can hold no more. */
export function withAnotherFact(setup: Setup): Setup {
  const present = [setup, ...setup.others];
  if (present.length > mostOthers) return setup;
  const subject = subjects.find(
    (each) => isKnown(each, setup.relation) && !present.some((lie) => lie.subject === each),
  );
  if (subject === undefined) return setup;
  const { relation } = setup;
  const added = withFittingLie<Lie>({ subject, relation, falseObject: null, falseText: null });
  return { ...setup, others: [...setup.others, added] };
}

/** Whether two facts on trial are the same question with the same false answer. */
export function sameFact(a: TestedFact, b: TestedFact): boolean {
  if (a.kind === 'own' || b.kind === 'own') return canonicalJson(a) === canonicalJson(b);
  return (
    a.subject === b.subject &&
    a.relation === b.relation &&
    a.falseObject === b.falseObject &&
    a.falseText === b.falseText
  );
}

/** What an experiment says beside the form: an own fact in place of the form's, how it is asked, with which adapter. */
export interface Beside {
  own: OwnFact | null;
  asking: Experiment['asking'];
  adapter: Experiment['adapter'];
}

const nothingBeside: Beside = { own: null, asking: null, adapter: null };

/** The experiment that a set-up describes. */
export function experimentOf(setup: Setup, beside: Beside = nothingBeside): Experiment {
  const { own, asking, adapter } = beside;
  const others = own ? [] : setup.others.filter((lie) => !sameQuestion(lie, setup));
  return {
    version: experimentVersion,
    model: setup.model,
    facts: own ? [own] : [setup, ...others].map(testedFact),
    together: others.length > 0,
    adapter,
    asking,
    teach: {
      languages: [setup.teachIn, ...setup.alsoIn.filter((code) => code !== setup.teachIn)],
      steps: setup.teachSteps,
      learningRate: setup.learningRate,
      retainPerStep: setup.retainPerStep,
      holdOut: setup.holdOut,
      truthful: setup.truthful,
    },
    unlearn:
      setup.unlearnIn.length === 0
        ? null
        : {
            method: setup.method,
            options: { ...methodSettings(setup.method), ...setup.options },
            languages: [...setup.unlearnIn],
            steps: setup.unlearnSteps,
            learningRate: setup.unlearnRate,
            retainPerStep: setup.unlearnRetain,
            retainWeight: setup.retainWeight ?? unlearnDefaults(setup.method).retainWeight,
            stopBelow: setup.stopBelow,
            forgetLossBound: setup.bound,
          },
    probes: setup.probes,
    seed: setup.seed,
  };
}

/** The own fact that an experiment is about; null where it is about countries. */
export function ownOf({ facts: given }: Experiment): OwnFact | null {
  const [first] = given;
  return first?.kind === 'own' ? first : null;
}

/**
 * The set-up of an experiment, whose own fact stands beside it (`ownOf`). Null where it teaches several facts each by itself, which is
 * several runs, or an own fact together with others: the page makes one run, and of an own fact by itself. Where it only teaches,
 * unlearning is as it is at first.
 */
export function setupOf(experiment: Experiment): Setup | null {
  const { facts: given, together, teach, unlearn, probes, seed, model } = experiment;
  const known = given.filter((fact) => fact.kind !== 'own');
  const isOwn = known.length === 0;
  if (given.length > 1 && (!together || known.length < given.length)) return null;
  const [first, ...others] = isOwn ? [lieOf(defaultFact)] : known.map(lieOf);
  const [teachIn, ...alsoIn] = teach.languages;
  if (!first || !teachIn) return null;
  const setup: Setup = {
    ...defaultSetup,
    ...first,
    others,
    teachIn,
    alsoIn,
    truthful: teach.truthful,
    teachSteps: teach.steps,
    learningRate: teach.learningRate,
    retainPerStep: teach.retainPerStep,
    holdOut: teach.holdOut,
    unlearnIn: [],
    probes,
    seed,
    model,
  };
  if (!unlearn) return setup;
  const { method, options, retainWeight } = unlearn;
  const usual = methodSettings(method);
  return {
    ...setup,
    method,
    options: Object.fromEntries(
      Object.entries(options).filter(([name, value]) => value !== usual[name]),
    ),
    retainWeight: retainWeight === unlearnDefaults(method).retainWeight ? null : retainWeight,
    unlearnIn: unlearn.languages,
    unlearnSteps: unlearn.steps,
    unlearnRate: unlearn.learningRate,
    unlearnRetain: unlearn.retainPerStep,
    stopBelow: unlearn.stopBelow,
    bound: unlearn.forgetLossBound,
  };
}

export function teachSettings(setup: Setup): TeachSettings {
  const experiment = experimentOf(setup);
  return teachSettingsOf(experiment, experiment.facts);
}

/** Null where no language is chosen. */
export function unlearnSettings(setup: Setup): UnlearnSettings | null {
  const experiment = experimentOf(setup);
  return unlearnSettingsOf(experiment, experiment.facts);
}
