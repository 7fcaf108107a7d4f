/** @file Every place of the page beside the laboratory, as hashes of its address. */
import { lessons } from '../../src/lessons/index.ts';

export const places: readonly string[] = [
  '#/lessons',
  '#/lessons?view=teacher',
  ...lessons.map(({ id }) => `#/lessons?lesson=${id}`),
  '#/gone',
  ...['spread', 'grid', 'methods', 'compare', 'results'].map((view) => `#/research?view=${view}`),
  '#/facts',
  '#/models',
  '#/storage',
];
