/** @file What fields of choice offer: languages and relations, as the page calls them. */
import { languageCodes, type LanguageCode, type RelationId } from '../../facts/index.ts';
import { messages } from '../messages/index.ts';
import { relationsOf } from '../address/editing.ts';
import { languageTitle } from '../kit/names.ts';

export interface Option<T extends string> {
  value: T;
  label: string;
}

/** The languages of a list, in the page's order; all of them where none is given. */
export function languageOptions(
  among: readonly LanguageCode[] = languageCodes,
): Option<LanguageCode>[] {
  return languageCodes
    .filter((code) => among.includes(code))
    .map((value) => ({ value, label: languageTitle(value) }));
}

/** The relations that are known of a subject; all of them where none is given. */
export function relationOptions(subject?: string): Option<RelationId>[] {
  const { relations } = messages.teach;
  const known =
    subject === undefined ? (Object.keys(relations) as RelationId[]) : relationsOf(subject);
  return known.map((value) => ({ value, label: relations[value] }));
}
