import { expect, it } from 'vitest';
import { languageCodes } from '../../facts/index.ts';
import { guessCode, readGuessCode } from '../kit/guess-code.ts';
import { compared, noHands, withCodes, withHands, withPupils } from './tally.ts';

it('a code brings back its languages: all of them, none, and every single one', () => {
  for (const guess of [[], languageCodes, ...languageCodes.map((code) => [code])]) {
    const code = guessCode(guess);
    expect(code).toMatch(/^[2-9A-HJ-NP-Z]{4}$/);
    expect(readGuessCode(code.toLowerCase())).toEqual(guess);
  }
});

it('a slip of the pen is noticed', () => {
  const code = guessCode(['en', 'sw']);
  const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  for (let at = 0; at < 4; at++)
    for (const letter of letters) {
      if (letter === code[at]) continue;
      expect(readGuessCode(code.slice(0, at) + letter + code.slice(at + 1))).toBeNull();
    }
  for (const none of ['', 'ABC', 'ABCDE', '1O0I', '????']) expect(readGuessCode(none)).toBeNull();
});

it('pasted codes are counted, and what is none is named', () => {
  const pasted = `${guessCode(['en', 'fr'])}, ${guessCode(['en'])}\nnope ${guessCode([])}`;
  const { tally, wrong, read } = withCodes(noHands, pasted);
  expect(tally).toEqual({ pupils: 3, hands: { en: 2, fr: 1 } });
  expect([wrong, read]).toEqual([['nope'], 3]);
});

it('hands are never more than pupils, and the majority is compared with what the model says', () => {
  let tally = withHands(withPupils(noHands, 4), 'en', 3);
  tally = withHands(tally, 'de', 2);
  expect(withPupils(tally, 1).pupils).toBe(3);
  expect(withHands(tally, 'fr', 9).pupils).toBe(9);
  expect(withHands(tally, 'fr', NaN).hands.fr).toBe(0);
  expect(compared(tally, ['en', 'de', 'sw'], ['en', 'sw'])).toEqual([
    { code: 'en', hands: 3, expected: true, says: true },
    { code: 'de', hands: 2, expected: null, says: false },
    { code: 'sw', hands: 0, expected: false, says: true },
  ]);
});
