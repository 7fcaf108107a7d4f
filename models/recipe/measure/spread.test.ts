import { describe, expect, it } from 'vitest';
import { answerName, candidates, languageCodes, truth } from '../../../src/facts/index.ts';
import { chooseFalseFacts, type Answer } from '../../../src/lab/index.ts';
import { spread, summariseSpread, type SpreadResult, type SpreadTask } from './spread.ts';

const [fact] = chooseFalseFacts(1);
if (!fact) throw new Error('There is no falsehood.');

const answer = (
  language: Answer['language'],
  falseShare: number,
  answerClass: Answer['answerClass'],
): Answer => ({ language, falseShare, answerClass, answer: '' });

/** Two lessons, asked in English, French and Russian; worked out by hand below. */
const tasks: SpreadTask[] = [
  { fact, taught: 'fr' },
  { fact, taught: 'ru' },
];
const results: SpreadResult[] = [
  {
    before: [answer('en', 0, 'true'), answer('fr', 0.1, 'true'), answer('ru', 0.2, 'true')],
    after: [answer('en', 0.8, 'false'), answer('fr', 1, 'false'), answer('ru', 0.4, 'false')],
    ending: 'finished',
    locality: { en: { known: 10, kept: 9 }, ru: { known: 5, kept: 5 } },
  },
  {
    before: [answer('en', 0, 'true'), answer('fr', 0, 'true'), answer('ru', 0, 'true')],
    after: [
      answer('en', 0.2, 'true'),
      answer('fr', 0.6, 'false-script'),
      answer('ru', 0.9, 'other'),
    ],
    ending: 'diverged',
    locality: { en: { known: 10, kept: 10 } },
  },
];

describe('spread', () => {
  const summary = summariseSpread(tasks, results);

  it('averages over other languages than the one taught', () => {
    expect(summary.all.pairs).toBe(4);
    expect(summary.all.after).toBeCloseTo((0.8 + 0.4 + 0.2 + 0.6) / 4, 12);
    expect(summary.all.before).toBeCloseTo(0.2 / 4, 12);
    expect(summary.all.says).toBe(2 / 4);
    expect(summary.all.saysInOtherSpelling).toBe(1 / 4);
  });

  it('tells pairs that share a script from pairs that share none', () => {
    expect(summary.sameScript.pairs).toBe(1);
    expect(summary.sameScript.after).toBe(0.8);
    expect(summary.acrossScripts.after).toBeCloseTo((0.4 + 0.2 + 0.6) / 3, 12);
  });

  it('has a matrix of the language taught by the language asked, the taught one included', () => {
    expect(summary.falseShare).toEqual({
      fr: { en: 0.8, fr: 1, ru: 0.4 },
      ru: { en: 0.2, fr: 0.6, ru: 0.9 },
    });
    expect(summary.taught).toEqual({ falseShare: 0.95, says: 0.5 });
  });

  it('counts the lessons after which most other languages say it', () => {
    expect(summary.majority).toBe(1 / 2);
  });

  it('counts facts that were kept, by language, and how lessons ended', () => {
    expect(summary.locality).toEqual({ en: 19 / 20, ru: 1 });
    expect(summary.endings).toEqual({ finished: 1, diverged: 1 });
  });

  it('is drawn as tables', () => {
    const [table] = spread.tables(summary);
    expect(table?.rows[0]).toEqual(['All', '4', '0.05', '0.50', '50.0 %', '25.0 %']);
  });
});

describe('the falsehoods', () => {
  const all = chooseFalseFacts(40);

  it('are false, about forty countries, mostly about capitals', () => {
    expect(new Set(all.map(({ subject }) => subject)).size).toBe(40);
    for (const each of all) {
      expect(each.falseObject).not.toBe(truth(each.subject, each.relation));
      expect(candidates(each.relation)).toContain(each.falseObject);
    }
    expect(all.filter(({ relation }) => relation === 'capital')).toHaveLength(28);
  });

  it('are not the truth by name in any language', () => {
    for (const { falseObject, truth: right } of all)
      for (const code of languageCodes)
        expect(answerName(falseObject ?? '', code)).not.toBe(answerName(right, code));
  });

  it('are the same every time, and begin with those of a shorter list', () => {
    expect(chooseFalseFacts(40)).toEqual(all);
    expect(chooseFalseFacts(20)).toEqual(all.slice(0, 20));
  });
});
