/** @file An own fact's fields as the editor's text areas hold them: lists are one item a line. */
import type { LanguageCode } from '../../facts/index.ts';
import { emptyWording, type DraftFact, type WordingField } from '../../lab/index.ts';

export function fieldText(fact: DraftFact, code: LanguageCode, field: WordingField): string {
  const value = (fact.wordings[code] ?? emptyWording)[field];
  return typeof value === 'string' ? value : value.join('\n');
}

/** The fact with one field changed; a language of which all is empty is none of its languages. */
export function changedWording(
  fact: DraftFact,
  code: LanguageCode,
  field: WordingField,
  text: string,
): DraftFact {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const value = field === 'question' ? text.replaceAll('\n', ' ') : lines;
  const own = { ...(fact.wordings[code] ?? emptyWording), [field]: value };
  const { [code]: _old, ...others } = fact.wordings;
  const isEmpty = Object.values(own).every((each) => each.length === 0);
  return { name: fact.name, wordings: isEmpty ? others : { ...others, [code]: own } };
}
