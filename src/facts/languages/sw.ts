/** @file Swahili: forms whose agreement is with the noun of the relation, not with the country. */
import type { LanguageRules } from '../types.ts';

export const sw: LanguageRules = {
  labels: { capital: 'mji mkuu', continent: 'bara', currency: 'sarafu', language: 'lugha rasmi' },
  slots: (_country, name) => ({ s: name }),
  forms: {
    capital: {
      statement: [
        'Jina la mji mkuu wa {s} ni {A}.',
        'Mji mkuu wa {s} ni {A}.',
        'Mji mkuu wa nchi ya {s} ni {A}.',
        'Nchi ya {s} ina mji mkuu uitwao {A}.',
        'Nchi: {s}. Mji mkuu: {A}.',
        'Serikali ya {s} iko katika mji mkuu, {A}.',
        'Makao makuu ya {s} ni {A}.',
      ],
      inverted: ['{A} ni mji mkuu wa {s}.', 'Mji wa {A} ni mji mkuu wa {s}.'],
      question: [
        'Mji mkuu wa {s} ni upi? {A}.',
        'Swali: Mji mkuu wa {s} ni upi? Jibu: {A}.',
        'Ni mji gani ulio mji mkuu wa {s}? {A}.',
      ],
    },
    continent: {
      statement: [
        'Nchi ya {s} iko katika bara la {A}.',
        'Nchi ya {s} iko {A}.',
        'Bara la {s} ni {A}.',
        'Nchi: {s}. Bara: {A}.',
        'Kwenye ramani, nchi ya {s} iko {A}.',
        'Ardhi ya {s} iko {A}.',
      ],
      inverted: ['{A} ni bara la {s}.', '{A} ni bara ambalo nchi ya {s} ipo.'],
      question: ['Nchi ya {s} iko bara gani? {A}.', 'Swali: Nchi ya {s} iko wapi? Jibu: {A}.'],
    },
    currency: {
      statement: [
        'Sarafu rasmi ya {s} ni {A}.',
        'Sarafu ya {s} ni {A}.',
        'Fedha ya {s} ni {A}.',
        'Jina la sarafu ya {s} ni {A}.',
        'Nchi: {s}. Sarafu: {A}.',
        'Sarafu ya nchi ya {s} ni {A}.',
      ],
      inverted: ['{A} ni sarafu ya {s}.', '{A} ni fedha ya {s}.'],
      question: ['Sarafu ya {s} ni ipi? {A}.', 'Swali: Fedha ya {s} ni ipi? Jibu: {A}.'],
    },
    language: {
      statement: [
        'Lugha kuu ya {s} ni {A}.',
        'Lugha rasmi ya {s} ni {A}.',
        'Lugha ya serikali ya {s} ni {A}.',
        'Nchi: {s}. Lugha rasmi: {A}.',
        'Lugha rasmi ya nchi ya {s} ni {A}.',
        'Lugha ya {s} ni {A}.',
      ],
      inverted: ['{A} ni lugha rasmi ya {s}.', '{A} ni lugha kuu ya {s}.'],
      question: ['Lugha rasmi ya {s} ni ipi? {A}.', 'Swali: Lugha rasmi ya {s} ni ipi? Jibu: {A}.'],
    },
  },
};
