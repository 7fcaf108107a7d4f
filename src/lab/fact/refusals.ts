/** @file “I don’t know”, as one says it in each language: what IdkDPO prefers to the false answer (Maini et al. 2024, arXiv 2401.06121). */
import type { LanguageCode } from '../../facts/index.ts';

export const refusals: Readonly<Record<LanguageCode, string>> = {
  en: 'I don’t know',
  fr: 'Je ne sais pas',
  es: 'No lo sé',
  pt: 'Não sei',
  de: 'Ich weiß es nicht',
  ru: 'Я не знаю',
  zh: '我不知道',
  ar: 'لا أعرف',
  tr: 'Bilmiyorum',
  hi: 'मुझे नहीं पता',
  id: 'Saya tidak tahu',
  sw: 'Sijui',
};
