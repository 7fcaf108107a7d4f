import { expect, it } from 'vitest';
import { entries, entryOf, screenOf, screens } from './screens.ts';

it('finds the screen that an address names, also by its older name; else the laboratory', () => {
  expect(screenOf('#/audit')).toBe('audit');
  expect(screenOf('#/gone')).toBe('audit');
  expect(screenOf('#/research?view=spread')).toBe('research');
  for (const hash of ['', '#/', '#teach.steps=20', '#/nowhere']) expect(screenOf(hash)).toBe('lab');
});

it('the navigation has five entries at most, and leads to every screen', () => {
  expect(entries.length).toBeLessThanOrEqual(5);
  const elsewhere: string[] = screens.filter((row) => 'under' in row).map(({ id }) => id);
  // The article: the lessons and the foot of the page lead to it.
  expect(elsewhere).toEqual(['story']);
  expect(entryOf('story')?.id).toBe('lessons');
  expect(entryOf('models')?.id).toBe('workshop');
  expect(entries.flatMap((entry) => entry.screens)).toEqual(
    screens.map(({ id }) => id).filter((id) => !elsewhere.includes(id)),
  );
  expect(entries.at(-1)).toEqual({ id: 'workshop', screens: ['facts', 'models', 'storage'] });
});
