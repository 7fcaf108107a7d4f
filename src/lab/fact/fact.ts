/** @file A false fact on trial: about a country, or one that the visitor wrote. */
import * as v from 'valibot';
import { candidates, facts, relations, truth, type RelationId } from '../../facts/index.ts';
import { canonicalJson } from '../canonical.ts';
import { check } from '../check.ts';
import { ownFact, type OwnFact } from './own-fact.ts';

/** A false answer to a question that `src/facts` can ask; its truth need not be told. */
const falseFact = v.pipe(
  v.strictObject({
    /** Absent; an own fact has one. */
    kind: v.exactOptional(v.never()),
    subject: v.picklist(
      facts.map(({ subject }) => subject),
      'no such subject',
    ),
    relation: v.picklist(relations),
    /** Entity id of the true answer. */
    truth: v.exactOptional(v.string()),
    /** Entity id of the false answer, or null where `falseText` is given. */
    falseObject: v.optional(v.nullable(v.string()), null),
    /** The typed false answer, used as it is in every language. */
    falseText: v.optional(v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), null),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    const message = dataset.typed ? problemOf(dataset.value) : null;
    if (message !== null) addIssue({ message });
  }),
  v.transform((given) => ({ ...given, truth: truth(given.subject, given.relation) })),
);

function problemOf({
  subject,
  relation,
  truth: told,
  falseObject,
  falseText,
}: {
  subject: string;
  relation: RelationId;
  truth?: string;
  falseObject: string | null;
  falseText: string | null;
}): string | null {
  const known = facts.find((each) => each.subject === subject && each.relation === relation);
  if (!known) return 'nothing is known of this subject and relation';
  if ((falseObject === null) === (falseText === null))
    return 'exactly one of falseObject and falseText must be given';
  if (falseObject !== null && !candidates(relation).includes(falseObject))
    return 'falseObject answers this relation nowhere';
  if (told !== undefined && told !== known.object)
    return 'truth is not the known one (it may be left out)';
  return falseObject === known.object ? 'falseObject is the truth' : null;
}

export type FalseFact = v.InferOutput<typeof falseFact>;
export type TestedFact = FalseFact | OwnFact;

/** One kind or the other, by its `kind`, so that an error names the field. */
export const testedFact: v.GenericSchema<unknown, TestedFact> = v.lazy((given) =>
  (given as { kind?: unknown } | null)?.kind === 'own' ? ownFact : falseFact,
);

/** Whether two facts on trial are the same question with the same false answer. */
export function sameFact(a: TestedFact, b: TestedFact): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

export function parseTestedFact(value: unknown): TestedFact {
  return check(testedFact, value, 'This fact is not valid');
}
