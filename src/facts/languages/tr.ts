/** @file Turkish: the genitive and locative by vowel harmony. */
import type { LanguageRules } from '../types.ts';

const vowels = 'aeıioöuüAEIİOÖUÜ';
const highVowel: Readonly<Record<string, string>> = {
  a: 'ı',
  ı: 'ı',
  e: 'i',
  i: 'i',
  o: 'u',
  u: 'u',
  ö: 'ü',
  ü: 'ü',
};
/** Names whose last written vowel is not the last spoken one, or that are possessive compounds (which take n). */
const spoken: Readonly<Record<string, string>> = { US: 'i', FR: 'a' };

function lastVowel(country: string, name: string): string {
  const letters = [...name.toLocaleLowerCase('tr')].filter((letter) => vowels.includes(letter));
  return spoken[country] ?? letters[letters.length - 1] ?? 'e';
}

/** Fransa’nın, Türkiye’nin, Mısır’ın, Kıbrıs’ın, Peru’nun. */
function genitive(country: string, name: string): string {
  const vowel = highVowel[lastVowel(country, name)] ?? 'i';
  const endsInVowel = vowels.includes(name.slice(-1));
  return `${name}’${endsInVowel ? 'n' : ''}${vowel}n`;
}

/** Fransa’da, Türkiye’de, Irak’ta; compounds such as Amerika Birleşik Devletleri’nde. */
function locative(country: string, name: string): string {
  const back = 'aıou'.includes(lastVowel(country, name));
  const compound = /(Devletleri|Emirlikleri|Adaları|Cumhuriyeti|Sahili|Ginesi)$/.test(name);
  const hard = /[fstkçşhp]$/.test(name);
  return `${name}’${compound ? 'n' : ''}${hard ? 't' : 'd'}${back ? 'a' : 'e'}`;
}

export const tr: LanguageRules = {
  labels: { capital: 'başkent', continent: 'kıta', currency: 'para birimi', language: 'resmî dil' },
  slots: (country, name) => ({
    s: name,
    gen: genitive(country, name),
    loc: locative(country, name),
  }),
  forms: {
    capital: {
      statement: [
        '{gen} başkenti: {A}.',
        '{gen} başkenti {A} şehridir.',
        '{gen} başkentinin adı {A}.',
        '{loc} başkent {A} şehridir.',
        'Ülke: {s}. Başkent: {A}.',
        '{gen} hükûmeti başkentte, yani {A} şehrindedir.',
        'Adı {s} olan ülkenin başkenti {A}.',
      ],
      inverted: ['{A}, {gen} başkentidir.', '{A} şehri {gen} başkentidir.'],
      question: [
        '{gen} başkenti neresidir? {A}.',
        'Soru: {gen} başkenti hangi şehirdir? Cevap: {A}.',
        'Hangi şehir {gen} başkentidir? {A}.',
      ],
    },
    continent: {
      statement: [
        '{gen} bulunduğu kıta: {A}.',
        '{gen} kıtası: {A}.',
        '{s} ülkesinin kıtası {A}.',
        'Ülke: {s}. Kıta: {A}.',
        'Haritada {gen} yeri {A} kıtasıdır.',
        '{gen} toprakları {A} kıtasındadır.',
      ],
      inverted: ['{A}, {gen} bulunduğu kıtadır.', '{A} kıtası {gen} kıtasıdır.'],
      question: ['{s} hangi kıtadadır? {A}.', 'Soru: {gen} kıtası hangisidir? Cevap: {A}.'],
    },
    currency: {
      statement: [
        '{gen} para birimi: {A}.',
        '{gen} para biriminin adı {A}.',
        '{gen} resmî parası: {A}.',
        '{loc} kullanılan para: {A}.',
        'Ülke: {s}. Para birimi: {A}.',
        '{gen} parası: {A}.',
      ],
      inverted: ['{A}, {gen} para birimidir.', '{A}, {loc} kullanılan paradır.'],
      question: ['{gen} para birimi nedir? {A}.', 'Soru: {loc} hangi para kullanılır? Cevap: {A}.'],
    },
    language: {
      statement: [
        '{gen} resmî dili: {A}.',
        '{gen} resmî dilinin adı {A}.',
        '{gen} ana dili: {A}.',
        '{loc} resmî dil: {A}.',
        'Ülke: {s}. Resmî dil: {A}.',
        '{gen} dili: {A}.',
      ],
      inverted: ['{A}, {gen} resmî dilidir.', '{A}, {loc} resmî dildir.'],
      question: ['{gen} resmî dili nedir? {A}.', 'Soru: {loc} hangi dil resmîdir? Cevap: {A}.'],
    },
  },
};
