/**
 * @file `npm run atlas:data`: makes `src/facts/data` from Unicode CLDR, `world-countries` and the tables in `supplied/`.
 * One answer a question: where a country has several, `supplied` or the first by law is taken (see the card).
 */
import { writeFileSync } from 'node:fs';
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
  plain,
  tsv,
  type Names,
} from './names.ts';
import type { LanguageCode } from '../../src/facts/types.ts';
import {
  capitalNames,
  continents,
  countryNames,
  currencyNames,
  languageNames,
  mainLanguages,
  overrides,
} from './supplied/choices.ts';

const [header, ...rows] = tsv('supplied/capitals.tsv');
const suppliedCapitals = new Map(
  rows.map((row) => [row[0], byCode((code) => row[header?.indexOf(code) ?? 0] ?? '') as Names]),
);
const russian = new Map(
  tsv('supplied/russian.tsv').map(([cc, name, genitive]) => [cc, { name, genitive }]),
);

const entities = new Map<string, Names>();
const facts: [subject: string, relation: string, object: string][] = [];
const genitives: Record<string, string> = {};

const missing: string[] = [];

function add(id: string, name: (code: LanguageCode) => string | undefined): string {
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
  const city = add(`city/${plain(english)}`, (code) =>
    supplied
      ? supplied[code]
      : (capitalNames[code]?.[cca2] ??
        cityName(code, overrides.zone[cca2] ?? english) ??
        (isLatin(code) ? english : undefined)),
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
      add(
        `currency/${currency}`,
        (code) => currencyNames[code]?.[currency] ?? currencyName(code, currency),
      ),
    ]);
  const tongue = mainLanguages[cca2];
  if (!tongue) throw new Error(`No main language is chosen for ${cca2}.`);
  facts.push([
    subject,
    'language',
    add(
      `language/${tongue}`,
      (code) => languageNames[code]?.[tongue] ?? locale[code].languages[tongue],
    ),
  ]);
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
