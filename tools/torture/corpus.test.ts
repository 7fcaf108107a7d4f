/** The small cases that `npm run torture` has found, and damaged files of every kind besides. */
import { expect, it } from 'vitest';
import { keptCases, replay, tortureFiles } from './files.ts';

it.each(keptCases())('$name is read, or refused in words', async ({ found }) => {
  expect(await replay(found)).toBeNull();
});

it('damaged files of every kind are read, or refused in words', async () => {
  const { count, faults } = await tortureFiles(20, { count: 1000, until: Infinity });
  expect(count).toBe(1000);
  expect(faults).toEqual([]);
});
