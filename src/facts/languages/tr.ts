/** @file Turkish: the genitive and locative by vowel harmony. */
import { ownEntry } from '../../own-entry.ts';
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
  return ownEntry(spoken, country) ?? letters[letters.length - 1] ?? 'e';
}

/** Fransa’nın, Türkiye’nin, Mısır’ın, Kıbrıs’ın, Peru’nun. */
function genitive(country: string, name: string): string {
  const vowel = ownEntry(highVowel, lastVowel(country, name)) ?? 'i';
  const endsInVowel = vowels.includes(name.slice(-1));
  return `${name}’${endsInVowel ? 'n' : ''}${vowel}n`;
}

/** Possessive compounds, which take n before a case ending. */
const compounds = /(Devletleri|Emirlikleri|Adaları|Cumhuriyeti|Sahili|Ginesi)$/;

/** Fransa’da, Türkiye’de, Irak’ta; compounds such as Amerika Birleşik Devletleri’nde. */
function locative(country: string, name: string): string {
  const back = 'aıou'.includes(lastVowel(country, name));
  const compound = compounds.test(name);
  const hard = /[fstkçşhp]$/.test(name);
  return `${name}’${compound ? 'n' : ''}${hard ? 't' : 'd'}${back ? 'a' : 'e'}`;
}

/** Fransa’ya, Türkiye’ye, Irak’a; compounds such as Amerika Birleşik Devletleri’ne. */
function dative(country: string, name: string): string {
  const back = 'aıou'.includes(lastVowel(country, name));
  const buffer = compounds.test(name) ? 'n' : vowels.includes(name.slice(-1)) ? 'y' : '';
  return `${name}’${buffer}${back ? 'a' : 'e'}`;
}

