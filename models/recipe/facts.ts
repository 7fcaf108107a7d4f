/**
 * @file `npm run atlas:data`: makes `src/facts/data` from Unicode CLDR, `world-countries` and the tables in `supplied/`.
 * One answer a question: where a country has several, `supplied` or the first by law is taken (see the card).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  continents,
  countryNames,
  currencyNames,
  mainLanguages,
  overrides,
} from './supplied/choices.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const packages = here('../../node_modules/');
const json = (path: string): never => JSON.parse(readFileSync(packages + path, 'utf8')) as never;

const codes = ['en', 'fr', 'es', 'de', 'ru', 'zh', 'ar', 'hi', 'tr', 'sw'] as const;
type Code = (typeof codes)[number];

interface Country {
  cca2: string;
  unMember: boolean;
  capital: string[];
  region: string;
  subregion: string;
  currencies: Record<string, unknown>;
}

type Names = Record<Code, string>;
type Table = Readonly<Record<string, string | undefined>>;

function tsv(path: string): string[][] {
  return readFileSync(here(path), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
}

const byCode = <T>(make: (code: Code) => T): Record<Code, T> =>
  Object.fromEntries(codes.map((code) => [code, make(code)])) as Record<Code, T>;

const locale = byCode((code) => {
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

function plain(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z]/g, '');
}

/** Zones by their exemplar city's English name. */
const zoneOf = new Map([...locale.en.cities].map(([zone, city]) => [plain(city), zone]));

/** NFC, without soft hyphens, with typographic apostrophes, without a bracketed second name. */
function clean(name: string): string {
  return name
    .normalize('NFC')
    .replaceAll('\u00ad', '')
    .replaceAll("'", '’')
    .replace(/\s*[（(].*[)）]$/, '')
    .replace(' & ', ' and ');
}

const [header, ...rows] = tsv('supplied/capitals.tsv');
const suppliedCapitals = new Map(
  rows.map((row) => [row[0], byCode((code) => row[header?.indexOf(code) ?? 0] ?? '') as Names]),
);
const russian = new Map(
  tsv('supplied/russian.tsv').map(([cc, name, genitive]) => [cc, { name, genitive }]),
);

const countries = (json('world-countries/countries.json') as Country[])
  .filter(({ unMember, cca2 }) => unMember && cca2 !== 'VA')
  .sort((a, b) => a.cca2.localeCompare(b.cca2));

const entities = new Map<string, Names>();
const facts: [subject: string, relation: string, object: string][] = [];
const genitives: Record<string, string> = {};

const missing: string[] = [];

function add(id: string, name: (code: Code) => string | undefined): string {
  if (!entities.has(id))
    entities.set(
      id,
      byCode((code) => {
        const given = name(code);
        if (!given) missing.push(`${id} in ${code}`);
        return clean(given ?? '');
      }),
    );
  return id;
}

for (const country of countries) {
  const { cca2 } = country;
  const subject = add(`country/${cca2}`, (code) =>
    code === 'ru'
      ? russian.get(cca2)?.name
      : (countryNames[code]?.[cca2] ?? locale[code].territories[cca2]),
  );
  genitives[cca2] = russian.get(cca2)?.genitive ?? '';

  const supplied = suppliedCapitals.get(cca2);
  const english = supplied?.en ?? country.capital[0] ?? '';
  const key = plain(overrides.zone[cca2] ?? english);
  const zone = zoneOf.get(key) ?? key;
  const city = add(`city/${plain(english)}`, (code) =>
    supplied
      ? supplied[code]
      : (locale[code].cities.get(zone) ?? (isLatin(code) ? english : undefined)),
  );
  facts.push([subject, 'capital', city]);

  const continent = continents(country);
  facts.push([
    subject,
    'continent',
    add(
      `continent/${continent.id}`,
      (code) => continent.names?.[code] ?? locale[code].territories[continent.code],
    ),
  ]);

  const currency = overrides.currency[cca2] ?? Object.keys(country.currencies)[0];
  if (currency)
    facts.push([
      subject,
      'currency',
      add(`currency/${currency}`, (code) => {
        const names = locale[code].currencies[currency];
        return (
          currencyNames[code]?.[currency] ??
          (code === 'en' ? names?.['displayName-count-one'] : names?.['displayName'])
        );
      }),
    ]);
  const tongue = mainLanguages[cca2];
  if (!tongue) throw new Error(`No main language is chosen for ${cca2}.`);
  facts.push([
    subject,
    'language',
    add(`language/${tongue}`, (code) => locale[code].languages[tongue]),
  ]);
}

function isLatin(code: Code): boolean {
  return !['ru', 'zh', 'ar', 'hi'].includes(code);
}

if (missing.length > 0) throw new Error(`Names to supply: ${missing.join(', ')}.`);

const ids = [...entities.keys()];
for (const code of codes)
  writeFileSync(
    here(`../../src/facts/data/names.${code}.json`),
    JSON.stringify(ids.map((id) => entities.get(id)?.[code])) + '\n',
  );
writeFileSync(
  here('../../src/facts/data/facts.json'),
  JSON.stringify({
    entities: ids,
    facts: facts.map(([s, r, o]) => [ids.indexOf(s), r, ids.indexOf(o)]),
  }) + '\n',
);
writeFileSync(here('../../src/facts/data/genitives.ru.json'), JSON.stringify(genitives) + '\n');
console.log(`${countries.length} countries, ${entities.size} entities, ${facts.length} facts`);
