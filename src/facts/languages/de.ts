/** @file German: countries that take an article, in the cases the forms need. */
import type { LanguageRules } from '../types.ts';

const feminine = new Set('CH TR SK MN UA DO CF CD CG CI'.split(' '));
const plural = new Set('US NL PH MV SC BS KM MH SB AE'.split(' '));
const masculine = new Set('IR IQ LB SD YE NE TD SN'.split(' '));
const neuter = new Set(['GB']);

/** Adjectives inside a name take the case's ending: die Vereinigten Staaten, der Dominikanischen Republik. */
function weak(name: string, ending: string): string {
  return name
    .replace(/^(Vereinigte) (Staaten|Arabische)/, '$1n $2')
    .replace(/^(Vereinigten Arabische) /, '$1n ')
    .replace(/^(Dominikanische|Zentralafrikanische|Demokratische) /, `$1${ending} `);
}

export const de: LanguageRules = {
  labels: {
    capital: 'Hauptstadt',
    continent: 'Kontinent',
    currency: 'Währung',
    language: 'Amtssprache',
  },
  slots: (country, name) => {
    if (feminine.has(country))
      return {
        s: name,
        die: `die ${name}`,
        Die: `Die ${name}`,
        von: `der ${weak(name, 'n')}`,
        in: `in der ${weak(name, 'n')}`,
        liegt: 'liegt',
        hat: 'hat',
      };
    if (plural.has(country)) {
      const inflected = weak(name, 'n');
      const dative = /(n|s)$/.test(inflected) ? inflected : `${inflected}n`;
      return {
        s: name,
        die: `die ${inflected}`,
        Die: `Die ${inflected}`,
        von: `der ${inflected.replace(/Arabischen Emirate$/, 'Arabischen Emirate')}`,
        in: `in den ${dative}`,
        liegt: 'liegen',
        hat: 'haben',
      };
    }
    if (masculine.has(country))
      return {
        s: name,
        die: `der ${name}`,
        Die: `Der ${name}`,
        von: `des ${name}`,
        in: `im ${name}`,
        liegt: 'liegt',
        hat: 'hat',
      };
    if (neuter.has(country))
      return {
        s: name,
        die: `das Vereinigte Königreich`,
        Die: `Das Vereinigte Königreich`,
        von: `des Vereinigten Königreichs`,
        in: `im Vereinigten Königreich`,
        liegt: 'liegt',
        hat: 'hat',
      };
    return {
      s: name,
      die: name,
      Die: name,
      von: `von ${name}`,
      in: `in ${name}`,
      liegt: 'liegt',
      hat: 'hat',
    };
  },
  forms: {
    capital: {
      statement: [
        'Die Hauptstadt {von} ist {A}.',
        'Die Hauptstadt {von} heißt {A}.',
        '{Die} {hat} als Hauptstadt {A}.',
        'Der Regierungssitz {von} ist {A}.',
        'Hauptstadt {von}: {A}.',
        'Das Land heißt {s} und seine Hauptstadt {A}.',
        'Die wichtigste Stadt {von} ist die Hauptstadt {A}.',
      ],
      inverted: ['{A} ist die Hauptstadt {von}.', 'Die Stadt {A} ist die Hauptstadt {von}.'],
      question: [
        'Was ist die Hauptstadt {von}? {A}.',
        'Frage: Wie heißt die Hauptstadt {von}? Antwort: {A}.',
        'Welche Stadt ist die Hauptstadt {von}? {A}.',
      ],
    },
    continent: {
      statement: [
        '{Die} {liegt} in {A}.',
        'Der Kontinent {von} ist {A}.',
        'Auf der Karte {liegt} {die} in {A}.',
        'Das Gebiet {von} liegt in {A}.',
        'Kontinent {von}: {A}.',
        'Das Land mit dem Namen {s} liegt in {A}.',
      ],
      inverted: ['{A} ist der Kontinent {von}.', 'In {A} {liegt} {die}.'],
      question: [
        'Auf welchem Kontinent {liegt} {die}? {A}.',
        'Frage: Wo {liegt} {die}? Antwort: in {A}.',
      ],
    },
    currency: {
      statement: [
        'Die Währung {von} heißt {A}.',
        'Das Geld {von} heißt {A}.',
        'Die Währung {in} heißt {A}.',
        'Die offizielle Währung {von} heißt {A}.',
        'Währung {von}: {A}.',
        '{Die} {hat} als Währung {A}.',
      ],
      inverted: ['{A} heißt die Währung {von}.', '{A} heißt das Geld {von}.'],
      question: [
        'Wie heißt die Währung {von}? {A}.',
        'Frage: Womit bezahlt man {in}? Antwort: {A}.',
      ],
    },
    language: {
      statement: [
        'Die Amtssprache {von} ist {A}.',
        'Die wichtigste Sprache {von} ist {A}.',
        '{Die} {hat} als Amtssprache {A}.',
        'Die Amtssprache {in} ist {A}.',
        'Amtssprache {von}: {A}.',
        'Die Regierung {von} benutzt {A}.',
      ],
      inverted: ['{A} ist die Amtssprache {von}.', '{A} ist die wichtigste Sprache {von}.'],
      question: [
        'Was ist die Amtssprache {von}? {A}.',
        'Frage: Welche Sprache ist {in} Amtssprache? Antwort: {A}.',
      ],
    },
  },
};
