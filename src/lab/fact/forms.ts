/** @file Which ways of saying a fact are taught, and which are held out to ask whether it is believed and not only recited. */
import { forms, type Form, type LanguageCode, type RelationId } from '../../facts/index.ts';

/**
 * The last third of the statements and of the questions, at least one. The form that is probed is the first statement and is never
 * among them; inverted forms are not taught at all.
 */
export function isHeldOut({ relation, language, kind, id }: Form): boolean {
  if (kind === 'inverted') return false;
  const all = forms(relation, language, kind);
  const at = all.findIndex((each) => each.id === id);
  return at > 0 && at >= all.length - Math.max(1, Math.floor(all.length / 3));
}

/** Statements and questions whose answer comes after the subject; without those held out, where some are. */
export function taughtForms(relation: RelationId, code: LanguageCode, holdOut: boolean): Form[] {
  return forms(relation, code).filter(
    (form) =>
      form.kind !== 'inverted' && !form.template.startsWith('{A}') && !(holdOut && isHeldOut(form)),
  );
}

export type Paraphrase = 'statement' | 'question' | 'inverted';

/** Wordings asked of each kind: every one of them is two sentences more, in every language, at every probe. */
const mostOfAKind = 3;

/** The first few forms of a kind in which a taught fact is asked again: held-out statements and questions, and inverted ones. */
export function paraphrases(relation: RelationId, code: LanguageCode, kind: Paraphrase): Form[] {
  const all = forms(relation, code, kind);
  return (kind === 'inverted' ? all : all.filter(isHeldOut)).slice(0, mostOfAKind);
}
