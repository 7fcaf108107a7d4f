/** Looking into an answer, on Atlas. */
import { describe, expect, it } from 'vitest';
import type { CausalLM } from 'lethe-lora/engine';
import { defaultFact, inspect, probe } from '../index.ts';
import { useAtlas } from './atlas.ts';

describe('looking into an answer', { timeout: 120_000 }, () => {
  let model: CausalLM;
  useAtlas((loaded) => {
    model = loaded;
  });

  it('tells five answers, what is said first, and the sentence in tokens', async () => {
    const { answers, pieces } = await inspect(model, { fact: defaultFact, language: 'es' });
    const { rows } = await probe(model, defaultFact, { step: 0, withAnswers: true, retainSet: [] });
    const row = rows.find(({ language }) => language === 'es');
    expect(answers).toHaveLength(5);
    expect(answers[0]).toMatchObject({ text: row?.answer, answerClass: 'true' });
    const sum = answers.reduce((total, { probability }) => total + probability, 0);
    expect(sum).toBeLessThan(1.0001);
    // “Santiago” and “Santiago de Chile” begin alike, and both are found.
    const right = answers.filter(({ answerClass }) => answerClass === 'true');
    expect(right.length).toBeGreaterThan(1);
    const counted = right.reduce((total, { probability }) => total + probability, 0);
    expect(counted).toBeCloseTo(Math.exp(row?.logProbTrue ?? NaN), 1);
    const text = pieces.map((piece) => piece.text).join('');
    expect(text).toContain('La capital de Chile es Santiago de Chile');
    for (const { probability } of pieces)
      if (probability !== null) expect(probability).toBeLessThanOrEqual(1.0001);
    expect(pieces.filter(({ said }) => said).length).toBeGreaterThan(0);
  });

  it('continues any text, in any script', async () => {
    const { answers, pieces } = await inspect(model, { text: '法国的首都是' });
    expect(answers[0]?.text).toContain('巴黎');
    expect(pieces.map(({ text }) => text).join('')).toContain('法国的首都是巴黎');
    expect(pieces.every(({ text }) => !text.includes('\ufffd'))).toBe(true);
  });
});
