import { describe, expect, it } from 'vitest';
import { suggestedAdapter, textShares } from './lethe-config.ts';

describe('what a model tells of itself', () => {
  it('takes over shares of the text, and nothing that is none', () => {
    const config = { training_text_shares: { en: 0.2, fr: 1.5, de: 'much', es: 0 } };
    expect(textShares({ config })).toEqual({ en: 0.2, es: 0 });
    expect(textShares({ config: {} })).toEqual({});
    expect(textShares({ config: { training_text_shares: 'all' } })).toEqual({});
  });

  it('takes over where an adapter works best, and only lists of layers and names', () => {
    const told = { layers: [2, 3], modules: ['down_proj'] };
    expect(suggestedAdapter({ config: { suggested_adapter: told } })).toEqual(told);
    expect(suggestedAdapter({ config: {} })).toEqual({});
    const damaged = { layers: [-1, 2], modules: 'down_proj' };
    expect(suggestedAdapter({ config: { suggested_adapter: damaged } })).toEqual({});
  });
});
