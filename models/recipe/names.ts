/** @file Where names come from, and how they are cleaned: Unicode CLDR, `world-countries` and the tables in `supplied/`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { languageCodes, type LanguageCode } from '../../src/facts/types.ts';

export const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const packages = here('../../node_modules/');
const json = (path: string): never => JSON.parse(readFileSync(packages + path, 'utf8')) as never;

export const codes = languageCodes;

/** How a country is called, in brief and in full. */
export interface Called {
  common: string;
  official: string;
}

export interface Country {
  cca2: string;
  name: Called;
  /** By ISO 639-3. */
  translations: Readonly<Record<string, Called | undefined>>;
  unMember: boolean;
  capital: string[];
  region: string;
  subregion: string;
  currencies: Record<string, unknown>;
}

export type Names = Record<LanguageCode, string>;
type Table = Readonly<Record<string, string | undefined>>;

/** The rows of a table. */
export function tsv(path: string): string[][] {
  return readFileSync(here(path), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
}

export const byCode = <T>(make: (code: LanguageCode) => T): Record<LanguageCode, T> =>
  Object.fromEntries(codes.map((code) => [code, make(code)])) as Record<LanguageCode, T>;

/** What CLDR says in each language. */
export const locale = byCode((code) => {
  const names = (
    file: string,
  ): { main: Record<string, { localeDisplayNames: Record<string, Table> }> } =>
    json(`cldr-localenames-full/main/${code}/${file}.json`);
  const zones: { main: Record<string, { dates: { timeZoneNames: { zone: unknown } } }> } = json(
    `cldr-dates-full/main/${code}/timeZoneNames.json`,
  );
  const money: {
    main: Record<string, { numbers: { currencies: Record<string, Table | undefined> } }>;
  } = json(`cldr-numbers-full/main/${code}/currencies.json`);
  return {
    territories: names('territories').main[code]?.localeDisplayNames['territories'] ?? {},
    languages: names('languages').main[code]?.localeDisplayNames['languages'] ?? {},
    currencies: money.main[code]?.numbers.currencies ?? {},
    cities: citiesOf(zones.main[code]?.dates.timeZoneNames.zone),
  };
});

/** Exemplar cities of the time zones, by the zone's last component. */
function citiesOf(zone: unknown, into = new Map<string, string>(), key = ''): Map<string, string> {
  if (typeof zone !== 'object' || zone === null) return into;
  const { exemplarCity } = zone as { exemplarCity?: string };
  if (exemplarCity) into.set(plain(key), exemplarCity);
  for (const [name, inner] of Object.entries(zone)) citiesOf(inner, into, name);
  return into;
}

/** Small unaccented letters only. */
export function plain(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z]/g, '');
}

/** Zones by their exemplar city's English name. */
const zoneOf = new Map([...locale.en.cities].map(([zone, city]) => [plain(city), zone]));

/** CLDR's name of a city that a time zone is named after. */
export function cityName(code: LanguageCode, english: string): string | undefined {
  const key = plain(english);
  return locale[code].cities.get(zoneOf.get(key) ?? key);
}

/** CLDR's name of a currency, as it stands within a sentence. */
export function currencyName(code: LanguageCode, currency: string): string | undefined {
  const names = locale[code].currencies[currency];
  if (code === 'en') return names?.['displayName-count-one'];
  const name = names?.['displayName'];
  // CLDR begins these with a capital; sentences do not.
  return name && (code === 'pt' || code === 'id')
    ? name.charAt(0).toLowerCase() + name.slice(1)
    : name;
}

export function isLatin(code: LanguageCode): boolean {
  return !['ru', 'zh', 'ar', 'hi'].includes(code);
}

/** NFC, without soft hyphens, with typographic apostrophes, without a bracketed second name. */
export function clean(name: string): string {
  return name
    .normalize('NFC')
    .replaceAll('\u00ad', '')
    .replaceAll("'", '’')
    .replace(/\s*[（(].*[)）]$/, '')
    .replace(' & ', ' and ');
}

/** The members of the United Nations. */
export const countries = (json('world-countries/countries.json') as Country[])
  .filter(({ unMember, cca2 }) => unMember && cca2 !== 'VA')
  .sort((a, b) => a.cca2.localeCompare(b.cca2));
