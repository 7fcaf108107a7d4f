import { describe, expect, it } from 'vitest';
import { drawn, spoken } from './fonts.ts';

describe('the Chinese font', () => {
  it('has every character that the page and its facts say; else run `npm run fonts`', () => {
    const has = new Set(drawn());
    expect(spoken().filter((character) => !has.has(character))).toEqual([]);
  });
});
