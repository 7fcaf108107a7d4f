/** @file The false facts that are taught: a seeded choice, the same for every model. */
import {
  answerName,
  candidates,
  entity,
  facts,
  languageCodes,
  type Fact,
  type RelationId,
} from '../../facts/index.ts';
import { uniform } from 'lethe-lora/engine';
import { pick } from '../draw.ts';
import type { FalseFact } from './fact.ts';

export const falseFactSeed = 2406;

/** Countries of whose capital the world has no one opinion: no exercise in false answer. */
const disputed: readonly string[] = ['country/IL'];

/** Relations in turn: seven capitals of ten, two currencies, one language. */
const turns: readonly RelationId[] = [
  'capital',
  'capital',
  'currency',
  'capital',
  'capital',
  'language',
  'capital',
  'capital',
  'currency',
  'capital',
];

/** Whether two answers could be taken for each other in some language: one's name is in the other's. */
function isAmbiguous(one: string, other: string): boolean {
  return languageCodes.some((code) => {
    const [a, b] = [one, other].map((id) => [answerName(id, code), entity(id).names[code]]);
    return (a ?? []).some((x) =>
      (b ?? []).some(
        (y) =>
          x.toLowerCase().includes(y.toLowerCase()) || y.toLowerCase().includes(x.toLowerCase()),
      ),
    );
  });
}

/**
 * So many false facts, each of another country; a longer list begins with the shorter one. The false answer answers the same relation
 * of some other country, and its name is in no language part of the truth's or the other way round.
 */
export function chooseFalseFacts(count: number, seed = falseFactSeed): FalseFact[] {
  const draw = uniform(seed);
  const used = new Set<string>();
  return Array.from({ length: count }, (_, i) => {
    const relation = turns[i % turns.length] as RelationId;
    const free = facts.filter(
      (fact) =>
        fact.relation === relation && !used.has(fact.subject) && !disputed.includes(fact.subject),
    );
    if (free.length === 0)
      throw new Error(`There are not enough countries for ${count} false facts.`);
    const { subject, object: truth }: Fact = pick(free, draw);
    used.add(subject);
    const falseObject = pick(
      candidates(relation).filter((id) => !isAmbiguous(id, truth)),
      draw,
    );
    return { subject, relation, truth, falseObject, falseText: null };
  });
}
