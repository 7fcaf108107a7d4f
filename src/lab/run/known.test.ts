/** A probe that hands out its rows as they come ends with the numbers of one that does not. */
import { expect, it } from 'vitest';
import type { CausalLM } from 'lethe-lora/engine';
import { defaultFact, probe } from '../index.ts';
import { useAtlas } from './atlas.ts';

let model: CausalLM;
useAtlas((loaded) => {
  model = loaded;
});

it('counts every spelling in the end, row by row or all at once', { timeout: 60_000 }, async () => {
  const options = { step: 0, withAnswers: true, retainSet: [] };
  const growing: string[] = [];
  const rows = await probe(model, defaultFact, {
    ...options,
    onRow: ({ language }) => growing.push(language),
  });
  const whole = await probe(model, defaultFact, options);
  expect(new Set(growing).size).toBe(12);
  rows.rows.forEach((row, index) => {
    const other = whole.rows[index];
    expect(row.language).toBe(other?.language);
    expect(row.answer).toBe(other?.answer);
    expect(Math.exp(row.logProbTrue)).toBeCloseTo(Math.exp(other?.logProbTrue ?? NaN), 2);
  });
});
