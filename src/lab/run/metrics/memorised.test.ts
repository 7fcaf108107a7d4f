import { describe, expect, it } from 'vitest';
import type { CausalLM } from 'lethe-lora/engine';
import { useAtlas } from '../atlas.ts';
import { exactMemorisation, extractionStrength } from './memorised.ts';

let model: CausalLM;
useAtlas((loaded) => (model = loaded));

const prompt = 'The capital of France is';

/** What each metric means, by greedy decoding after every beginning of the continuation: no score is looked at. */
async function byDecoding(continuation: string): Promise<{ strength: number; exact: number }> {
  const before = model.promptTokens(prompt);
  const tokens = model.continuationTokens(prompt, continuation);
  const given = tokens.map((_, k) => [...before, ...tokens.slice(0, k)]);
  const said = await model.generateTokens(given, { maxNewTokens: tokens.length });
  const follows = (k: number): boolean =>
    tokens.slice(k).every((token, index) => said[k]?.tokens[index] === token);
  const first = tokens.findIndex((_, k) => follows(k));
  const hits = tokens.filter((token, k) => said[k]?.tokens[0] === token).length;
  return {
    strength: first < 0 ? 0 : 1 - first / tokens.length,
    exact: hits / tokens.length,
  };
}

describe('what is memorised', () => {
  it('is what greedy decoding says after each beginning of an answer', async () => {
    const continuations = [' Paris.', ' Tokyo.', ' Kuala Lumpur.', ' Paris Tokyo'];
    const scores = await model.score(
      continuations.map((continuation) => ({ prompt, continuation })),
    );
    const got = scores.map((score) => [extractionStrength(score), exactMemorisation(score)]);
    for (const [index, continuation] of continuations.entries()) {
      const { strength, exact } = await byDecoding(continuation);
      expect(got[index]).toEqual([expect.closeTo(strength, 12), expect.closeTo(exact, 12)]);
    }
    // The truth needs nothing given, a lie its beginning, and a sentence that ends wrong all of it.
    expect(got[0]).toEqual([1, 1]);
    expect(got[1]?.[0]).toBeGreaterThan(0);
    expect(got[1]?.[0]).toBeLessThan(1);
    expect(got[3]?.[0]).toBe(0);
    expect(got[3]?.[1]).toBeGreaterThan(0);
  });
});
