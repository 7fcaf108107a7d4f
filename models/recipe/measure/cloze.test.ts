import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { languageCodes } from '../../../src/facts/index.ts';
import { buildCloze } from '../cloze/set.ts';
import { fill, parseCloze, summariseRanks, type ClozeItem } from './cloze.ts';

const good = 'en\tThe capital of France is <mask>.\tParis\tParis, Rome,Oslo';

describe('reading a cloze set', () => {
  it('passes over a header, comments and empty lines', () => {
    const text = `# ours\nlanguage\tsentence\tanswer\tcandidates\n\n${good}\tcapital\r\n`;
    expect(parseCloze(text)).toEqual([
      {
        language: 'en',
        sentence: 'The capital of France is <mask>.',
        answer: 'Paris',
        candidates: ['Paris', 'Rome', 'Oslo'],
        relation: 'capital',
      },
    ]);
    expect(parseCloze(good)).toHaveLength(1);
  });

  it('takes any label as a language', () => {
    expect(parseCloze(good.replace('en', 'Old Norse'))[0]?.language).toBe('Old Norse');
  });

  it.each([
    ['en\tNo gap.\tParis\tParis,Rome', /set\.tsv, line 2: the sentence has 0 of <mask>/],
    ['en\t<mask> and <mask>.\tParis\tParis,Rome', /line 2: the sentence has 2 of <mask>/],
    ['en\tIt is <mask>.\tOslo\tParis,Rome', /line 2: the answer “Oslo” is not among/],
    ['en\tIt is <mask>.\tParis\tParis, Paris', /line 2: at least two different candidates/],
    ['en\tIt is <mask>.\tParis', /line 2: 3 of the columns/],
    ['\tIt is <mask>.\tParis\tParis,Rome', /line 2: the language is missing/],
  ])('names the line of “%s”', (line, message) => {
    expect(() => parseCloze(`${good}\n${line}`, 'set.tsv')).toThrow(message);
  });

  it('refuses a set with nothing in it', () => {
    expect(() => parseCloze('language\tsentence\tanswer\tcandidates\n')).toThrow(/no line/);
  });
});

describe('filling the gap', () => {
  const item = (language: string, sentence: string): ClozeItem => ({
    language,
    sentence,
    answer: '',
    candidates: [],
    relation: '',
  });

  it.each([
    ['fr', '<mask> est parlé.', 'le russe', 'Le russe est parlé.'],
    ['tr', '<mask> bir şehirdir.', 'izmir', 'İzmir bir şehirdir.'],
    ['not a language', '<mask> is.', 'izmir', 'Izmir is.'],
    ['fr', 'On parle <mask>.', 'le russe', 'On parle le russe.'],
    ['en', 'It costs <mask>.', '$& and $1', 'It costs $& and $1.'],
  ])('in %s: %s with %s', (language, sentence, candidate, expected) => {
    expect(fill(item(language, sentence), candidate)).toBe(expected);
  });
});

describe('rankings', () => {
  it('are averaged by language and relation', () => {
    const item = (language: string, relation: string): ClozeItem => ({
      language,
      relation,
      sentence: '<mask>',
      answer: 'a',
      candidates: ['a', 'b', 'c', 'd'],
    });
    const { ranking } = summariseRanks([
      { ...item('en', 'capital'), rank: 1 },
      { ...item('en', 'language'), rank: 2 },
      { ...item('en', 'capital'), rank: 4 },
    ]);
    expect(ranking['en']?.['all']).toEqual({
      items: 3,
      first: 1 / 3,
      reciprocal: (1 + 1 / 2 + 1 / 4) / 3,
      chance: 1 / 4,
    });
    expect(ranking['en']?.['capital']?.first).toBe(1 / 2);
    expect(ranking['en']?.['language']?.first).toBe(0);
  });
});

describe('our own set', () => {
  const file = fileURLToPath(new URL('../cloze/outside.tsv', import.meta.url));
  const text = readFileSync(file, 'utf8');

  it('is what cloze/make.ts writes, in wording that is not in src/facts', () => {
    // buildCloze throws where a sentence is one that a form of src/facts gives.
    expect(text).toBe(buildCloze());
  });

  it('has eighty sentences a language, ten candidates each', () => {
    const items = parseCloze(text);
    expect(items).toHaveLength(80 * languageCodes.length);
    expect(new Set(items.map(({ language }) => language))).toEqual(new Set(languageCodes));
    for (const { candidates } of items) expect(candidates).toHaveLength(10);
  });
});
