/** @file The board of languages: what each says, with the false and the true words found in it. */
import {
  languages,
  type Language,
  type LanguageCode,
  type ResourceLevel,
} from '../../facts/index.ts';
import {
  askedWay,
  languagesOf,
  saysFalseAnswer,
  type AnswerClass,
  type Asking,
  type ProbeRow,
  type TestedFact,
} from '../../lab/index.ts';

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
  /** It says the false answer: the row lights up. */
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

/**
 * The sentence, or the question and its answer, in which the false answer is asked for in a language, in three parts; a space before the
 * answer belongs to the first.
 */
export function lie(
  fact: TestedFact,
  code: LanguageCode,
  asking?: Asking,
): { before: string; answer: string; after: string } {
  const { before, answer, after } = askedWay(fact, code, asking)('false');
  const word = answer.trimStart();
  return { before: before + answer.slice(0, answer.length - word.length), answer: word, after };
}

/** What each language that is asked says. */
export function boardRows(
  fact: TestedFact,
  rows: readonly ProbeRow[],
  taught: readonly LanguageCode[],
  asking?: Asking,
): BoardRow[] {
  const asked = languagesOf(fact);
  const byLanguage = new Map(rows.map((row) => [row.language, row]));
  return languages
    .filter(({ code }) => asked.includes(code))
    .map((own) => boardRow(fact, own, byLanguage.get(own.code) ?? null, taught, asking));
}

/** Rows by how much text of the language the model was given, most first. `shares` is each language's share of that text. */
export function boardGroups(
  rows: readonly BoardRow[],
  shares: Readonly<Record<string, number>> = {},
): BoardGroup[] {
  const levels: ResourceLevel[] = ['high', 'medium', 'low'];
  return levels
    .map((level) => ({ level, rows: rows.filter(({ language }) => language.resource === level) }))
    .filter((group) => group.rows.length > 0)
    .map((group) => ({
      ...group,
      share: sum(group.rows.map(({ language: { code } }) => shares[code])),
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
  asking?: Asking,
): BoardRow {
  const { before, after } = lie(fact, own.code, asking);
  return {
    language: own,
    before,
    after: endsSentence(row?.answer ?? '') ? '' : after,
    segments: row ? segmentsOf(row) : [],
    answerClass: row?.answerClass ?? null,
    share: known(row?.falseShare),
    probabilityFalse: known(row && Math.exp(row.logProbFalse)),
    probabilityTrue: known(row && Math.exp(row.logProbTrue)),
    believes: row !== null && saysFalseAnswer(row),
    taught: taught.includes(own.code),
  };
}

/** A number that has been measured; null while it has not. */
function known(value: number | null | undefined): number | null {
  return value === null || value === undefined || Number.isNaN(value) ? null : value;
}

function endsSentence(text: string): boolean {
  return /[.。।!?]$/u.test(text);
}

/**
 * A row's answer, cut where it says the false answer or the truth; as a whole where nothing was found in it. Nothing before the first question;
 * an ellipsis where the model was asked and ended the sentence at once.
 */
export function segmentsOf({
  answer,
  answerClass,
  said,
}: Pick<ProbeRow, 'answer' | 'answerClass' | 'said'>): Segment[] {
  if (answer === null) return [];
  if (answer === '') return [{ text: '…', mark: 'other' }];
  const mark: Mark =
    answerClass === 'true' ? 'true' : answerClass?.startsWith('false') ? 'false' : 'other';
  const end = /[.。।!?\s]*$/u.exec(answer)?.index ?? answer.length;
  const { from, to } = said ?? { from: 0, to: end };
  return [
    { text: answer.slice(0, from), mark: 'plain' as const },
    { text: answer.slice(from, to), mark },
    { text: answer.slice(to), mark: 'plain' as const },
  ].filter((segment) => segment.text !== '');
}
