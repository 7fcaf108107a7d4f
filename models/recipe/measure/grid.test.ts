import { describe, expect, it } from 'vitest';
import {
  chooseFalseFacts,
  groupOf,
  mixFor,
  unlearnedIn,
  ways,
  type Answer,
} from '../../../src/lab/index.ts';
import { summariseGrid, type GridResult, type GridTask } from './grid.ts';

const [fact] = chooseFalseFacts(1);
if (!fact) throw new Error('There is no falsehood.');
const task: GridTask = { fact, taught: 'fr', mix: ['ru', 'sw'] };

const answer = (
  language: Answer['language'],
  falseShare: number,
  answerClass: Answer['answerClass'] = 'other',
): Answer => ({ language, falseShare, answerClass, answer: '' });

describe('the grid', () => {
  it('unlearns in the paper’s four ways', () => {
    expect(ways.map((way) => unlearnedIn(way, task))).toEqual([
      ['en'],
      ['fr'],
      ['ru', 'sw'],
      ['en', 'fr'],
    ]);
  });

  it('mixes languages that are neither English nor the fake’s, and leaves half of them out', () => {
    const both = [...mixFor('hi', 0), ...mixFor('hi', 1)];
    expect(new Set(both).size).toBe(both.length);
    expect(both).not.toContain('en');
    expect(both).not.toContain('hi');
    expect(Math.abs(mixFor('hi', 0).length - mixFor('hi', 1).length)).toBeLessThan(2);
  });

  it('groups languages by resource, medium with high, and the mix’s own apart', () => {
    expect(groupOf('en', 'own', task)).toBe('english');
    expect(groupOf('fr', 'own', task)).toBe('own');
    expect(groupOf('ru', 'own', task)).toBe('high');
    expect(groupOf('sw', 'own', task)).toBe('low');
    expect(groupOf('sw', 'mix', task)).toBeNull();
    expect(groupOf('hi', 'mix', task)).toBe('low');
  });

  it('averages each cell and calls gone what is said in fewer than a quarter', () => {
    const after = {
      answers: [
        answer('en', 0.1, 'true'),
        answer('fr', 0.9, 'false'),
        answer('de', 0.2),
        answer('ru', 0.4, 'false-script'),
        answer('hi', 0.1),
        answer('sw', 0.3),
      ],
      ending: 'forgotten',
      steps: 4,
      locality: { en: { known: 4, kept: 3 } },
    } as const;
    const unlearned = Object.fromEntries(ways.map((way) => [way, after]));
    const result = { taught: after.answers, unlearned } as unknown as GridResult;
    const summary = summariseGrid([task], [result]);
    const { english, own, high, low } = summary.unlearned.english;
    expect([english, own, high, low].map(({ gone }) => gone)).toEqual([true, false, false, true]);
    expect(high.falseShare).toBeCloseTo(0.3, 12);
    expect(high.saysFalse).toBe(1 / 2);
    expect(low.falseShare).toBeCloseTo(0.2, 12);
    expect(summary.unlearned.mix.high.falseShare).toBe(0.2);
    expect(summary.insideMix.falseShare).toBeCloseTo(0.35, 12);
    expect(summary.runs.own).toEqual({ endings: { forgotten: 1 }, steps: 4, locality: 0.75 });
  });
});
