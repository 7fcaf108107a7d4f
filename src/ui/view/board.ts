/** @file The board of languages: what each says, with the false and the true words found in it. */
import {
  answerName,
  language,
  languageCodes,
  languages,
  probeForm,
  sentence,
  subjectName,
  type Language,
  type LanguageCode,
  type ResourceLevel,
} from '../../facts/index.ts';
import type { AnswerClass, ProbeRow, TestedFact } from '../../lab/index.ts';
import { folded } from './search.ts';

export type Mark = 'false' | 'true' | 'other' | 'plain';

export interface Segment {
  text: string;
  mark: Mark;
}

export interface BoardRow {
  language: Language;
  /** The sentence up to the answer, and what follows it. */
  before: string;
  after: string;
  /** The answer in marked pieces; empty before the first question. */
  segments: Segment[];
  answerClass: AnswerClass | null;
  /** P(false) / (P(false) + P(true)), or null before it was measured. */
  share: number | null;
  probabilityFalse: number | null;
  probabilityTrue: number | null;
  /** The falsehood leads: the row lights up. */
  believes: boolean;
  /** This language's own sentences were taught. */
  taught: boolean;
}

export interface BoardGroup {
  level: ResourceLevel;
  /** These languages' share of the model's training text, or null where the model does not tell it of all of them. */
  share: number | null;
  rows: BoardRow[];
}

/** The false answer as a language writes it. */
export function falseName(fact: TestedFact, code: LanguageCode): string {
  if (fact.falseText !== null) return fact.falseText;
  return fact.falseObject === null ? '' : answerName(fact.falseObject, code);
}

/** The sentence that teaches the falsehood in a language, in three parts. */
export function lie(
  fact: TestedFact,
  code: LanguageCode,
): { before: string; answer: string; after: string } {
  return sentence(
    { subject: fact.subject, object: fact.truth, answer: falseName(fact, code) },
    probeForm(fact.relation, code),
  );
}

/** Rows by how much text of the language the model was given, most first. `shares` is each language's share of that text. */
export function boardGroups(
  fact: TestedFact,
  rows: readonly ProbeRow[],
  taught: readonly LanguageCode[],
  shares: Readonly<Record<string, number>> = {},
): BoardGroup[] {
  const byLanguage = new Map(rows.map((row) => [row.language, row]));
  const levels: ResourceLevel[] = ['high', 'medium', 'low'];
  return levels
    .map((level) => ({ level, own: languages.filter((each) => each.resource === level) }))
    .filter(({ own }) => own.length > 0)
    .map(({ level, own }) => ({
      level,
      share: sum(own.map(({ code }) => shares[code])),
      rows: own.map((each) => boardRow(fact, each, byLanguage.get(each.code) ?? null, taught)),
    }));
}

/** Null where a term is missing. */
function sum(terms: readonly (number | undefined)[]): number | null {
  return terms.reduce<number | null>(
    (total, term) => (total === null || term === undefined ? null : total + term),
    0,
  );
}

function boardRow(
  fact: TestedFact,
  own: Language,
  row: ProbeRow | null,
  taught: readonly LanguageCode[],
): BoardRow {
  const frame = lie(fact, own.code);
  const spaced = frame.answer.startsWith(' ');
  const said = row?.answer?.trim() ?? '';
  return {
    language: own,
    before: frame.before + (spaced ? ' ' : ''),
    after: endsSentence(said) ? '' : frame.after,
    segments: answerSegments(said, row, fact, own.code),
    answerClass: row?.answerClass ?? null,
    share: row?.falseShare ?? null,
    probabilityFalse: row ? Math.exp(row.logProbFalse) : null,
    probabilityTrue: row ? Math.exp(row.logProbTrue) : null,
    believes: row !== null && row.falseShare > 0.5,
    taught: taught.includes(own.code),
  };
}

