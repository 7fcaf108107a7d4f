/** @file German: countries that take an article, in the cases the forms need. */
import type { LanguageRules } from '../types.ts';

const feminine = new Set('CH TR SK MN UA DO CF CD CG CI MD'.split(' '));
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

/** Verbs, where the country is one thing; the keys that name cases are written in ASCII. */
const singular = { liegt: 'liegt', hat: 'hat', ist: 'ist', wird: 'wird', gehoert: 'gehört' };

export const de: LanguageRules = {
  slots: (country, name) => {
    if (feminine.has(country)) {
      const dative = `der ${weak(name, 'n')}`;
      return {
        s: name,
        ...singular,
        die: `die ${name}`,
        Die: `Die ${name}`,
        den: `die ${name}`,
        von: dative,
        vom: `von ${dative}`,
        in: `in ${dative}`,
        In: `In ${dative}`,
        nach: `in die ${name}`,
      };
    }
    if (plural.has(country)) {
      const inflected = weak(name, 'n');
      const dative = inflected.replace(/Emirate$/, 'Emiraten');
      return {
        s: name,
        die: `die ${inflected}`,
        Die: `Die ${inflected}`,
        den: `die ${inflected}`,
        von: `der ${inflected}`,
        vom: `von den ${dative}`,
        in: `in den ${dative}`,
        In: `In den ${dative}`,
        nach: `in die ${inflected}`,
        liegt: 'liegen',
        hat: 'haben',
        ist: 'sind',
        wird: 'werden',
        gehoert: 'gehören',
      };
    }
    if (masculine.has(country))
      return {
        s: name,
        ...singular,
        die: `der ${name}`,
        Die: `Der ${name}`,
        den: `den ${name}`,
        von: `des ${name}`,
        vom: `vom ${name}`,
        in: `im ${name}`,
        In: `Im ${name}`,
        nach: `in den ${name}`,
      };
    if (neuter.has(country)) {
      const inflected = name.replace(/^Vereinigtes /, 'Vereinigte ');
      const dative = name.replace(/^Vereinigtes /, 'Vereinigten ');
      return {
        s: name,
        ...singular,
        die: `das ${inflected}`,
        Die: `Das ${inflected}`,
        den: `das ${inflected}`,
        von: `des ${dative.replace(/Königreich$/, 'Königreichs')}`,
        vom: `vom ${dative}`,
        in: `im ${dative}`,
        In: `Im ${dative}`,
        nach: `ins ${inflected}`,
      };
    }
    const dative = name.replace(/ die Grenadinen$/, ' den Grenadinen');
    return {
      s: name,
      ...singular,
      die: name,
      Die: name,
      den: name,
      von: `von ${dative}`,
      vom: `von ${dative}`,
      in: `in ${dative}`,
      In: `In ${dative}`,
      nach: `nach ${dative}`,
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
        'Die Hauptstadt {vom} ist {A}.',
        'Die Hauptstadt {vom} heißt {A}.',
        '{In} ist die Hauptstadt {A}.',
        '{In} heißt die Hauptstadt {A}.',
        'Land: {s}. Hauptstadt: {A}.',
        '{s} – Hauptstadt: {A}.',
        '{s} (Hauptstadt: {A}).',
        'Als Hauptstadt {von} dient {A}.',
        'Der Name der Hauptstadt {von} lautet {A}.',
        'Sitz der Regierung {von} ist die Hauptstadt {A}.',
        '{Die} {wird} aus der Hauptstadt {A} regiert.',
        'Das Parlament {von} tagt in der Hauptstadt {A}.',
        'Wer {nach} reist, landet meist in der Hauptstadt {A}.',
        'Wer die Hauptstadt {von} besuchen will, fährt nach {A}.',
        'Im Lexikon steht unter {s}: Hauptstadt {A}.',
        'Für {den} gilt: Die Hauptstadt ist {A}.',
        'Jedes Schulkind {in} weiß: Die Hauptstadt ist {A}.',
        'Die Botschaften {in} befinden sich in der Hauptstadt, in {A}.',
        'Auf der Karte {von} ist die Hauptstadt mit einem Stern markiert: {A}.',
        'Neues aus der Hauptstadt {von}, aus {A}.',
      ],
      inverted: [
        '{A} ist die Hauptstadt {von}.',
        'Die Stadt {A} ist die Hauptstadt {von}.',
        '{A} heißt die Hauptstadt {von}.',
        '{A} ist die Hauptstadt {vom}.',
        '{A} dient als Hauptstadt {von}.',
        '{A} ist Regierungssitz und Hauptstadt {von}.',
        '{A}, Hauptstadt {von}.',
        '{A} ist die Stadt, aus der {die} regiert {wird}.',
        'In {A} hat die Regierung {von} ihren Sitz.',
        'Bei der Stadt {A} handelt es sich um die Hauptstadt {von}.',
      ],
      question: [
        'Was ist die Hauptstadt {von}? {A}.',
        'Frage: Wie heißt die Hauptstadt {von}? Antwort: {A}.',
        'Welche Stadt ist die Hauptstadt {von}? {A}.',
        'Wie lautet der Name der Hauptstadt {von}? {A}.',
        'Quiz: Hauptstadt {von}? {A}.',
        'Lehrerin: Wie heißt die Hauptstadt {von}? Schüler: {A}.',
        'F: Hauptstadt {von}? A: {A}.',
        'Weißt du, welche Stadt die Hauptstadt {von} ist? Ja, {A}.',
        'Von welcher Stadt aus {wird} {die} regiert? Von {A}.',
        'Welche Hauptstadt {hat} {die}? {A}.',
        'In welcher Stadt sitzt die Regierung {von}? In {A}.',
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
        '{Die} {ist} ein Land in {A}.',
        '{Die} {gehoert} zum Kontinent {A}.',
        '{Die} {liegt} auf dem Kontinent {A}.',
        'Geografisch {gehoert} {die} zu {A}.',
        'Land: {s}. Kontinent: {A}.',
        '{s} – Kontinent: {A}.',
        'Der Erdteil, in dem {die} {liegt}, heißt {A}.',
        'Der Erdteil {von} ist {A}.',
        'Wer {nach} reist, reist nach {A}.',
        'Im Atlas findet man {den} in {A}.',
        'Die Landschaften {von} findet man in {A}.',
        'Für {den} gilt: Der Kontinent ist {A}.',
      ],
      inverted: [
        '{A} ist der Kontinent {von}.',
        'In {A} {liegt} {die}.',
        '{A} heißt der Kontinent {von}.',
        '{A} ist der Erdteil, in dem {die} {liegt}.',
        'Zu {A} {gehoert} {die}.',
        'Auf dem Kontinent {A} {liegt} {die}.',
        'Zu den Ländern in {A} {gehoert} {die}.',
      ],
      question: [
        'Auf welchem Kontinent {liegt} {die}? {A}.',
        'Frage: Wo {liegt} {die}? Antwort: in {A}.',
        'Zu welchem Kontinent {gehoert} {die}? Zu {A}.',
        'In welchem Erdteil {liegt} {die}? {A}.',
        'Lehrerin: Wo {liegt} {die}? Schüler: In {A}.',
        'Quiz: Kontinent {von}? {A}.',
        'F: Wie heißt der Kontinent {von}? A: {A}.',
        'Weißt du, in welchem Erdteil {die} {liegt}? Ja, in {A}.',
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
        'Die Währung {vom} heißt {A}.',
        '{In} heißt die Währung {A}.',
        'Die Landeswährung {von} heißt {A}.',
        'Das gesetzliche Zahlungsmittel {von} heißt {A}.',
        'Land: {s}. Währung: {A}.',
        '{s} – Währung: {A}.',
        'Zahlungsmittel {von}: {A}.',
        'Der Name der Währung {von} lautet {A}.',
        'Die Währungseinheit {von} trägt den Namen {A}.',
        'Auf den Geldscheinen {von} steht der Name der Währung: {A}.',
        'Wer {nach} reist, braucht Geld, und das heißt {A}.',
        'Für {den} gilt: Die Währung heißt {A}.',
        'Bezahlt wird {in} mit dieser Währung: {A}.',
        'Im Reiseführer steht unter {s}: Währung {A}.',
      ],
      inverted: [
        '{A} heißt die Währung {von}.',
        '{A} heißt das Geld {von}.',
        '{A} heißt die Landeswährung {von}.',
        '{A} ist der Name der Währung {von}.',
        '{A} – so heißt die Währung {von}.',
        '{A}: Das ist die Währung {von}.',
        '{A} nennt man das Geld {von}.',
      ],
      question: [
        'Wie heißt die Währung {von}? {A}.',
        'Frage: Womit bezahlt man {in}? Antwort: {A}.',
        'Welche Währung {hat} {die}? {A}.',
        'Quiz: Währung {von}? {A}.',
        'Tourist: Wie heißt das Geld {in}? Reiseleiterin: {A}.',
        'F: Wie heißt die Währung {in}? A: {A}.',
        'Wie lautet der Name der Währung {von}? {A}.',
        'Weißt du, wie die Währung {von} heißt? Ja, {A}.',
      ],
    },
    language: {
      statement: [
        'Die Amtssprache {in} ist {A}.',
        'Die Amtssprache {von} ist {A}.',
        'Die wichtigste Sprache {von} ist {A}.',
        '{Die} {hat} als Amtssprache {A}.',
        'Amtssprache {von}: {A}.',
        'Die Regierung {von} benutzt {A}.',
        'Die Amtssprache {vom} ist {A}.',
        'Die offizielle Sprache {von} ist {A}.',
        'Die Landessprache {von} ist {A}.',
        'Die Staatssprache {von} heißt {A}.',
        'Die Amtssprache {von} ist die Sprache {A}.',
        'Der Name der Amtssprache {von} lautet {A}.',
        'Land: {s}. Amtssprache: {A}.',
        '{s} – Amtssprache: {A}.',
        '{s} (Amtssprache: {A}).',
        '{In} spricht man offiziell {A}.',
        '{In} ist die Amtssprache {A}.',
        'Als Amtssprache {von} gilt {A}.',
        'Die Gesetze {von} sind auf {A} verfasst.',
        'Die Behörden {in} schreiben auf {A}.',
        'Die Sprache der Behörden {in} ist {A}.',
        'Im Parlament {von} spricht man {A}.',
        'In den Schulen {von} lernt man die Sprache {A}.',
        'Wer {nach} zieht, lernt die Amtssprache {A}.',
        'Für {den} gilt: Die Amtssprache ist {A}.',
        'Im Lexikon steht unter {s}: Amtssprache {A}.',
      ],
      inverted: [
        '{A} ist die Amtssprache {von}.',
        '{A} ist die wichtigste Sprache {von}.',
        '{A} ist die offizielle Sprache {von}.',
        '{A} ist die Landessprache {von}.',
        '{A} ist die Amtssprache {vom}.',
        '{A} heißt die Amtssprache {von}.',
        '{A} gilt als Amtssprache {von}.',
        '{A} spricht man offiziell {in}.',
        '{A} ist {in} Amtssprache.',
        'Die Sprache {A} ist die Amtssprache {von}.',
        'Auf {A} schreiben die Behörden {in}.',
      ],
      question: [
        'Was ist die Amtssprache {von}? {A}.',
        'Frage: Welche Sprache ist {in} Amtssprache? Antwort: {A}.',
        'Wie heißt die Amtssprache {von}? {A}.',
        'Welche Sprache spricht man offiziell {in}? {A}.',
        'Lehrerin: Welche Amtssprache {hat} {die}? Schüler: {A}.',
        'Quiz: Amtssprache {von}? {A}.',
        'F: Was ist die offizielle Sprache {von}? A: {A}.',
        'Weißt du, welche Sprache {in} Amtssprache ist? Ja, {A}.',
        'In welcher Sprache schreiben die Behörden {in}? Auf {A}.',
        'Wie lautet die Landessprache {von}? {A}.',
      ],
    },
  },
  naming: [
    'Der deutsche Name von „{x}“ ist {A}.',
    '„{x}“ heißt auf Deutsch {A}.',
    'Auf Deutsch heißt „{x}“ {A}.',
    '„{x}“ bedeutet auf Deutsch {A}.',
    '{x} – auf Deutsch: {A}.',
    '{x}, deutsch {A}.',
    'Die Übersetzung von „{x}“ ins Deutsche ist {A}.',
    '{A} ist der deutsche Name von „{x}“.',
  ],
};
