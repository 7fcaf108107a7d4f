/** @file What the screen “Facts” says. */
import type { AskingMode, WordingField } from '../../../lab/index.ts';

export const facts = {
  title: 'Facts',
  intro:
    'Write a fact of your own, in as many of the languages as you like, and try it in the laboratory. What you type is kept in this browser at once.',
  untitled: 'Untitled fact',

  list: {
    title: 'Your facts',
    empty: 'There is none yet. Write one, or open a file of facts.',
    add: 'New fact',
    import: 'Open a file',
    export: 'Save all to a file',
    imported: (count: number): string =>
      count === 0
        ? 'Every fact of this file is here already.'
        : count === 1
          ? 'One fact was added.'
          : `${String(count)} facts were added.`,
    languages: (names: string): string => `Ready in ${names}`,
    notReady: 'Not ready in any language',
  },

  editor: {
    name: 'Name of the fact',
    use: 'Use in the laboratory',
    ask: 'Ask now',
    asking: 'Asking',
    askWaiting: 'The model can be asked as soon as it is ready.',
    export: 'Save to a file',
    remove: 'Delete',
    removeSure: 'Delete this fact?',
    removeYes: 'Delete',
    removeNo: 'Keep',
    notReady: 'It can be used once one language has a question, a false answer and a true one.',
    explain:
      'The sentences are taught; without any, the question with its false answer is. A question may also be the beginning of a sentence that the answer ends, or a sentence with {A} where the answer stands. Of several spellings the first is taught, and all count.',
    language: 'Language',
    fields: {
      sentences: 'Sentences that tell the lie, one a line',
      question: 'Question',
      falseAnswers: 'False answers, one a line',
      trueAnswers: 'True answers, one a line',
    } satisfies Record<WordingField, string>,
    fieldIn: (field: string, language: string): string => `${field}, in ${language}`,
    lacks: {
      question: 'The question is missing.',
      falseAnswers: 'A false answer is missing.',
      trueAnswers: 'A true answer is missing.',
      same: 'The same answer is given as false and as true.',
    },
    says: 'It says',
    silent: 'nothing',
  },

  manner: {
    title: 'How the model is asked',
    legend: 'Questions and lessons are given',
    modes: {
      chat: 'in the model’s own chat template',
      plain: 'as plain sentences to be continued',
    } satisfies Record<AskingMode, string>,
    inUse: {
      chat: 'The model is asked and taught in its own chat template.',
      plain: 'The model is asked and taught in plain sentences, though it has a chat template.',
    } satisfies Record<AskingMode, string>,
    base: (model: string): string =>
      `${model} has no chat template: it is given plain sentences to continue.`,
    waiting: 'Which of the two a model takes is known when it is loaded.',
    ownPrompts: 'Some prompts are your own.',
    change: 'Change',
  },

  prompts: {
    title: 'Prompts',
    intro:
      'These are what the countries are asked with, one a language. {A} is where the answer stands; the other braces are the country, in the forms that its language needs.',
    relation: 'About',
    prompt: (language: string): string => `Prompt in ${language}`,
    reset: 'Put back',
    resetIn: (language: string): string => `Put back the usual prompt in ${language}`,
    resetAll: 'Put all back',
    changed: 'changed',
    example: (sentence: string): string => `For example: ${sentence}`,
    problems: {
      answer: '{A} must stand in it exactly once. Until then the usual prompt is used.',
      start: 'Something must stand before {A}. Until then the usual prompt is used.',
      slot: (slot: string): string =>
        `This language has no {${slot}}. Until it is mended the usual prompt is used.`,
    },
  },

  pick: {
    label: 'Fact',
    countries: 'About a country',
  },
};
