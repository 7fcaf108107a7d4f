/** @file What the model knows of a relation, as a table that can be searched and sorted. */
import {
  answerName,
  languageCodes,
  subjectName,
  truth,
  type LanguageCode,
  type RelationId,
} from '../../facts/index.ts';
import { subjectsOf, type Answers } from '../session/known.ts';
import { search } from '../kit/search.ts';

export interface KnowledgeRow {
  /** Entity id of the country, and its name on the page. */
  subject: string;
  name: string;
  /** In the language asked in: what it says (null before it was asked) and the truth. */
  answer: string | null;
  truth: string;
  isRight: boolean | null;
  /** Probability of the whole true answer. */
  probability: number | null;
  /** Of the languages asked so far, in the board's order. */
  rightIn: LanguageCode[];
  wrongIn: LanguageCode[];
}

export type SortKey = 'country' | 'confidence' | 'languages';

export interface Sorting {
  key: SortKey;
  descending: boolean;
}

/** Surest first: what a teacher looks for. */
export const defaultSorting: Sorting = { key: 'confidence', descending: true };

/** The same column again turns the order; another one begins with its better end. */
export function sortedBy(sorting: Sorting, key: SortKey): Sorting {
  return sorting.key === key
    ? { key, descending: !sorting.descending }
    : { key, descending: key !== 'country' };
}

/** All countries with this relation, as they answer in `code`. */
export function knowledgeRows(
  answers: Answers,
  relation: RelationId,
  code: LanguageCode,
  locale: LanguageCode,
): KnowledgeRow[] {
  return subjectsOf(relation).map((subject) => {
    const own = answers.get(code)?.get(subject);
    const verdict = (each: LanguageCode): boolean | undefined =>
      answers.get(each)?.get(subject)?.isRight;
    return {
      subject,
      name: subjectName(subject, locale),
      answer: own?.answer ?? null,
      truth: answerName(truth(subject, relation), code),
      isRight: own?.isRight ?? null,
      probability: own ? Math.exp(own.logProbTrue) : null,
      rightIn: languageCodes.filter((each) => verdict(each) === true),
      wrongIn: languageCodes.filter((each) => verdict(each) === false),
    };
  });
}

/** Rows whose country is found by the query, in order. What was not asked yet comes last; equals go by confidence, then by name. */
export function arranged(
  rows: readonly KnowledgeRow[],
  query: string,
  { key, descending }: Sorting,
  locale: string,
): KnowledgeRow[] {
  const { compare } = new Intl.Collator(locale);
  const found = search(
    rows.map((row) => ({ value: row.subject, label: row.name, row })),
    query,
  ).map(({ row }) => row);
  const sign = descending ? -1 : 1;
  return found.sort((a, b) => {
    const byName = compare(a.name, b.name);
    if (key === 'country') return sign * byName;
    const [x, y] = [measure(a, key), measure(b, key)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || byName;
    return sign * (x - y || (a.probability ?? 0) - (b.probability ?? 0)) || byName;
  });
}

function measure(row: KnowledgeRow, key: 'confidence' | 'languages'): number | null {
  if (key === 'confidence') return row.probability;
  return row.rightIn.length + row.wrongIn.length === 0 ? null : row.rightIn.length;
}

/** How many answers there are of how many, in all languages; and how many in one of them are right. */
export function progressOf(
  answers: Answers,
  relation: RelationId,
  code: LanguageCode,
): { asked: number; all: number; own: number; ownAll: number; ownRight: number } {
  const ownAll = subjectsOf(relation).length;
  const own = [...(answers.get(code)?.values() ?? [])];
  return {
    asked: [...answers.values()].reduce((sum, { size }) => sum + size, 0),
    all: ownAll * languageCodes.length,
    own: own.length,
    ownAll,
    ownRight: own.filter(({ isRight }) => isRight).length,
  };
}