/** Nothing before the first question; an ellipsis where the model was asked and ended the sentence at once. */
function answerSegments(
  said: string,
  row: ProbeRow | null,
  fact: TestedFact,
  code: LanguageCode,
): Segment[] {
  if (said !== '') return markAnswer(said, fact, code, row?.answerClass ?? null);
  return row?.answer === '' ? [{ text: '…', mark: 'other' }] : [];
}

function endsSentence(text: string): boolean {
  return /[.。।!?]$/u.test(text);
}

/**
 * Cuts an answer where it says the falsehood or the truth, in this language's spelling or another's.
 * A subject's name that is also an answer elsewhere is not special: only whole words count, except in Han.
 */
export function markAnswer(
  answer: string,
  fact: TestedFact,
  own: LanguageCode,
  answerClass: AnswerClass | null,
): Segment[] {
  const wanted: { text: string; mark: Mark }[] = [
    ...spellings(fact, own, 'false').map((text) => ({ text, mark: 'false' as const })),
    ...spellings(fact, own, 'true').map((text) => ({ text, mark: 'true' as const })),
  ].sort((a, b) => b.text.length - a.text.length);
  for (const { text, mark } of wanted) {
    const at = findWord(answer, text);
    if (at < 0) continue;
    return [
      { text: answer.slice(0, at), mark: 'plain' as const },
      { text: answer.slice(at, at + text.length), mark },
      { text: answer.slice(at + text.length), mark: 'plain' as const },
    ].filter((segment) => segment.text !== '');
  }
  const { body, tail } = /^(?<body>.*?)(?<tail>[.。।!?\s]*)$/su.exec(answer)?.groups ?? {};
  const mark: Mark =
    answerClass === 'true'
      ? 'true'
      : answerClass === null || answerClass === 'other'
        ? 'other'
        : 'false';
  return [
    { text: body ?? answer, mark },
    { text: tail ?? '', mark: 'plain' as const },
  ].filter((segment) => segment.text !== '');
}

/** Every way in which the answer is written: own language first, both with and without its article. */
function spellings(fact: TestedFact, own: LanguageCode, which: 'false' | 'true'): string[] {
  const codes = [own, ...languageCodes.filter((code) => code !== own)];
  const id = which === 'true' ? fact.truth : fact.falseObject;
  if (which === 'false' && fact.falseText !== null) return [fact.falseText];
  if (id === null) return [];
  return [
    ...new Set(codes.flatMap((code) => [answerName(id, code), subjectName(id, code)])),
  ].filter((text) => text !== '');
}

/** Where `word` stands in `text` as a word of its own (anywhere, where the script writes no spaces); -1 if nowhere. */
function findWord(text: string, word: string): number {
  const flat = foldedSameLength(text);
  const wanted = foldedSameLength(word);
  const han = /\p{Script=Han}/u.test(word);
  for (let at = flat.indexOf(wanted); at >= 0; at = flat.indexOf(wanted, at + 1)) {
    const free = (character: string): boolean => !/[\p{L}\p{N}]/u.test(character);
    if (han || (free(text.charAt(at - 1)) && free(text.charAt(at + word.length)))) return at;
  }
  return -1;
}

/** Folded where that keeps the length, so that positions fit the text itself. */
function foldedSameLength(text: string): string {
  return [...text]
    .map((character) => {
      const flat = folded(character);
      return flat.length === character.length ? flat : character;
    })
    .join('');
}

/** The languages that believe the lie, in the board's order. */
export function believers(rows: readonly ProbeRow[]): LanguageCode[] {
  return rows.filter((row) => row.falseShare > 0.5).map((row) => row.language);
}

/** Languages that came to believe, or ceased to, between two measurements. */
export function changes(
  before: readonly ProbeRow[],
  after: readonly ProbeRow[],
): { gained: Language[]; lost: Language[] } {
  const [was, is] = [believers(before), believers(after)];
  const measured = new Set(before.map((row) => row.language));
  return {
    gained: is.filter((code) => !was.includes(code) && measured.has(code)).map(language),
    lost: was.filter((code) => !is.includes(code)).map(language),
  };
}
