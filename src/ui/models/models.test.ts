/** What the screen of models works out before anything is loaded. */
import { describe, expect, it } from 'vitest';
import type { AdaptableProjection } from 'lethe-lora/engine';
import { messages } from '../messages/index.ts';
import { languageCodes } from '../../facts/index.ts';
import { recommended } from '../../hub/index.ts';
import { adapterNumbers, describeRecommended, failureText, languagesText } from './models.ts';
import { readLayers, writeLayers } from '../address/layers.ts';

describe('an adapter’s size', () => {
  const packed: AdaptableProjection[] = ['q_proj', 'k_proj', 'v_proj'].map((module) => ({
    module,
    layer: 0,
    inFeatures: 8,
    outFeatures: 4,
    packed: 0,
  }));
  const down: AdaptableProjection = {
    module: 'down_proj',
    layer: 1,
    inFeatures: 16,
    outFeatures: 8,
    packed: 1,
  };

  it('counts A and B of every chosen projection; a packed matrix is adapted as a whole', () => {
    const all = [...packed, down];
    const rank = 2;
    expect(adapterNumbers(all, { rank, modules: [], layers: [] })).toBe(3 * 2 * 12 + 2 * 24);
    expect(adapterNumbers(all, { rank, modules: ['q_proj'], layers: [] })).toBe(3 * 2 * 12);
    expect(adapterNumbers(all, { rank, modules: [], layers: [1] })).toBe(2 * 24);
    expect(adapterNumbers(all, { rank, modules: ['q_proj'], layers: [1] })).toBe(0);
  });
});

describe('layers as they are typed', () => {
  it('are read and written in the same way', () => {
    expect(readLayers('0-2, 7', 7)).toEqual([0, 1, 2, 7]);
    expect(writeLayers([7, 2, 0, 1])).toBe('0-2, 7');
    expect(readLayers('', 7)).toEqual([]);
  });

  it('are refused when they are not there or not numbers', () => {
    expect(readLayers('8', 7)).toBeNull();
    expect(readLayers('3-1', 7)).toBeNull();
    expect(readLayers('one', 7)).toBeNull();
  });
});

describe('a model’s languages', () => {
  it('are named; long lists are shortened to those that Lethe speaks', () => {
    expect(languagesText(['en', 'sw'], undefined, 'en', messages)).toBe(
      'Languages: English and Swahili',
    );
    expect(languagesText([], 140, 'en', messages)).toBe('140 languages');
    const many = ['ak', 'as', 'bm', 'bn', 'ca', 'eu', 'gu', 'ig', 'kn', 'lg', 'ln', 'ml', 'fr'];
    expect(languagesText([...many, 'en', 'code'], undefined, 'en', messages)).toMatch(
      /^1[45] languages, among them French and English$/,
    );
  });
});

describe('a failure', () => {
  it('says how much room is lacking', () => {
    const text = failureText({ kind: 'quota', needed: 5e8, available: 1e8 }, 'en', messages);
    expect(text).toContain('500 MB');
    expect(text).toContain('100 MB');
  });
});

describe('a recommended model', () => {
  const bloom = recommended.find(({ id }) => id.endsWith('bloom-560m'));
  if (!bloom) throw new Error('BLOOM is not in the list.');

  it('is told by one line, and by what its languages, bytes and tests are', () => {
    const text = describeRecommended(bloom, languageCodes, 'en', messages);
    expect(text).toMatchObject({
      name: 'bloom-560m',
      kind: 'base model',
      size: '559 million parameters',
      meets: '9 of 12 languages',
      from: 'from 562 MB',
    });
    expect(text.details[0]).toMatch(
      /It lacks German, Russian, and Turkish\. Its model card lists 46/,
    );
    expect(text.details.join(' ')).toMatch(/fp32\u2069 2\.2 GB.*August 2026/);
  });

  it('is told of as one that cannot be trained where that is known', () => {
    const untaught = { ...bloom, trainable: false, languages: [...languageCodes] };
    const { details } = describeRecommended(untaught, languageCodes, 'en', messages);
    expect(details).toContain('You can ask it, but you can’t train it yet.');
    expect(details[0]).toMatch(/^It speaks all 12 languages/);
  });

  it('names languages of this page only', () => {
    for (const { languages } of recommended)
      for (const code of languages) expect(languageCodes).toContain(code);
  });
});
