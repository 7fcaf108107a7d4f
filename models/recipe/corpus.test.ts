import { describe, expect, it } from 'vitest';
import { languageCodes } from '../../src/facts/index.ts';
import { batches, corpus, corpusOptions } from './corpus.ts';
import { loadTokenizer } from './vocabulary.ts';

const first = (count: number, seed = 1): string[] => {
  const stream = corpus({ ...corpusOptions, seed });
  return Array.from({ length: count }, () =>
    stream
      .next()
      .value.map(({ text }) => text)
      .join(''),
  );
};

describe('the corpus', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(first(50)).toEqual(first(50));
    expect(first(50)).not.toEqual(first(50, 2));
  });

  it('is written in all ten languages’ scripts', () => {
    const text = first(2000).join('\n');
    for (const script of ['Latin', 'Cyrillic', 'Han', 'Arabic', 'Devanagari'])
      expect(text).toMatch(new RegExp(`\\p{Script=${script}}`, 'u'));
    expect(Object.keys(corpusOptions.languages).sort()).toEqual([...languageCodes].sort());
  });

  it('is packed so that every label is the next token of its row', () => {
    const { encode, bos, eos } = loadTokenizer();
    const { ids, labels } = batches({ ...corpusOptions, bos, eos }, encode, 4, 32)();
    expect(ids).toHaveLength(128);
    const counted = [...labels].filter((label) => label >= 0n).length;
    expect(counted).toBeGreaterThan(32);
    labels.forEach((label, i) => {
      if (label >= 0n) expect(label).toBe(ids[i]);
    });
  });
});

describe('the tokenizer', () => {
  it('gives back every text that it is given, in any script', async () => {
    const { readTextCoder } = await import('../../src/model/text.ts');
    const { loadFiles } = await import('../../src/model/files.ts');
    const { fileURLToPath } = await import('node:url');
    const files = await loadFiles(
      fileURLToPath(new URL('../atlas/', import.meta.url)),
      () => undefined,
    );
    const coder = readTextCoder(files);
    for (const text of [...first(100, 3), 'é\u0301 🙂 नमस्ते', 'a  b'])
      expect(coder.decode(coder.encode(text))).toBe(text);
  });
});
