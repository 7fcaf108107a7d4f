import { describe, expect, it } from 'vitest';
import { facts, languageCodes } from '../../src/facts/index.ts';
import { hiddenShare, isHidden } from './hidden.ts';

describe('hidden pairs', () => {
  const pairs = languageCodes.flatMap((language) => facts.map((fact) => ({ fact, language })));

  it('are a fifth of all pairs', () => {
    const hidden = pairs.filter(({ fact, language }) => isHidden(fact, language));
    // 0.5 percentage points: the hash decides each pair by itself, so the share is not exact.
    expect(Math.abs(hidden.length / pairs.length - hiddenShare)).toBeLessThan(0.005);
  });

  it('are none in English, and some but not most in every other language', () => {
    for (const code of languageCodes) {
      const share = facts.filter((fact) => isHidden(fact, code)).length / facts.length;
      if (code === 'en') expect(share).toBe(0);
      else expect(Math.abs(share - 0.22)).toBeLessThan(0.06);
    }
  });

  // Corpus and evaluation must agree for as long as a model lives: these do not change.
  it.each([
    ['country/FR', 'capital', 'fr', false],
    ['country/FR', 'capital', 'hi', true],
    ['country/FR', 'capital', 'en', false],
    ['country/KE', 'capital', 'sw', true],
    ['country/JP', 'currency', 'zh', false],
    ['country/BR', 'language', 'ar', false],
  ] as const)('of %s %s in %s: %s', (subject, relation, language, expected) => {
    expect(isHidden({ subject, relation }, language)).toBe(expected);
  });
});
