/** @file French: articles, contractions (du, des) and elision. */
import type { EntityKind, LanguageRules } from '../types.ts';

const plural = new Set('AE BS KM MH MV NL PH SB SC US FJ PW'.split(' '));
/** Islands and cities that take no article. */
const bare = new Set(
  'AD AG BH BB CU CY DJ IL KI KN MC MG MT MU NR OM LC SG SM ST TV TO TT VC VU WS HT SV'.split(' '),
);
/** Masculine although they end in -e. */
const masculine = new Set('BZ GB KH MX MZ ZW SR TL'.split(' '));

function isVowel(word: string): boolean {
  return /^[aeiouyéèêîôâhAEIOUÉÈÊÎÔÂH]/.test(word) && !/^(Y|y|Haut|Hong|Honduras)/.test(word);
}

const feminineMoney =
  /^(livre|couronne|roupie|gourde|hryvnia|rufiyaa|kwacha|kina|naira|pula|taka|ouguiya)\b/;

/** The noun with its article: l’anglais, la livre, le yen. */
function withArticle(kind: EntityKind, name: string): string {
  if (kind !== 'language' && kind !== 'currency') return name;
  if (isVowel(name)) return `l’${name}`;
  return `${feminineMoney.test(name) ? 'la' : 'le'} ${name}`;
}

export const fr: LanguageRules = {
  labels: {
    capital: 'capitale',
    continent: 'continent',
    currency: 'monnaie',
    language: 'langue officielle',
  },
  slots: (country, name) => {
    if (plural.has(country))
      return {
        s: name,
        le: `les ${name}`,
        Le: `Les ${name}`,
        de: `des ${name}`,
        en: `aux ${name}`,
        se: 'se trouvent',
        est: 'sont',
      };
    if (bare.has(country)) {
      const de = isVowel(name) ? `d’${name}` : `de ${name}`;
      return { s: name, le: name, Le: name, de, en: `à ${name}`, se: 'se trouve', est: 'est' };
    }
    const feminine = name.split(/[ -]/)[0]?.endsWith('e') === true && !masculine.has(country);
    const base = { s: name, se: 'se trouve', est: 'est' };
    if (isVowel(name))
      return { ...base, le: `l’${name}`, Le: `L’${name}`, de: `de l’${name}`, en: `en ${name}` };
    return feminine
      ? { ...base, le: `la ${name}`, Le: `La ${name}`, de: `de la ${name}`, en: `en ${name}` }
      : { ...base, le: `le ${name}`, Le: `Le ${name}`, de: `du ${name}`, en: `au ${name}` };
  },
  answer: withArticle,
  forms: {
    capital: {
      statement: [
        'La capitale {de} est {A}.',
        'La ville capitale {de} est {A}.',
        '{Le} a pour capitale {A}.',
        'La capitale du pays nommé {s} est {A}.',
        'Capitale {de} : {A}.',
        'Le gouvernement {de} siège à {A}.',
        'La capitale {de} s’appelle {A}.',
      ],
      inverted: ['{A} est la capitale {de}.', 'La ville de {A} est la capitale {de}.'],
      question: [
        'Quelle est la capitale {de} ? {A}.',
        'Question : quelle est la capitale {de} ? Réponse : {A}.',
        'Quelle ville est la capitale {de} ? {A}.',
      ],
    },
    continent: {
      statement: [
        '{Le} {se} en {A}.',
        '{Le} {est} en {A}.',
        'Sur la carte, {le} {se} en {A}.',
        'Le continent {de} est l’{A}.',
        'Continent {de} : {A}.',
        'Le territoire {de} {se} en {A}.',
      ],
      inverted: ['L’{A} est le continent {de}.', 'C’est en {A} que {se} {le}.'],
      question: [
        'Sur quel continent {se} {le} ? {A}.',
        'Question : où {se} {le} ? Réponse : en {A}.',
      ],
    },
    currency: {
      statement: [
        'La monnaie {de} est {A}.',
        'La monnaie officielle {de} est {A}.',
        'La devise {de} est {A}.',
        'L’argent {de} est {A}.',
        'Monnaie {de} : {A}.',
        '{Le} a pour monnaie {A}.',
      ],
      inverted: ['{A} est la monnaie {de}.', '{A} est la devise {de}.'],
      question: [
        'Quelle est la monnaie {de} ? {A}.',
        'Question : quelle est la devise {de} ? Réponse : {A}.',
      ],
    },
    language: {
      statement: [
        'La langue officielle {de} est {A}.',
        'La langue principale {de} est {A}.',
        '{Le} a pour langue officielle {A}.',
        'Le gouvernement {de} emploie {A}.',
        'Langue officielle {de} : {A}.',
        'La langue {de} est {A}.',
      ],
      inverted: ['{A} est la langue officielle {de}.', '{A} est la langue principale {de}.'],
      question: [
        'Quelle est la langue officielle {de} ? {A}.',
        'Question : quelle langue est officielle {en} ? Réponse : {A}.',
      ],
    },
  },
};
