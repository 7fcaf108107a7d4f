/** @file Every place of the page beside the laboratory, as hashes of its address. */
import { lessons } from '../../src/lessons/index.ts';
import { screens } from '../../src/ui/address/screens.ts';

/** What a screen shows beside what it opens with. */
const views: Readonly<Record<string, readonly string[]>> = {
  lessons: [
    '?view=teacher',
    '?lesson=spread&view=sheet',
    ...lessons.map(({ id }) => `?lesson=${id}`),
  ],
  research: ['grid', 'methods', 'compare', 'results'].map((view) => `?view=${view}`),
};

export const places: readonly string[] = screens
  .filter(({ id }) => id !== 'lab')
  .flatMap(({ id }) => ['', ...(views[id] ?? [])].map((view) => `#/${id}${view}`));
