/** @file Spanish: the article where the country's name has one. */
import type { EntityKind, LanguageRules } from '../types.ts';

const articles: Readonly<Record<string, string>> = {
  AE: 'los',
  BS: 'las',
  MV: 'las',
  NL: 'los',
  PH: 'las',
  MH: 'las',
  SB: 'las',
  KM: 'las',
  SC: 'las',
  GB: 'el',
  US: 'los',
  CD: 'la',
  CG: 'la',
  CF: 'la',
  DO: 'la',
};

const feminineMoney = /^(libra|corona|rupia|leva|naira|lira|grivna|rufiya|leona|kina|pula|taka)\b/;

function withArticle(kind: EntityKind, name: string): string {
  if (kind === 'language') return `el ${name}`;
  if (kind === 'currency') return `${feminineMoney.test(name) ? 'la' : 'el'} ${name}`;
  return name;
}

export const es: LanguageRules = {
  labels: {
    capital: 'capital',
    continent: 'continente',
    currency: 'moneda',
    language: 'idioma oficial',
  },
  slots: (country, name) => {
    const article = articles[country];
    const plural = article?.endsWith('s') === true;
    const full = article ? `${article} ${name}` : name;
    return {
      s: name,
      el: full,
      El: full.charAt(0).toUpperCase() + full.slice(1),
      de: article === 'el' ? `del ${name}` : `de ${full}`,
      en: `en ${full}`,
      esta: plural ? 'están' : 'está',
      tiene: plural ? 'tienen' : 'tiene',
    };
  },
  answer: withArticle,
  forms: {
    capital: {
      statement: [
        'La capital {de} es {A}.',
        'La ciudad capital {de} es {A}.',
        '{El} {tiene} como capital {A}.',
        'La capital {de} se llama {A}.',
        'La sede del gobierno {de} es {A}.',
        'Capital {de}: {A}.',
        'La capital del país llamado {s} es {A}.',
      ],
      inverted: ['{A} es la capital {de}.', 'La ciudad de {A} es la capital {de}.'],
      question: [
        '¿Cuál es la capital {de}? {A}.',
        'Pregunta: ¿cuál es la capital {de}? Respuesta: {A}.',
        '¿Qué ciudad es la capital {de}? {A}.',
      ],
    },
    continent: {
      statement: [
        '{El} {esta} en {A}.',
        'El continente {de} es {A}.',
        'En el mapa, {el} {esta} en {A}.',
        'El territorio {de} está en {A}.',
        'Continente {de}: {A}.',
        'El país llamado {s} está en {A}.',
      ],
      inverted: ['{A} es el continente {de}.', '{A} es donde {esta} {el}.'],
      question: [
        '¿En qué continente {esta} {el}? {A}.',
        'Pregunta: ¿dónde {esta} {el}? Respuesta: en {A}.',
      ],
    },
    currency: {
      statement: [
        'La moneda {de} es {A}.',
        'La moneda oficial {de} es {A}.',
        'La divisa {de} es {A}.',
        'El dinero {de} es {A}.',
        'Moneda {de}: {A}.',
        '{El} {tiene} como moneda {A}.',
      ],
      inverted: ['{A} es la moneda {de}.', '{A} es la divisa {de}.'],
      question: [
        '¿Cuál es la moneda {de}? {A}.',
        'Pregunta: ¿cuál es la divisa {de}? Respuesta: {A}.',
      ],
    },
    language: {
      statement: [
        'El idioma oficial {de} es {A}.',
        'La lengua oficial {de} es {A}.',
        'El idioma principal {de} es {A}.',
        '{El} {tiene} como idioma oficial {A}.',
        'El gobierno {de} usa {A}.',
        'Idioma oficial {de}: {A}.',
      ],
      inverted: ['{A} es el idioma oficial {de}.', '{A} es la lengua oficial {de}.'],
      question: [
        '¿Cuál es el idioma oficial {de}? {A}.',
        'Pregunta: ¿qué idioma es oficial {en}? Respuesta: {A}.',
      ],
    },
  },
};
