/** @file A pupil's guess as a short code, to be called out, written down, or pasted into the class's tally. */
import { languageCodes, type LanguageCode } from '../../facts/index.ts';

/** Letters and digits that nobody takes for one another. */
const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const base = letters.length;

/** Four signs: three for which of the twelve languages were guessed, and one by which a slip of the pen is noticed. */
export function guessCode(languages: readonly LanguageCode[]): string {
  const bits = languageCodes.reduce(
    (sum, code, index) => sum + (languages.includes(code) ? 2 ** index : 0),
    0,
  );
  const signs = [Math.floor(bits / base ** 2), Math.floor(bits / base) % base, bits % base];
  return [...signs, checkOf(signs)].map((sign) => letters[sign]).join('');
}

/** The languages of a code, whatever the case; null where it is none. */
export function readGuessCode(code: string): LanguageCode[] | null {
  const signs = [...code.toUpperCase()].map((letter) => letters.indexOf(letter));
  const [high = -1, middle = -1, low = -1, check = -1] = signs;
  if (signs.length !== 4 || signs.includes(-1) || checkOf([high, middle, low]) !== check)
    return null;
  const bits = (high * base + middle) * base + low;
  if (bits >= 2 ** languageCodes.length) return null;
  return languageCodes.filter((_, index) => Math.floor(bits / 2 ** index) % 2 === 1);
}

/** Weights are odd, so that one wrong sign, or two neighbours that changed places, almost never fit. */
function checkOf([high = 0, middle = 0, low = 0]: readonly number[]): number {
  return (7 * high + 3 * middle + 5 * low + 11) % base;
}
