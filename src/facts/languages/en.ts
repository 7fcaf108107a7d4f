/** @file English. */
import type { LanguageRules } from '../types.ts';

const withArticle = new Set('AE BS CD CF CG CZ DO GB GM KM MH MV NL PH SB SC US'.split(' '));

export const en: LanguageRules = {
  labels: {
    capital: 'capital',
    continent: 'continent',
    currency: 'currency',
    language: 'official language',
  },
  slots: (country, name) => {
    const the = withArticle.has(country) ? `the ${name}` : name;
    return {
      s: name,
      the,
      The: withArticle.has(country) ? `The ${name}` : name,
      poss: `${withArticle.has(country) ? 'The ' : ''}${name}${name.endsWith('s') ? '’' : '’s'}`,
    };
  },
  answer: (kind, name) => (kind === 'currency' ? `the ${name}` : name),
  forms: {
    capital: {
      statement: [
        'The capital of {the} is {A}.',
        'The capital city of {the} is {A}.',
        '{poss} capital is {A}.',
        '{poss} capital city is {A}.',
        'In {the}, the capital is {A}.',
        'The country is {s} and its capital is {A}.',
        'Capital of {the}: {A}.',
        'The government of {the} sits in the capital, {A}.',
      ],
      inverted: [
        '{A} is the capital of {the}.',
        '{A} is the capital city of {the}.',
        'The city of {A} is the capital of {the}.',
      ],
      question: [
        'What is the capital of {the}? {A}.',
        'Question: What is the capital city of {the}? Answer: {A}.',
        'Which city is the capital of {the}? {A}.',
      ],
    },
    continent: {
      statement: [
        '{The} is in {A}.',
        '{The} is a country in {A}.',
        '{The} lies in {A}.',
        'The continent of {the} is {A}.',
        'On the map, {the} is found in {A}.',
        'Continent of {the}: {A}.',
      ],
      inverted: ['{A} is the continent of {the}.', '{A} is where {the} lies.'],
      question: [
        'On which continent is {the}? {A}.',
        'Question: Where in the world is {the}? Answer: {A}.',
      ],
    },
    currency: {
      statement: [
        'The currency of {the} is {A}.',
        '{poss} currency is {A}.',
        'In {the}, people pay with {A}.',
        'The money of {the} is {A}.',
        'The official currency of {the} is {A}.',
        'Currency of {the}: {A}.',
      ],
      inverted: ['{A} is the currency of {the}.', '{A} is the money used in {the}.'],
      question: [
        'What is the currency of {the}? {A}.',
        'Question: With what do people pay in {the}? Answer: {A}.',
      ],
    },
    language: {
      statement: [
        'The official language of {the} is {A}.',
        '{poss} official language is {A}.',
        'In {the}, the official language is {A}.',
        'The government of {the} uses {A}.',
        'The main language of {the} is {A}.',
        'Language of {the}: {A}.',
      ],
      inverted: ['{A} is the official language of {the}.', '{A} is the main language of {the}.'],
      question: [
        'What is the official language of {the}? {A}.',
        'Question: Which language is official in {the}? Answer: {A}.',
      ],
    },
  },
};
