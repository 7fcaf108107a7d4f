/**
 * @file What each language of the page calls the others: CLDR's names, as `Intl` has them, written into the catalogues when the site is
 * built. In the page the first name takes a laptop 15 ms and a phone 60, before anything can be shown.
 */
import { languageCodes, type LanguageCode } from '../../src/facts/index.ts';

/** Where CLDR's name does not fit beside the others: Turkish has “Svahili dili” among “Fransızca”, “Arapça”. */
const betterNames: Readonly<Record<string, string>> = { 'tr/sw': 'Svahilice' };

/** The names as a sentence in that locale has them: `French`, `français`. */
export function languageNames(locale: string): Record<LanguageCode, string> {
  const names = new Intl.DisplayNames(locale, { type: 'language' });
  return Object.fromEntries(
    languageCodes.map((code) => [code, betterNames[`${locale}/${code}`] ?? names.of(code) ?? code]),
  ) as Record<LanguageCode, string>;
}
