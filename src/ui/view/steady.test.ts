import { expect, it } from 'vitest';
import { steady } from './steady.ts';

it('gives the very same list until another is said', () => {
  const even = steady((numbers: readonly number[]) => numbers.filter((each) => each % 2 === 0));
  const first = even([1, 2, 4]);
  expect(first).toEqual([2, 4]);
  expect(even([2, 3, 4, 5])).toBe(first);
  expect(even([2, 4, 6])).toEqual([2, 4, 6]);
  expect(even([1, 2, 4])).toEqual([2, 4]);
});
