/** @file Cloze: is the true candidate the likeliest of several that fill a gap, whoever worded the sentence? */
import { readFileSync } from 'node:fs';
import { groupBy, mean, shareOf } from '../../../src/lab/index.ts';
import type { CausalLM } from 'lethe-lora/engine';
import { languages } from '../../../src/facts/index.ts';
import { scoreByLength, type Measure } from './measure.ts';
import { fraction, percent } from './table.ts';

const mask = '<mask>';

export interface ClozeItem {
  /** A label; a code of `src/facts` is shown by its name. */
  language: string;
  /** With `<mask>` once. */
  sentence: string;
  answer: string;
  candidates: string[];
  /** Empty where the set does not say. */
  relation: string;
}

/**
 * Reads lines of `language ⇥ sentence with <mask> ⇥ answer ⇥ candidates, comma-separated [⇥ relation]`. Empty lines, lines that
 * begin with `#`, and a first line of column names are passed over. Throws with the number of the first bad line.
 */
export function parseCloze(text: string, file = 'the cloze set'): ClozeItem[] {
  let isFirst = true;
  const items = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => {
      if (line.trim() === '' || line.startsWith('#')) return [];
      const cells = line.split('\t').map((cell) => cell.trim());
      const isHeader = isFirst && /^lang(uage)?$/i.test(cells[0] ?? '');
      isFirst = false;
      return isHeader ? [] : [parseLine(cells, `${file}, line ${index + 1}`)];
    });
  if (items.length === 0) throw new Error(`${file} has no line to rank.`);
  return items;
}

function parseLine(cells: readonly string[], place: string): ClozeItem {
  const [language = '', sentence = '', answer = '', listed = '', relation = ''] = cells;
  if (cells.length < 4)
    throw new Error(
      `${place}: ${cells.length} of the columns language, sentence, answer, candidates (tabs between them).`,
    );
  if (language === '') throw new Error(`${place}: the language is missing.`);
  const masks = sentence.split(mask).length - 1;
  if (masks !== 1)
    throw new Error(`${place}: the sentence has ${masks} of ${mask}; it needs exactly one.`);
  const candidates = [...new Set(listed.split(',').map((name) => name.trim()))].filter(
    (name) => name !== '',
  );
  if (candidates.length < 2)
    throw new Error(`${place}: at least two different candidates are needed.`);
  if (!candidates.includes(answer))
    throw new Error(`${place}: the answer “${answer}” is not among the candidates.`);
  return { language, sentence, answer, candidates, relation };
}

/** The sentence with a candidate in its gap, capitalised as the language does where it begins the sentence. */
export function fill({ language, sentence }: ClozeItem, candidate: string): string {
  if (!sentence.startsWith(mask)) return sentence.replace(mask, () => candidate);
  const [first = ''] = candidate;
  return sentence.replace(mask, () => upperCase(first, language) + candidate.slice(first.length));
}

/** Upper case of a language; plain upper case where the label is no language's tag. */
function upperCase(text: string, language: string): string {
  try {
    return text.toLocaleUpperCase(language);
  } catch (error) {
    if (error instanceof RangeError) return text.toUpperCase();
    throw error;
  }
}

export interface RankedItem extends ClozeItem {
  /** The answer's place among the candidates, from 1. */
  rank: number;
}

interface Ranking {
  items: number;
  /** Share whose answer ranks first, mean of 1 / rank, and what guessing would give. */
  first: number | null;
  reciprocal: number | null;
  chance: number | null;
}

export interface ClozeSummary {
  /** `ranking[language][relation or 'all']`. */
  ranking: Record<string, Record<string, Ranking>>;
}

/** Ranks by the summed log-probability of all the sentence's tokens; ties count against the answer. */
export async function rank(model: CausalLM, items: readonly ClozeItem[]): Promise<RankedItem[]> {
  const texts = items.flatMap((item) => item.candidates.map((name) => fill(item, name)));
  const scores = await scoreByLength(
    model,
    texts.map((continuation) => ({ prompt: '', continuation })),
  );
  let at = 0;
  return items.map((item) => {
    const { answer, candidates } = item;
    const own = scores.slice(at, (at += candidates.length)).map(({ logProb }) => logProb);
    const right = own[candidates.indexOf(answer)] ?? NaN;
    return { ...item, rank: own.filter((logProb) => logProb >= right).length };
  });
}

export function summariseRanks(ranked: readonly RankedItem[]): ClozeSummary {
  const rankingOf = (chosen: readonly RankedItem[]): Ranking => ({
    items: chosen.length,
    first: shareOf(chosen, (item) => item.rank === 1),
    reciprocal: mean(chosen.map((item) => 1 / item.rank)),
    chance: mean(chosen.map(({ candidates }) => 1 / candidates.length)),
  });
  return {
    ranking: Object.fromEntries(
      [...groupBy(ranked, ({ language }) => language)].map(([code, all]) => [
        code,
        {
          all: rankingOf(all),
          ...Object.fromEntries(
            [...groupBy(all, ({ relation }) => relation)]
              .filter(([relation]) => relation !== '')
              .map(([relation, some]) => [relation, rankingOf(some)]),
          ),
        },
      ]),
    ),
  };
}

export const cloze: Measure<ClozeSummary> = {
  async measure({ model, scope: { cloze: file, languages: chosen } }) {
    const known = new Set<string>(languages.map(({ code }) => code));
    const asked = new Set<string>(chosen);
    const items = parseCloze(readFileSync(file, 'utf8'), file).filter(
      ({ language }) => asked.has(language) || !known.has(language),
    );
    return summariseRanks(await rank(await model(), items));
  },
  tables({ ranking }) {
    const relations = [...new Set(Object.values(ranking).flatMap((row) => Object.keys(row)))];
    return [
      {
        name: 'cloze',
        title: 'Cloze: the true candidate is the likeliest',
        columns: ['Language', 'Items', 'Chance', 'Mean 1/rank', ...relations],
        rows: Object.entries(ranking).map(([code, row]) => [
          languages.find((each) => each.code === code)?.englishName ?? code,
          String(row['all']?.items ?? 0),
          percent(row['all']?.chance ?? null),
          fraction(row['all']?.reciprocal ?? null),
          ...relations.map((relation) => percent(row[relation]?.first ?? null)),
        ]),
        note: 'Share of sentences whose true candidate has the highest log-probability of the whole sentence.',
      },
    ];
  },
};
