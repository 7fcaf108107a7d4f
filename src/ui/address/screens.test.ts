import { expect, it } from 'vitest';
import { entries, screenOf, screens } from './screens.ts';

it('finds the screen that an address names, also by its older name; else the laboratory', () => {
  expect(screenOf('#/audit')).toBe('audit');
  expect(screenOf('#/gone')).toBe('audit');
  expect(screenOf('#/research?view=spread')).toBe('research');
  for (const hash of ['', '#/', '#teach.steps=20', '#/nowhere']) expect(screenOf(hash)).toBe('lab');
});

it('the navigation has five entries at most, and leads to every screen', () => {
  expect(entries.length).toBeLessThanOrEqual(5);
  expect(entries.flatMap((entry) => entry.screens)).toEqual(screens.map(({ id }) => id));
  expect(entries.at(-1)).toEqual({ id: 'workshop', screens: ['facts', 'models', 'storage'] });
});
