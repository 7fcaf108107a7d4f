/**
 * @file A table as facts: one fact a row, one language a column, and in a cell question, truth and lie. Nothing that stands in a cell is lost:
 * what cannot be read as these three becomes the question of a language that is not ready yet, and is named by its row and column.
 */
import Papa from 'papaparse';
import { languageCodes, languages, type LanguageCode } from '../../facts/index.ts';
import type { DraftFact, OwnWording } from '../../lab/index.ts';
import { languageNames } from '../messages/index.ts';

/** What is wrong with a cell; rows and columns are counted from 1, the heads' row too. */
export interface Fault {
  row: number;
  /** Its column's head, as it is written. */
  column: string;
  kind: 'parts' | 'empty' | 'long' | 'unknown-column' | 'no-language' | 'quotes';
}

export interface ReadTable {
  facts: DraftFact[];
  faults: Fault[];
}

/** Between the three parts of a cell, and between spellings of an answer. */
const [partMark, spellingMark] = ['|', ';'];
/** The longest text that a field of the editor takes. */
const longest = 500;

/** Comma, semicolon or tab, whichever the text has (spreadsheets copy tabs), with quotes and line breaks inside of them. */
export function readTable(text: string): ReadTable {
  const { data, errors } = Papa.parse<string[]>(text.replace(/^\ufeff/, ''), {
    skipEmptyLines: 'greedy',
    delimitersToGuess: ['\t', ',', ';'],
  });
  const faults: Fault[] = errors
    .filter(({ type }) => type === 'Quotes')
    .map(({ row = 0 }) => ({ row: row + 1, column: '', kind: 'quotes' }));
  const [heads = [], ...rows] = data;
  const columns = heads.map(languageOf);
  if (columns.every((code) => code === null))
    return { facts: [], faults: [{ row: 1, column: heads[0] ?? '', kind: 'no-language' }] };
  const name = columns.indexOf(null);
  columns.forEach((code, at) => {
    if (code === null && at !== name)
      faults.push({ row: 1, column: heads[at] ?? '', kind: 'unknown-column' });
  });
  const facts = rows.map((cells, index): DraftFact => {
    const wordings: DraftFact['wordings'] = {};
    columns.forEach((code, at) => {
      const cell = (cells[at] ?? '').trim();
      if (code === null || cell === '') return;
      const { wording, kind } = readCell(cell);
      wordings[code] = wording;
      if (kind) faults.push({ row: index + 2, column: heads[at] ?? '', kind });
    });
    const own = name < 0 ? '' : (cells[name] ?? '').trim();
    const [first] = Object.values(wordings);
    return { name: (own || (first?.question ?? '')).slice(0, 200), wordings };
  });
  return { facts: facts.filter(({ wordings }) => Object.keys(wordings).length > 0), faults };
}

/** A column's language, by its code, its own name, or its name in the page's language. */
function languageOf(head: string): LanguageCode | null {
  const wanted = head.trim().toLowerCase();
  const code = languageCodes.find((each) => wanted === each || wanted.startsWith(`${each}-`));
  const named = languages.find(
    (each) =>
      each.endonym.toLowerCase() === wanted || languageNames[each.code].toLowerCase() === wanted,
  );
  return code ?? named?.code ?? null;
}

/** `The capital of Chile is | Santiago; Santiago de Chile | Tokyo` */
function readCell(cell: string): { wording: OwnWording; kind: Fault['kind'] | null } {
  const parts = cell.split(partMark).map((part) => part.trim().replace(/\s+/g, ' '));
  const [question = '', truth = '', lie = ''] = parts;
  const whole = (kind: Fault['kind']) => ({
    wording: {
      sentences: [],
      question: cell.replace(/\s+/g, ' ').slice(0, 1000),
      falseAnswers: [],
      trueAnswers: [],
    },
    kind,
  });
  if (parts.length !== 3) return whole('parts');
  if (parts.some((part) => part.length > longest)) return whole('long');
  const wording = {
    sentences: [],
    question,
    trueAnswers: spellings(truth),
    falseAnswers: spellings(lie),
  };
  return { wording, kind: parts.includes('') ? 'empty' : null };
}

function spellings(answers: string): string[] {
  return answers
    .split(spellingMark)
    .map((answer) => answer.trim())
    .filter((answer) => answer !== '');
}
