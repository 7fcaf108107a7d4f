/**
 * @file Whether a text says a name: Unicode-normalised, whatever the case, as a word of its own where the script has words. Negation is
 * left alone: who says “not Tokyo” has said “Tokyo”.
 */
import { ownEntry } from '../../own-entry.ts';
import * as v from 'valibot';
import { candidates, entity, facts, relations, type LanguageCode } from '../../facts/index.ts';
import { natural } from '../check.ts';

/** Where a name stands in a text, in UTF-16 units of the text as it was given. */
export const place = v.object({ from: natural, to: natural });
export type Place = v.InferOutput<typeof place>;

/** A text folded for comparison; `from[i]` and `to[i]` are the borders, in the text as given, of what became unit `i`. */
interface Folded {
  text: string;
  from: number[];
  to: number[];
}

/** Written or not, it is the same word: joiners, marks of direction, soft hyphens, variation selectors; Arabic vowel signs and tatweel; nukta. */
const unwritten =
  /[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u093c\u09bc\u0a3c]/gu;

const apostrophes = /['‘ʼ‛´`＇]/gu;
/** The three letters with a nukta that normalisation leaves joined. */
const joinedNuktas: Readonly<Record<string, string>> = { ऩ: 'न', ऱ: 'र', ऴ: 'ळ' };
const alefs = /[\u0622\u0623\u0625\u0671\u0672\u0673]/gu;
const dashes = /[\u2010\u2011\u2012\u2013\u2212]/gu;

/** A text (or a piece of one: a letter with its marks) folded; `locale` decides what the two Turkish i's become. */
function foldPiece(piece: string, locale: 'tr' | undefined): string {
  const flat = piece
    .normalize('NFKC')
    .replace(alefs, '\u0627')
    .replace(/[ऩऱऴ]/gu, (letter) => ownEntry(joinedNuktas, letter) ?? letter)
    .replace(unwritten, '')
    .replace(apostrophes, '’')
    .replace(dashes, '-')
    .replace(/\s+/gu, ' ');
  if (locale === 'tr') return flat.toLocaleUpperCase('tr').toLocaleLowerCase('tr');
  // The capital stands between, so that ß is ss and final sigma is sigma; ı has no small letter with a dot. What is left of İ is its dot.
  return [...flat]
    .map((letter) => (letter === 'ı' ? letter : letter.toUpperCase().toLowerCase()))
    .join('')
    .normalize('NFKC')
    .replace(/i\u0307/gu, 'i');
}

/** A base character and the marks after it: what NFKC may join. Hangul letters and the like are joined from several bases. */
const pieces = /[\u1100-\u11ff]+|\s+|[\s\S]\p{M}*/gu;

function fold(text: string, locale: 'tr' | undefined): Folded {
  const folded: Folded = { text: '', from: [], to: [] };
  for (const match of text.matchAll(pieces)) {
    const flat = foldPiece(match[0], locale);
    folded.text += flat;
    folded.from.push(...Array<number>(flat.length).fill(match.index));
    folded.to.push(...Array<number>(flat.length).fill(match.index + match[0].length));
  }
  return folded;
}

/** A name folded as a whole: nobody asks where its letters stood. */
function foldName(name: string, locale: 'tr' | undefined): string {
  return foldPiece(name.trim(), locale);
}

/** How a language's text is folded: Turkish by its own rules and, since models also write its names as English does, by the common ones. */
function foldings(code: string): ('tr' | undefined)[] {
  return /^(tr|az)\b/.test(code) ? ['tr', undefined] : [undefined];
}

const word = /[\p{L}\p{M}\p{N}]/u;
/** Scripts that write no space between words. */
const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const katakana = /[\p{Script=Katakana}ー]/u;

/** Whether a word may end between two characters that stand side by side. */
function isBorder(inside: string, outside: string): boolean {
  if (outside === '' || !word.test(outside)) return true;
  if (/\p{M}/u.test(outside)) return false;
  // Katakana spells foreign names, and a longer run of it is another name: マリ is not in ソマリア.
  if (katakana.test(inside) && katakana.test(outside)) return false;
  return spaceless.test(inside) || spaceless.test(outside);
}

/** “And”, “so”, “in”, “to”: Arabic writes them as letters before the word. */
const proclitic = /(?:^|[^\p{L}\p{M}\p{N}])(?:[وف][بل]?|[بل])$/u;

function beginsWord(text: string, at: number, name: string): boolean {
  const before = text.slice(0, at);
  const [inside = ''] = name;
  if (isBorder(inside, [...before.slice(-2)].pop() ?? '')) return true;
  return name.length >= 3 && /\p{Script=Arabic}/u.test(inside) && proclitic.test(before);
}

function endsWord(text: string, end: number, name: string): boolean {
  const [outside = ''] = text.slice(end, end + 2);
  return isBorder([...name].pop() ?? '', outside);
}

function* placesFolded(text: string, name: string): Generator<Place> {
  if (name === '') return;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
    if (beginsWord(text, at, name) && endsWord(text, at + name.length, name))
      yield { from: at, to: at + name.length };
}

/** Looks for names in one text, which is folded once for all of them. */
export class NameSearch {
  readonly #text: string;
  readonly #folded = new Map<'tr' | undefined, Folded>();

  constructor(text: string) {
    this.#text = text;
  }

  #foldedFor(locale: 'tr' | undefined): Folded {
    const folded = this.#folded.get(locale) ?? fold(this.#text, locale);
    this.#folded.set(locale, folded);
    return folded;
  }

  /**
   * The first place where the text, in the language of `code` (BCP 47), says `name`; null where it does not. A name that only stands inside
   * one of the `longer` names is not said: 罗马 (Rome) is not in 罗马尼亚 (Romania). These are asked for only where the text has room for one.
   */
  findName(name: string, code: string, longer: () => readonly string[] = () => []): Place | null {
    for (const locale of foldings(code)) {
      const folded = this.#foldedFor(locale);
      const wanted = foldName(name, locale);
      const places = [...placesFolded(folded.text, wanted)];
      if (places.length === 0) continue;
      const hasRoom = folded.text.trim().length > wanted.length;
      const covered = (hasRoom ? longer() : []).flatMap((each) => [
        ...placesFolded(folded.text, foldName(each, locale)),
      ]);
      for (const { from, to } of places) {
        const isInside = covered.some(
          (other) => other.from <= from && other.to >= to && other.to - other.from > to - from,
        );
        if (isInside) continue;
        return { from: folded.from[from] ?? 0, to: folded.to[to - 1] ?? this.#text.length };
      }
    }
    return null;
  }

  /** The first of several spellings, and of those that begin together the longest. */
  findFirst(spellings: readonly string[], code: LanguageCode): Place | null {
    const places = spellings.flatMap(
      (name) => this.findName(name, code, () => longerNames(name, code)) ?? [],
    );
    places.sort((a, b) => a.from - b.from || b.to - a.to);
    return places[0] ?? null;
  }
}

/** Whether two names differ at most in what is folded away. */
export function isSameName(a: string, b: string, code: string): boolean {
  return foldings(code).some((locale) => foldName(a, locale) === foldName(b, locale));
}

export function findFirst(
  text: string,
  spellings: readonly string[],
  code: LanguageCode,
): Place | null {
  return new NameSearch(text).findFirst(spellings, code);
}

/** Names of countries, cities, continents and languages in a language that hold `name` and more: 几内亚 and 赤道几内亚. */
function longerNames(name: string, code: LanguageCode): readonly string[] {
  const wanted = foldName(name, undefined);
  return namesIn(code)
    .filter(({ folded }) => folded.length > wanted.length && folded.includes(wanted))
    .map((each) => each.name);
}

/** Every name of a language, folded: made when a language is first asked for. */
const placeNames = new Map<LanguageCode, { name: string; folded: string }[]>();

function namesIn(code: LanguageCode): { name: string; folded: string }[] {
  let names = placeNames.get(code);
  if (!names) {
    const answered = relations.filter((relation) => relation !== 'currency').flatMap(candidates);
    const ids = new Set([...facts.map(({ subject }) => subject), ...answered]);
    names = [...new Set([...ids].map((id) => entity(id).names[code]))].map((name) => ({
      name,
      folded: foldName(name, undefined),
    }));
    placeNames.set(code, names);
  }
  return names;
}
