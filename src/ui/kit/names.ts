/** @file Languages as the page calls them. */
import type { LanguageCode } from '../../facts/index.ts';
import { languageNames, locale } from '../messages/index.ts';
import { list } from './format.ts';

/** A language as a sentence of the page's language says it: `French`, `français`. */
export function languageName(code: LanguageCode): string {
  return languageNames[code];
}

/** The same where it stands alone, in a table's head or at a sentence's beginning: `Français`. */
export function languageTitle(code: LanguageCode): string {
  return capitalized(languageName(code));
}

/** `French and Hindi`. */
export function languageList(codes: readonly LanguageCode[]): string {
  return list(
    codes.map((code) => languageName(code)),
    locale,
  );
}

export function capitalized(text: string): string {
  const [first = ''] = text;
  return first.toLocaleUpperCase(locale) + text.slice(first.length);
}
