/** @file What a form does to an experiment: each function gives the experiment after one change. */
import { ownEntry } from '../../own-entry.ts';
import * as v from 'valibot';
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
  experimentSchema,
  languagesOf,
  maxExtraFacts,
  questionOf,
  unlearningBy,
  type Experiment,
  type FalseFact,
  type Method,
  type OwnFact,
  type Range,
  type TestedFact,
  type Unlearning,
} from '../../lab/index.ts';
import { schemaAt, withValue } from './leaves.ts';

/** The numbers that a form offers for a setting, named by its path in the experiment. */
export function rangeOf(path: string): Range {
  const leaf = schemaAt(experimentSchema, path.split('.'))?.schema;
  const { range } = (leaf ? v.getMetadata(leaf as never) : {}) as { range?: Range };
  if (!range) throw new Error(`No form offers ${path}.`);
  return range;
}

type NumbersOf<T, P extends string> = {
  [K in keyof T & string]: T[K] extends number ? `${P}.${K}` : never;
}[keyof T & string];

/** Paths of an experiment's numbers that a form offers by themselves. */
export type NumberPath =
  'seed' | NumbersOf<Experiment['teach'], 'teach'> | NumbersOf<Unlearning, 'unlearn'>;

export function numberAt(experiment: Experiment, path: NumberPath): number {
  return path
    .split('.')
    .reduce<unknown>(
      (part, key) => ownEntry(part as Record<string, unknown>, key),
      experiment,
    ) as number;
}

export function withNumber(experiment: Experiment, path: NumberPath, value: number): Experiment {
  return withValue(experiment, path.split('.'), value) as unknown as Experiment;
}

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

/** Another subject, and another relation where that has no such fact; a false answer that no longer fits is replaced. */
export function withSubject(fact: FalseFact, subject: string): FalseFact {
  const relation = isKnown(subject, fact.relation)
    ? fact.relation
    : (relationsOf(subject)[0] ?? fact.relation);
  return withQuestion(fact, subject, relation);
}

/** Another question that is known to have an answer. The false answer stays where it is one of this; else one far from the first is taken. */
export function withQuestion(fact: FalseFact, subject: string, relation: RelationId): FalseFact {
  const changed = { ...fact, subject, relation, truth: truth(subject, relation) };
  if (fact.falseText !== null) return changed;
  const possible = falseCandidates(subject, relation);
  if (fact.falseObject !== null && possible.includes(fact.falseObject)) return changed;
  return { ...changed, falseObject: possible[Math.floor(possible.length / 2)] ?? null };
}

/** The facts about countries, each question once; the first one counts. */
export function distinct(given: readonly TestedFact[]): TestedFact[] {
  return given.filter(
    (fact, index) => given.findIndex((each) => questionOf(each) === questionOf(fact)) === index,
  );
}

export function withFact(experiment: Experiment, index: number, fact: TestedFact): Experiment {
  return withFacts(experiment, experiment.facts.with(index, fact));
}

export function withFacts(experiment: Experiment, given: readonly TestedFact[]): Experiment {
  return { ...experiment, facts: [...given], together: given.length > 1 };
}

/** Adds a fact of the same relation about the first country that is not in it yet; the same experiment where it can hold no more. */
export function withAnotherFact(experiment: Experiment): Experiment {
  const { facts: present } = experiment;
  const [first] = present;
  if (!first || first.kind === 'own' || present.length > maxExtraFacts) return experiment;
  const { relation } = first;
  const subject = subjects.find(
    (each) =>
      isKnown(each, relation) &&
      !present.some((fact) => fact.kind !== 'own' && fact.subject === each),
  );
  if (subject === undefined) return experiment;
  const added = withQuestion({ ...first, falseObject: null, falseText: null }, subject, relation);
  return withFacts(experiment, [...present, added]);
}

/** An own fact in place of all others; languages in which it is not worded are not chosen any more. */
export function withOwn(experiment: Experiment, own: OwnFact): Experiment {
  const worded = languagesOf(own);
  const [first = 'en'] = worded;
  const among = (codes: readonly LanguageCode[]): LanguageCode[] => {
    const left = codes.filter((code) => worded.includes(code));
    return left.length > 0 ? left : [first];
  };
  const { teach, unlearn } = experiment;
  return {
    ...withFacts(experiment, [own]),
    teach: { ...teach, languages: among(teach.languages) },
    unlearn: unlearn && { ...unlearn, languages: among(unlearn.languages) },
  };
}

export function withTeaching(
  experiment: Experiment,
  changes: Partial<Experiment['teach']>,
): Experiment {
  return { ...experiment, teach: { ...experiment.teach, ...changes } };
}

/** So many retain sentences a step, in teaching and in unlearning. */
export function withRetained(experiment: Experiment, retainPerStep: number): Experiment {
  const { unlearn } = experiment;
  return {
    ...withTeaching(experiment, { retainPerStep }),
    unlearn: unlearn && { ...unlearn, retainPerStep },
  };
}

/** Changes the method; the new one begins with its own settings, and with its own learning rate where that was not changed. */
export function withMethod(unlearning: Unlearning, method: Method): Unlearning {
  const { languages, learningRate } = unlearning;
  const [before, next] = [unlearning.method, method].map((each) => unlearningBy(each, ['en']));
  const { options = {}, retainWeight = 1, learningRate: own = learningRate } = next ?? {};
  return {
    ...unlearning,
    method,
    languages,
    options,
    retainWeight,
    learningRate: learningRate === before?.learningRate ? own : learningRate,
  };
}
