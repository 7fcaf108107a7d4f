import { describe, expect, it } from 'vitest';
import { answerName, candidates, languageCodes, truth } from '../../facts/index.ts';
import { chooseFalseFacts } from './false-facts.ts';

describe('the false facts', () => {
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
