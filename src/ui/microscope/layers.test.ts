import { expect, it } from 'vitest';
import type { Moved } from '../../lab/index.ts';
import { before, firstPlace, layerRows, tokenBars } from './layers.ts';

const matrix = (layer: number, adapter: number, total: number, last: number | null): Moved => ({
  layer,
  module: 'up_proj',
  frozen: 100,
  adapter,
  total,
  last,
});

it('changes of a layer’s matrices add up as lengths do, and a layer without adapter is told of', () => {
  const rows = layerRows([matrix(1, 0, 0, 0), matrix(0, 5, 3, 0.3), matrix(0, 5, 4, 0.4)]);
  expect(rows.map(({ number, adapter }) => [number, adapter])).toEqual([
    [1, 10],
    [2, 0],
  ]);
  expect(rows[0]?.total).toBeCloseTo(5);
  expect(rows[0]?.last).toBeCloseTo(0.5);
  expect(layerRows([matrix(-1, 5, 3, null)])[0]).toMatchObject({ number: null, last: null });
});

it('the taught token has a bar, also where it is none of the likeliest', () => {
  const likeliest = [
    { text: ' Santiago', probability: 0.9 },
    { text: ' Lima', probability: 0.05 },
  ];
  const bars = tokenBars({ text: ' Tokyo', logProb: Math.log(1e-6), likeliest });
  expect(bars.map(({ taught }) => taught)).toEqual([false, false, true]);
  expect(bars[2]?.probability).toBeCloseTo(1e-6, 9);
  expect(tokenBars({ text: ' Lima', logProb: -3, likeliest })).toHaveLength(2);
});

it('the most surprising token is looked at first', () => {
  const guess = (text: string, logProb: number) => ({ text, logProb, likeliest: [] });
  const dissection = {
    given: ['The', ' capital', ' is'],
    guesses: [guess(' To', -7), guess('kyo', -0.2), guess('.', -0.1)],
    language: 'en' as const,
    loss: 2,
    about: 4,
    others: 16,
    moved: [],
  };
  expect(firstPlace(dissection)).toBe(0);
  expect(before(dissection, 1)).toBe('The capital is To');
});
