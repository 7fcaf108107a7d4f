import { expect, it } from 'vitest';
import { lines } from './card.ts';
import { qrModules, qrPath } from './qr.ts';

const measure = (text: string): number => text.length;

it('text is broken between words, and a word that is too long inside of it; nothing is lost', () => {
  expect(lines('one two three', 7, measure)).toEqual(['one two', 'three']);
  const link = 'https://example.org/#fact=CL.capital';
  const cut = lines(link, 10, measure);
  expect(cut.join('')).toBe(link);
  expect(cut.every((line) => line.length <= 10)).toBe(true);
  expect(lines('智利的首都城市', 3, measure).join('')).toBe('智利的首都城市');
  expect(lines('', 5, measure)).toEqual([]);
});

it('a code has its three finders inside a quiet zone of four', () => {
  const modules = qrModules('https://example.org/#fact=CL.capital&lie=city/tokyo&in=fr');
  expect(modules.slice(0, 4).flat().some(Boolean)).toBe(false);
  const size = modules.length;
  for (const [y, x] of [
    [4, 4],
    [4, size - 11],
    [size - 11, 4],
  ] as const) {
    const finder = Array.from({ length: 7 }, (_, down) => modules[y + down]?.slice(x, x + 7));
    expect(finder[0]?.every(Boolean)).toBe(true);
    expect(finder[3]).toEqual([true, false, true, true, true, false, true]);
  }
  expect(qrPath(modules).match(/M/g)).toHaveLength(modules.flat().filter(Boolean).length);
});
