import { expect, it } from 'vitest';
import type { LanguageCode } from '../../facts/index.ts';
import type { Leftover, ProbeRow } from '../../lab/index.ts';
import '../../../tools/messages/speak-english.ts';
import { enough, shareRows, whyText } from './why.ts';

/** Margins (log-odds of the lie against the truth) at each share of the change. */
function found(margins: Partial<Record<LanguageCode, number[]>>): Leftover {
  const shares = [0, 0.5, 1, 2];
  return {
    layers: null,
    parts: shares.map((share, index) => ({
      share,
      rows: Object.entries(margins).map(([code, all]): ProbeRow => {
        const margin = all[index] ?? NaN;
        const falseShare = 1 / (1 + Math.exp(-margin));
        return {
          language: code as LanguageCode,
          logProbFalse: Math.log(falseShare),
          logProbTrue: Math.log(1 - falseShare),
          falseShare,
          answer: null,
          answerClass: null,
        };
      }),
    })),
  };
}

it('says where the odds fell less, and how much of the change would have been enough', () => {
  const words = whyText(found({ en: [9, 3, -5, -9], fr: [9, 8.5, 7, 3] }), ['fr'], ['en']);
  expect(words[0]).toMatch(/1\.2 million in English.*7\.4 in French/);
  expect(words[1]).toMatch(/100% .*English/);
  expect(words[2]).toMatch(/French .*even with 200%/);
});

it('a language that only held on longer is not said to have been pushed less', () => {
  const words = whyText(found({ en: [2, 0.5, -1, -3], fr: [9, 6, 3, -3] }), ['fr'], ['en']);
  expect(words[0]).toContain('more certain');
  expect(words.at(-1)).toMatch(/200% .*French/);
  expect(words.at(-1)).not.toContain('even');
  const rose = whyText(found({ en: [2, 0.5, -1, -3], fr: [3, 3.5, 4, 5] }), ['fr'], ['en']);
  expect(rose[0]).toContain('grew');
});

it('the languages in question stand first; which share is enough is read off the cells', () => {
  const rows = shareRows(
    found({ en: [9, -3, -5, -9], de: [1, 1, -1, -2], fr: [9, 8, 7, 3] }),
    ['fr'],
    ['en'],
  );
  expect(rows.map(({ code }) => code)).toEqual(['fr', 'en', 'de']);
  expect(rows.map(enough)).toEqual([null, 0.5, 1]);
});
