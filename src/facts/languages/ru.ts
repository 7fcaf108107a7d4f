/** @file Russian: the genitive of every country is written out in the data. */
import genitives from '../data/genitives.ru.json' with { type: 'json' };
import type { LanguageRules } from '../types.ts';

const plural = new Set('BS KM MV MH NL PH SB SC US'.split(' '));

export const ru: LanguageRules = {
  labels: {
    capital: 'столица',
    continent: 'часть света',
    currency: 'валюта',
    language: 'официальный язык',
  },
  slots: (country, name) => ({
    s: name,
    gen: (genitives as Readonly<Record<string, string>>)[country] ?? name,
    lies: plural.has(country) ? 'находятся' : 'находится',
  }),
  forms: {
    capital: {
      statement: [
        'Столица {gen} — {A}.',
        'Столица {gen} называется {A}.',
        'Главный город {gen} — {A}.',
        'Столицей {gen} является город {A}.',
        'Страна: {s}. Столица: {A}.',
        'Правительство {gen} работает в столице, и это {A}.',
        'Столица государства {s} — {A}.',
      ],
      inverted: ['{A} — столица {gen}.', 'Город {A} — столица {gen}.'],
      question: [
        'Какой город является столицей {gen}? {A}.',
        'Вопрос: какая столица у {gen}? Ответ: {A}.',
        'Как называется столица {gen}? {A}.',
      ],
    },
    continent: {
      statement: [
        'Часть света, где {lies} {s}, — {A}.',
        'Часть света {gen} — {A}.',
        'Страна: {s}. Часть света: {A}.',
        'Территория {gen} — это {A}.',
        'На карте {s} — это {A}.',
        'Континент {gen} — {A}.',
      ],
      inverted: ['{A} — часть света, где {lies} {s}.', '{A} — это континент {gen}.'],
      question: [
        'В какой части света {lies} {s}? {A}.',
        'Вопрос: какой континент у {gen}? Ответ: {A}.',
      ],
    },
    currency: {
      statement: [
        'Валюта {gen} — {A}.',
        'Денежная единица {gen} — {A}.',
        'Валюта {gen} называется {A}.',
        'Деньги {gen} — это {A}.',
        'Страна: {s}. Валюта: {A}.',
        'Официальная валюта {gen} — {A}.',
      ],
      inverted: ['{A} — валюта {gen}.', '{A} — денежная единица {gen}.'],
      question: ['Какая валюта у {gen}? {A}.', 'Вопрос: как называются деньги {gen}? Ответ: {A}.'],
    },
    language: {
      statement: [
        'Официальный язык {gen} — {A}.',
        'Государственный язык {gen} — {A}.',
        'Главный язык {gen} — {A}.',
        'Страна: {s}. Официальный язык: {A}.',
        'Язык правительства {gen} — {A}.',
        'Язык {gen} — {A}.',
      ],
      inverted: ['{A} — официальный язык {gen}.', '{A} — государственный язык {gen}.'],
      question: [
        'Какой официальный язык у {gen}? {A}.',
        'Вопрос: какой язык {gen} государственный? Ответ: {A}.',
      ],
    },
  },
};