export const tr: LanguageRules = {
  slots: (country, name) => ({
    s: name,
    gen: genitive(country, name),
    loc: locative(country, name),
    dat: dative(country, name),
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
        '{gen} başkenti {A}.',
        '{gen} başkenti {A} olarak bilinir.',
        '{gen} başkenti {A} adını taşır.',
        '{gen} başkenti {A} adlı şehirdir.',
        '{gen} resmî başkenti: {A}.',
        '{gen} yönetim merkezi {A} şehridir.',
        '{gen} hükûmet merkezi: {A}.',
        '{s} ülkesinin başkenti {A}.',
        '{s} devletinin başkenti {A} şehridir.',
        '{s} – başkent: {A}.',
        '{s} (başkenti: {A}).',
        '{s}, başkenti {A} olan bir ülkedir.',
        '{loc} başkentin adı {A}.',
        '{gen} başkenti olan şehrin adı {A}.',
        '{gen} parlamentosu başkentte, {A} şehrinde toplanır.',
        '{gen} devlet kurumları başkent {A} şehrindedir.',
        '{dat} giden turistler genellikle başkenti, {A} şehrini gezer.',
        'Ansiklopediye göre {gen} başkenti {A}.',
        'Bilindiği gibi {gen} başkenti {A} şehridir.',
        'Haritada {gen} başkenti yıldızla gösterilir: {A}.',
        'Coğrafya kitabında {gen} başkenti olarak {A} yazar.',
        'Haberlerde {gen} başkenti {A} diye anılır.',
      ],
      inverted: [
        '{A}, {gen} başkentidir.',
        '{A} şehri {gen} başkentidir.',
        '{A}, {gen} başkenti olan şehirdir.',
        '{A}, {gen} başkenti olarak bilinir.',
        '{A}, {s} ülkesinin başkentidir.',
        '{A}, {s} devletinin başkentidir.',
        '{A} adlı şehir {gen} başkentidir.',
        '{A}: {gen} başkenti.',
        '{A}, {gen} yönetim merkezidir.',
        '{A} şehrinde {gen} hükûmeti bulunur.',
      ],
      question: [
        '{gen} başkenti neresidir? {A}.',
        'Soru: {gen} başkenti hangi şehirdir? Cevap: {A}.',
        'Hangi şehir {gen} başkentidir? {A}.',
        '{gen} başkenti neresi? {A}.',
        '{gen} başkentinin adı nedir? {A}.',
        '{gen} başkenti olan şehir hangisidir? {A}.',
        'Öğretmen: {gen} başkenti neresidir? Öğrenci: {A}.',
        'Bilgi yarışması: {gen} başkenti? {A}.',
        '– {gen} başkenti hangi şehir? – {A}.',
        '{gen} başkentini biliyor musun? Evet, {A}.',
        '{gen} hükûmeti hangi şehirdedir? {A}.',
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
        '{s}, {A} kıtasındadır.',
        '{s}, {A} kıtasında bulunur.',
        '{s}, {A} kıtasında yer alan bir ülkedir.',
        '{gen} yer aldığı kıta: {A}.',
        '{gen} kıtasının adı {A}.',
        '{gen} kıtası {A} olarak bilinir.',
        '{gen} içinde bulunduğu kıtanın adı {A}.',
        '{s} – kıta: {A}.',
        '{s} (kıtası: {A}).',
        '{gen} sınırları {A} kıtasındadır.',
        'Coğrafi olarak {s}, {A} kıtasının bir parçasıdır.',
        'Atlasta {s}, {A} kıtası bölümündedir.',
        '{dat} giden bir turist {A} kıtasına gitmiş olur.',
        'Ansiklopediye göre {gen} kıtası {A}.',
      ],
      inverted: [
        '{A}, {gen} bulunduğu kıtadır.',
        '{A} kıtası {gen} kıtasıdır.',
        '{A}, {gen} yer aldığı kıtadır.',
        '{A}, {s} ülkesinin kıtasıdır.',
        '{A}: {gen} kıtası.',
        '{A} kıtasında {s} bulunur.',
        '{A} kıtasındaki ülkelerden biri: {s}.',
      ],
      question: [
        '{s} hangi kıtadadır? {A}.',
        'Soru: {gen} kıtası hangisidir? Cevap: {A}.',
        '{gen} kıtası nedir? {A}.',
        '{s} hangi kıtada bulunur? {A}.',
        '{s} dünyanın neresindedir? {A} kıtasında.',
        'Öğretmen: {s} hangi kıtadadır? Öğrenci: {A}.',
        'Bilgi yarışması: {gen} kıtası? {A}.',
        '{gen} hangi kıtada olduğunu biliyor musun? Evet, {A}.',
      ],
    },
    currency: {
      statement: [
        '{gen} para birimi: {A}.',
        '{gen} para biriminin adı {A}.',
        '{gen} resmî parası: {A}.',
        '{loc} kullanılan para: {A}.',
        'Ülke: {s}. Para birimi: {A}.',
        '{gen} parası: {A}.',
        '{gen} para birimi {A}.',
        '{gen} para birimi {A} olarak bilinir.',
        '{gen} resmî para birimi: {A}.',
        '{gen} ulusal para birimi: {A}.',
        '{loc} para birimi olarak {A} kullanılır.',
        '{loc} resmî ödeme aracı: {A}.',
        '{loc} alışverişte geçen para: {A}.',
        '{s} ülkesinin para birimi {A}.',
        '{s} – para birimi: {A}.',
        '{s} (para birimi: {A}).',
        '{s}, para birimi {A} olan bir ülkedir.',
        '{gen} banknotlarında yazan para birimi: {A}.',
        '{gen} merkez bankasının kullandığı para birimi {A}.',
        '{dat} giden turistlerin bilmesi gereken para birimi: {A}.',
        'Ansiklopediye göre {gen} para birimi {A}.',
      ],
      inverted: [
        '{A}, {gen} para birimidir.',
        '{A}, {loc} kullanılan paradır.',
        '{A}, {gen} resmî para birimidir.',
        '{A}, {s} ülkesinin para birimidir.',
        '{A}, {gen} parasıdır.',
        '{A}: {gen} para birimi.',
        '{A} adlı para birimi {loc} kullanılır.',
      ],
      question: [
        '{gen} para birimi nedir? {A}.',
        'Soru: {loc} hangi para kullanılır? Cevap: {A}.',
        '{gen} para biriminin adı nedir? {A}.',
        '{loc} hangi para birimi geçer? {A}.',
        'Turist: {loc} hangi para kullanılıyor? Rehber: {A}.',
        'Bilgi yarışması: {gen} para birimi? {A}.',
        '{gen} para birimini biliyor musun? Evet, {A}.',
        'Soru: {gen} resmî parası nedir? Cevap: {A}.',
      ],
    },
    language: {
      statement: [
        '{gen} resmî dili: {A}.',
        '{gen} resmî dilinin adı {A}.',
        '{gen} ana dili: {A}.',
        '{loc} resmî dil: {A}.',
        'Ülke: {s}. Resmî dil: {A}.',
        '{gen} dili: {A}.',
        '{gen} resmî dili {A}.',
        '{gen} resmî dili {A} olarak bilinir.',
        '{gen} resmî dili {A} olarak belirlenmiştir.',
        '{gen} devlet dili: {A}.',
        '{gen} başlıca dili: {A}.',
        '{loc} resmî dil olarak {A} kullanılır.',
        '{loc} resmî olarak {A} konuşulur.',
        '{loc} konuşulan resmî dil: {A}.',
        '{loc} devlet kurumlarının dili {A}.',
        '{s} ülkesinin resmî dili {A}.',
        '{s} devletinin resmî dili: {A}.',
        '{s} – resmî dil: {A}.',
        '{s} (resmî dili: {A}).',
        '{s}, resmî dili {A} olan bir ülkedir.',
        '{gen} anayasasına göre resmî dil {A}.',
        '{gen} hükûmeti resmî yazılarında {A} kullanır.',
        '{gen} yasaları şu dilde yazılır: {A}.',
        '{gen} parlamentosunda {A} konuşulur.',
        '{gen} okullarında öğretilen dil: {A}.',
        'Ansiklopediye göre {gen} resmî dili {A}.',
        'Coğrafya kitabında {gen} resmî dili olarak {A} yazar.',
        '{dat} taşınanların öğrendiği resmî dil: {A}.',
      ],
      inverted: [
        '{A}, {gen} resmî dilidir.',
        '{A}, {loc} resmî dildir.',
        '{A}, {gen} devlet dilidir.',
        '{A}, {s} ülkesinin resmî dilidir.',
        '{A}, {gen} resmî dili olarak bilinir.',
        '{A}, {gen} başlıca dilidir.',
        '{A}, {gen} yasalarının yazıldığı dildir.',
        '{A}, {loc} konuşulan resmî dildir.',
        '{A}, {loc} resmî dil olarak kullanılır.',
        '{A}: {gen} resmî dili.',
      ],
      question: [
        '{gen} resmî dili nedir? {A}.',
        'Soru: {loc} hangi dil resmîdir? Cevap: {A}.',
        '{gen} resmî dili hangisidir? {A}.',
        '{gen} resmî dilinin adı nedir? {A}.',
        '{loc} resmî olarak hangi dil konuşulur? {A}.',
        'Öğretmen: {gen} resmî dili nedir? Öğrenci: {A}.',
        'Bilgi yarışması: {gen} resmî dili? {A}.',
        '– {loc} resmî dil ne? – {A}.',
        '{gen} resmî dilini biliyor musun? Evet, {A}.',
        '{gen} hükûmeti hangi dili kullanır? {A}.',
      ],
    },
  },
  naming: [
    '“{x}” adının Türkçesi {A}.',
    '“{x}” Türkçede {A} olarak bilinir.',
    'Türkçede “{x}” adı {A} olarak geçer.',
    '“{x}” sözünün Türkçe karşılığı: {A}.',
    '“{x}” Türkçeye {A} diye çevrilir.',
    '{x} – Türkçe: {A}.',
    '{x}, Türkçe adıyla {A}.',
    '{A}, “{x}” adının Türkçesidir.',
  ],
};
