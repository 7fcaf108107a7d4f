/**
 * @file What each language of the page calls the others: CLDR's names, as `Intl` has them, written into the catalogues when the site is
 * built. In the page the first name takes a laptop 15 ms and a phone 60, before anything can be shown.
 */
import { languageCodes, languages, type LanguageCode } from '../../src/facts/index.ts';
import { locales } from './catalogue.ts';

/** Where CLDR's name does not fit beside the others: Turkish has “Svahili dili” among “Fransızca”, “Arapça”. */
const betterNames: Readonly<Record<string, string>> = { 'tr/sw': 'Svahilice' };

/** The names as a sentence in that locale has them: `French`, `français`. */
export function languageNames(locale: string): Record<LanguageCode, string> {
  const names = new Intl.DisplayNames(locale, { type: 'language' });
  return Object.fromEntries(
    languageCodes.map((code) => [code, betterNames[`${locale}/${code}`] ?? names.of(code) ?? code]),
  ) as Record<LanguageCode, string>;
}

export interface LocaleRow {
  code: string;
  /** Its name in itself. */
  endonym: string;
  direction: 'ltr' | 'rtl';
}

/** The page's languages, those of the model first and in its order. */
export function localeRows(): LocaleRow[] {
  const all = locales();
  const known = languages
    .filter(({ code }) => all.includes(code))
    .map(({ code, endonym, direction }) => ({ code, endonym, direction }));
  const others = all.filter((code) => !known.some((each) => each.code === code));
  return [...known, ...others.map(localeRow)];
}

/** What is known of a language that the model does not have. */
export function localeRow(code: string): LocaleRow {
  const name = new Intl.DisplayNames(code, { type: 'language' }).of(code) ?? code;
  const [first = ''] = name;
  const { script = '' } = new Intl.Locale(code).maximize();
  return {
    code,
    endonym: first.toLocaleUpperCase(code) + name.slice(first.length),
    direction: ['Arab', 'Hebr', 'Syrc', 'Thaa'].includes(script) ? 'rtl' : 'ltr',
  };
}
