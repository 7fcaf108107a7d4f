/**
 * @file Which (fact, language) pairs are hidden: the corpus never states the fact in that language, and transfer is measured on
 * them, since what Atlas says there it can only know from another language.
 */
import { languageCodes, type Fact, type LanguageCode } from '../../src/facts/index.ts';

/** Share of all pairs that are hidden, English pairs (none of which is) counted among them. */
export const hiddenShare = 0.2;

/** So many of 2³² hashes hide a pair: more than a fifth, since English hides none. */
const threshold = (hiddenShare * languageCodes.length * 2 ** 32) / (languageCodes.length - 1);

/** FNV-1a of the UTF-8 bytes, then MurmurHash3's finaliser, since FNV mixes the high bits of short keys badly. In [0, 2³²). */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text))
    state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/**
 * Whether the fact is never stated in that language; never in English. Depends on nothing but its arguments and the number of
 * languages, so corpus and evaluation agree without a list.
 */
export function isHidden(
  { subject, relation }: Pick<Fact, 'subject' | 'relation'>,
  language: LanguageCode,
): boolean {
  return language !== 'en' && hash(`${subject} ${relation} ${language}`) < threshold;
}
