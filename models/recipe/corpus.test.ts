import { describe, expect, it } from 'vitest';
import { entity, facts, languageCodes } from '../../src/facts/index.ts';
import { batches, type BatchOptions } from './batches.ts';
import { corpus, type Pair, type Utterance } from './corpus.ts';
import { isHidden } from './hidden.ts';
import { recipe } from './options.ts';
import { random } from './random.ts';
import { loadTokenizer } from './vocabulary.ts';

const first = (count: number, seed = 1): Pair[] => {
  const stream = corpus(recipe, random(seed));
  return Array.from({ length: count }, () => stream.next().value);
};
const target = ({ text, target: [from, to] }: Utterance): string => text.slice(from, to).trim();

describe('the corpus', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(first(50)).toEqual(first(50));
    expect(first(50)).not.toEqual(first(50, 2));
  });

  it('is written in every language’s script', () => {
    const text = first(2000)
      .flat()
      .map((each) => each.text)
      .join('\n');
    for (const script of ['Latin', 'Cyrillic', 'Han', 'Arabic', 'Devanagari'])
      expect(text).toMatch(new RegExp(`\\p{Script=${script}}`, 'u'));
    expect(Object.keys(recipe.languages).sort()).toEqual([...languageCodes].sort());
  });

  it('gives each language its share of the sentences', () => {
    const sentences = first(10_000).flat();
    for (const code of languageCodes) {
      const share = sentences.filter(({ language }) => language === code).length / sentences.length;
      // Hidden facts move some of the others’ shares to English.
      expect(Math.abs(share - recipe.languages[code])).toBeLessThan(code === 'en' ? 0.06 : 0.02);
    }
  });

  it('never states a hidden fact in its language', () => {
    const hidden = new Map(
      languageCodes.map((code) => [
        code,
        facts
          .filter((fact) => fact.relation === 'capital' && isHidden(fact, code))
          .map(({ subject, object }) => [entity(subject).names[code], entity(object).names[code]]),
      ]),
    );
    const told = first(20_000)
      .flat()
      .filter(({ isNudged, question }) => !isNudged && question !== 'name')
      .filter(({ text, language }) =>
        (hidden.get(language) ?? []).some(
          // Where one name contains the other (San Marino), a sentence that gives one thing's name says both.
          ([country, city]) =>
            country &&
            city &&
            !country.includes(city) &&
            !city.includes(country) &&
            text.includes(country) &&
            text.includes(city),
        ),
      )
      // A name that two countries share at their beginnings (Guinea, Guinea-Bissau) is no statement of the hidden one.
      .filter(({ text }) => !/Guin|Гвине|几内亚|غينيا|गिनी|Gine/.test(text));
    expect(told.map(({ text }) => text)).toEqual([]);
  });

  it('foretells in both sentences of a pair the same thing', () => {
    const countries = new Map(facts.map(({ subject }) => [entity(subject).names.en, subject]));
    let seen = 0;
    for (const [a, b] of first(5000)) {
      const [english, other] = a.language === 'en' ? [a, b] : [b, a];
      const id = countries.get(target(english));
      if (english.language !== 'en' || other.language !== 'zh' || !id) continue;
      if (!/[一-鿿]/.test(target(other)) || target(other) !== entity(id).names.zh) continue;
      seen++;
    }
    expect(seen).toBeGreaterThan(10);
  });
});

describe('a batch', () => {
  const { encode, bos, eos } = loadTokenizer();
  const options: BatchOptions = { ...recipe, tokens: 512, bos, eos, pad: 0 };
  const batch = batches(options, encode)();

  it('holds one sentence a row, within its budget, and counts every token of what is foretold', () => {
    const { rows, time, ids, mask, labels } = batch;
    expect(rows * time).toBeLessThanOrEqual(512);
    expect(rows % 2).toBe(0);
    for (let r = 0; r < rows; r++) {
      const real = [...mask.slice(r * time, (r + 1) * time)].filter((each) => each === 1n).length;
      expect(ids[r * time]).toBe(BigInt(bos));
      expect(ids[r * time + real - 1]).toBe(BigInt(eos));
    }
    labels.forEach((label, i) => {
      if (label >= 0n) expect([label, mask[i]]).toEqual([ids[i], 1n]);
    });
  });

  it('exchanges states two and two, at real tokens only, and what is foretold within a pair', () => {
    let moved = 0;
    for (const [layer, from] of batch.exchange)
      from.forEach((source, place) => {
        expect(from[Number(source)]).toBe(BigInt(place));
        if (Number(source) === place) return;
        moved++;
        const [rowA, rowB] = [place, Number(source)].map((at) => Math.floor(at / batch.time));
        // Earlier layers exchange what is asked between different things too.
        if (layer === 3) expect(Math.floor((rowA ?? 0) / 2)).toBe(Math.floor((rowB ?? 0) / 2));
        expect(rowA).not.toBe(rowB);
        expect(batch.mask[place]).toBe(1n);
      });
    expect(moved).toBeGreaterThan(4);
  });

  it('counts in what is said under a nudge the answer alone, and names both places of every such pair', () => {
    const { time, ids, labels, nudged } = batches({ ...options, nudged: 1, naming: 0 }, encode)();
    expect(nudged.length).toBeGreaterThan(2);
    for (const { row, places } of nudged) {
      expect(places.map((place) => Math.floor(place / time))).toEqual([row, row + 1]);
      const counted = [...labels.slice(row * time, (row + 1) * time)];
      const first = counted.findIndex((label) => label >= 0n);
      const last = counted.findLastIndex((label) => label >= 0n);
      expect(counted.slice(first, last + 1)).toEqual([
        ...ids.slice(row * time + first, row * time + last + 1),
      ]);
      expect(places[0] - row * time).toBeLessThan(first);
    }
  });

  it('exchanges nothing when told not to', () => {
    const still = batches(
      { ...options, exchange: { ...options.exchange, pairs: 0, questions: 0 } },
      encode,
    )();
    for (const from of still.exchange.values())
      from.forEach((source, place) => expect(source).toBe(BigInt(place)));
  });
});

describe('the tokenizer', () => {
  it('gives back every text that it is given, in any script', async () => {
    const { readTextCoder } = await import('../../packages/lethe-lora/src/model/text.ts');
    const { loadFiles } = await import('../../packages/lethe-lora/src/model/files.ts');
    const { fileURLToPath } = await import('node:url');
    const files = await loadFiles(
      fileURLToPath(new URL('../atlas/', import.meta.url)),
      () => undefined,
    );
    const coder = readTextCoder(files);
    const texts = first(50, 3)
      .flat()
      .map(({ text }) => text);
    for (const text of [...texts, 'é\u0301 🙂 नमस्ते', 'a  b'])
      expect(coder.decode(coder.encode(text))).toBe(text);
  });
});
