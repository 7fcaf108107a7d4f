/** @file Which ways of saying a fact are taught, and which are held out to ask whether it is believed and not only recited. */
import { forms, type Form, type LanguageCode, type RelationId } from '../facts/index.ts';

/** The last third of the statements and the last question; the form that is probed is the first statement and is never among them. */
export function isHeldOut(form: Form): boolean {
  const { relation, language, kind, id } = form;
  const all = forms(relation, language, kind);
  const at = all.findIndex((each) => each.id === id);
  if (kind === 'question') return at === all.length - 1;
  return kind === 'statement' && at > 0 && at >= all.length - Math.floor(all.length / 3);
}

/** Statements and questions whose answer comes after the subject; without those held out, where some are. */
export function taughtForms(relation: RelationId, code: LanguageCode, holdOut: boolean): Form[] {
  return forms(relation, code).filter(
    (form) =>
      form.kind !== 'inverted' && !form.template.startsWith('{A}') && !(holdOut && isHeldOut(form)),
  );
}

export type Paraphrase = 'statement' | 'question' | 'inverted';

/** The forms of a kind in which a taught fact is asked again: held-out statements and questions, and all inverted ones. */
export function paraphrases(relation: RelationId, code: LanguageCode, kind: Paraphrase): Form[] {
  const all = forms(relation, code, kind);
  return kind === 'inverted' ? all : all.filter(isHeldOut);
}
