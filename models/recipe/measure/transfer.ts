/** @file Transfer: does the model say in a language what it was told only in others? */
import {
  accuracyTable,
  ask,
  askTasks,
  summariseAnswers,
  type AskResult,
  type AskSummary,
  type AskTask,
} from './knowledge.ts';
import type { Measure } from './measure.ts';

export const transfer: Measure<AskTask, AskResult, AskSummary> = {
  tasks: (scope) => askTasks(scope, true),
  perform: ask,
  summarise: summariseAnswers,
  tables: (summary) => [
    accuracyTable(summary, {
      name: 'transfer',
      title: 'Transfer: facts that were hidden in the language',
      note: 'The same of the facts that training never states in that language (`models/recipe/hidden.ts`: a fifth of all pairs of a fact and a language, none in English).',
    }),
  ],
};
