import { expect, it } from 'vitest';
import { screenOf } from './screens.ts';

it('finds the screen that an address names, also by its older name; else the laboratory', () => {
  expect(screenOf('#/audit')).toBe('audit');
  expect(screenOf('#/gone')).toBe('audit');
  expect(screenOf('#/research?view=spread')).toBe('research');
  for (const hash of ['', '#/', '#teach.steps=20', '#/nowhere']) expect(screenOf(hash)).toBe('lab');
});
