import { expect, it } from 'vitest';
import type { CausalLM } from 'lethe-lora/engine';
import { loadCausalLM } from 'lethe-lora/engine';
import { defaultAdapter, probe } from '../../lab/index.ts';
import { surprise } from './surprise.ts';

it('of Atlas it finds a fact that it says in most languages, and tells the lie in one of those', async () => {
  const model: CausalLM = await loadCausalLM({
    base: 'models/atlas/',
    device: 'cpu',
    adapter: defaultAdapter,
    threads: 1,
  });
  const asked: number[] = [];
  for (const seed of [1, 2]) {
    const found = await surprise(async (fact) => {
      asked.push(seed);
      return probe(model, fact, { step: 0, withAnswers: true, retainSet: [] });
    }, seed);
    if (!found) throw new Error('nothing found');
    const { rows } = await probe(model, found.fact, { step: 0, withAnswers: true, retainSet: [] });
    expect(rows.filter(({ answerClass }) => answerClass === 'true').length).toBeGreaterThanOrEqual(
      9,
    );
    expect(rows.find(({ language }) => language === found.language)?.answerClass).toBe('true');
  }
  await model.dispose();
});

it('a model that knows nothing, or cannot be asked, gives nothing', async () => {
  expect(await surprise(() => Promise.resolve(null), 1)).toBeNull();
  expect(
    await surprise(() => Promise.resolve({ step: 0, rows: [], retained: null }), 1),
  ).toBeNull();
});
