/** @file Where the truth stands among the answers that could be given. */
import {
  answerName,
  candidates,
  entity,
  languageCodes,
  relations,
  type RelationId,
} from '../../../facts/index.ts';
import { accepted } from '../../fact/answers.ts';
import { drawFor } from '../../draw.ts';
import { isSameName } from '../../fact/judge.ts';
import type { FalseFact, TestedFact } from '../../fact/fact.ts';
import type { OwnFact } from '../../fact/own-fact.ts';

/**
 * Ids of `count` answers beside the two on trial, drawn without replacement, the same for the same seed. Answers that some language
 * calls as it calls the truth are left out. Beside an own fact stand entities of the kind that one of its answers is, or cities.
 */
export function sampleCandidates(fact: TestedFact, count: number, seed: number): string[] {
  const draw = drawFor(seed, -2);
  const possible = fact.kind === 'own' ? otherEntities(fact) : otherObjects(fact);
  const sample: string[] = [];
  while (sample.length < count && possible.length > 0)
    sample.push(...possible.splice(Math.floor(draw() * possible.length), 1));
  return sample;
}

function otherObjects({ relation, truth, falseObject }: FalseFact): string[] {
  return candidates(relation).filter(
    (id) =>
      id !== falseObject &&
      languageCodes.every((code) => answerName(id, code) !== answerName(truth, code)),
  );
}

/** Whether an entity is called as one of an own fact's answers is, in some language. */
function isAnswerOf(fact: OwnFact, id: string): boolean {
  return languageCodes.some((code) =>
    (['false', 'true'] as const).some((which) =>
      accepted(fact, code, which).some((name) => isSameName(name, entity(id).names[code], code)),
    ),
  );
}

/** The relation that one of an own fact's answers could answer; null where none is known to. */
export function relationOf(fact: OwnFact): RelationId | null {
  return (
    relations.find((relation) => candidates(relation).some((id) => isAnswerOf(fact, id))) ?? null
  );
}

function otherEntities(fact: OwnFact): string[] {
  return candidates(relationOf(fact) ?? 'capital').filter((id) => !isAnswerOf(fact, id));
}

/** 1 where nothing is likelier; equal ones do not push down. */
export function rank(logProb: number, others: readonly number[]): number {
  return 1 + others.filter((other) => other > logProb).length;
}
