/**
 * @file `npm run atlas:data`, second part: writes `data/aliases.json`, what else each thing is called in each language, from
 * Unicode CLDR, `world-countries` and `supplied/`. Names that could mean another thing of the same kind are left out.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import {
  entity,
  facts,
  type Entity,
  type EntityKind,
  type LanguageCode,
} from '../../src/facts/index.ts';
import {
  byCode,
  cityName,
  clean,
  codes,
  countries,
  currencyName,
  here,
  isLatin,
  locale,
} from './names.ts';
import { continents, otherCapitalNames, overrides } from './supplied/choices.ts';

/** Other names of everything, by entity and language. */
export type Aliases = Readonly<Record<string, Readonly<Record<LanguageCode, readonly string[]>>>>;

type Source = (key: string, code: LanguageCode, item: Entity) => (string | undefined)[];

/** `world-countries` names languages by ISO 639-3. */
const threeLetters: Partial<Record<LanguageCode, string>> = {
  fr: 'fra',
  es: 'spa',
  pt: 'por',
  de: 'deu',
  ru: 'rus',
  zh: 'zho',
  ar: 'ara',
  tr: 'tur',
};

const countryByCode = new Map(countries.map((country) => [country.cca2, country]));
const homeOf = new Map(
  facts
    .filter(({ relation }) => relation === 'capital')
    .map(({ subject, object }) => [object, subject.slice('country/'.length)]),
);
const regions = new Map(countries.map(continents).map(({ id, code }) => [id, code]));

/** "French" → "French language", where that is regular. */
function spelledOut(name: string, code: LanguageCode): string | undefined {
  switch (code) {
    case 'en':
      return `${name} language`;
    case 'es':
    case 'pt':
      return `idioma ${name}`;
    case 'de':
      return name.endsWith('isch') ? `${name.toLowerCase()}e Sprache` : undefined;
    case 'ru':
      return name.endsWith('кий') ? `${name} язык` : undefined;
    case 'ar':
      return name.startsWith('ال') ? `اللغة ${name}` : undefined;
    case 'hi':
      return `${name} भाषा`;
    case 'id':
      return `bahasa ${name}`;
    default:
      return undefined;
  }
}

const sources: Readonly<Record<EntityKind, Source>> = {
  country: (key, code) => {
    const { territories } = locale[code];
    const country = countryByCode.get(key);
    const called = code === 'en' ? country?.name : country?.translations[threeLetters[code] ?? ''];
    return [
      territories[key],
      territories[`${key}-alt-short`],
      territories[`${key}-alt-variant`],
      called?.common,
      called?.official,
    ];
  },
  city: (_key, code, { id, names }) => {
    const home = homeOf.get(id) ?? '';
    return [
      cityName(code, overrides.zone[home] ?? names.en),
      ...(otherCapitalNames[home]?.[code] ?? []),
      ...(isLatin(code) ? [names.en, countryByCode.get(home)?.capital[0]] : []),
    ];
  },
  continent: (key, code) => [locale[code].territories[regions.get(key) ?? '']],
  currency: (key, code) => [currencyName(code, key)],
  language: (key, code, { names }) => {
    const { languages } = locale[code];
    return [
      languages[key],
      languages[`${key}-alt-short`],
      languages[`${key}-alt-variant`],
      languages[`${key}-alt-long`],
      spelledOut(names[code], code),
    ];
  },
};

const items = [...new Set(facts.flatMap(({ subject, object }) => [subject, object]))].map(entity);

/** Cleaned; without those that say two things at once, or that the language's script does not write. */
function proposed(item: Entity, code: LanguageCode): string[] {
  const key = item.id.slice(item.id.indexOf('/') + 1);
  const own = folded(item.names[code], code);
  const names = sources[item.kind](key, code, item)
    .filter((name) => name !== undefined && !/[()（）/;]/.test(name))
    .map((name) => clean(name ?? ''))
    .filter((name) => isLatin(code) || !/\p{Script=Latin}/u.test(name));
  const known = new Set(['', own]);
  return names.filter((name) => {
    const form = folded(name, code);
    return !known.has(form) && known.add(form);
  });
}

function folded(name: string, code: LanguageCode): string {
  return name.toLocaleLowerCase(code);
}

const place = (item: Entity, name: string, code: LanguageCode): string =>
  `${item.kind} ${code} ${folded(name, code)}`;

/** Two countries are called Congo for short. */
const ambiguous = /^(congo|kongo|конго|刚果|الكونغو|कांगो)$/;

/** Who claims a name, as the main one or another. */
const claims = new Map<string, Set<string>>();
for (const item of items)
  for (const code of codes)
    for (const name of [item.names[code], ...proposed(item, code)]) {
      const at = place(item, name, code);
      claims.set(at, (claims.get(at) ?? new Set()).add(item.id));
    }

const aliases: Aliases = Object.fromEntries(
  items.map((item) => [
    item.id,
    byCode((code) =>
      proposed(item, code).filter(
        (name) =>
          claims.get(place(item, name, code))?.size === 1 && !ambiguous.test(folded(name, code)),
      ),
    ),
  ]),
);

mkdirSync(here('data'), { recursive: true });
const lines = Object.entries(aliases).map(
  ([id, names]) => `${JSON.stringify(id)}:${JSON.stringify(names)}`,
);
writeFileSync(here('data/aliases.json'), `{\n${lines.join(',\n')}\n}\n`);
const count = Object.values(aliases).flatMap((names) => Object.values(names).flat()).length;
console.log(`${count} other names of ${items.length} entities`);
