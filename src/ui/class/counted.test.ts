// @vitest-environment jsdom
import { afterEach, expect, it, vi } from 'vitest';
import { openingExperiment } from '../../lab/index.ts';
import { Counted, guessedAbout } from './counted.svelte.ts';
import { noHands, withHands } from './tally.ts';

const about = guessedAbout(openingExperiment);
const { teach } = openingExperiment;
const elsewhere = guessedAbout({ ...openingExperiment, teach: { ...teach, languages: ['sw'] } });

afterEach(() => {
  vi.restoreAllMocks();
  sessionStorage.clear();
});

it('what was counted is there when the page is loaded again, until it is cleared', () => {
  const tally = withHands(withHands(noHands, 'en', 20), 'sw', 3);
  new Counted().count(about, tally);
  const again = new Counted();
  expect(again.of(about)).toEqual(tally);
  again.count(about, noHands);
  expect(again.of(about)).toEqual(noHands);
  expect(new Counted().of(about)).toEqual(noHands);
});

it('another experiment begins without hands, and its first hand takes the place of the others', () => {
  const counted = new Counted();
  counted.count(about, withHands(noHands, 'en', 20));
  expect(counted.of(elsewhere)).toEqual(noHands);
  // Looked at and left again, nothing is lost.
  expect(counted.of(about).hands.en).toBe(20);
  counted.count(elsewhere, withHands(noHands, 'fr', 1));
  expect(counted.of(about)).toEqual(noHands);
  expect(new Counted().of(elsewhere).hands).toEqual({ fr: 1 });
});

it('it is the same experiment with other steps, and not with another lie or other languages', () => {
  expect(guessedAbout({ ...openingExperiment, teach: { ...teach, steps: 7 } })).toBe(about);
  const [fact] = openingExperiment.facts;
  if (fact?.kind === 'own' || !fact) throw new Error('The opening fact is one about a country.');
  const facts = [{ ...fact, falseObject: 'city/lima' }];
  expect(guessedAbout({ ...openingExperiment, facts })).not.toBe(about);
  expect(guessedAbout({ ...openingExperiment, unlearn: null })).not.toBe(about);
  expect(elsewhere).not.toBe(about);
});

it('without storage the count lasts as long as the page, and what is stored badly is no count', () => {
  const refused = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('refused', 'SecurityError');
  });
  const counted = new Counted();
  counted.count(about, withHands(noHands, 'en', 2));
  expect(counted.of(about).hands.en).toBe(2);
  expect(new Counted().of(about)).toEqual(noHands);
  refused.mockRestore();
  for (const [stored, hands] of [
    ['{', {}],
    ['7', {}],
    [JSON.stringify({ about, tally: { pupils: 'x', hands: { en: -4, xx: 3 } } }), { en: 0 }],
  ] as const) {
    sessionStorage.setItem('lethe/tally', stored);
    expect(new Counted().of(about)).toEqual({ pupils: 0, hands });
  }
});
