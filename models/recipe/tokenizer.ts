/** @file `npm run atlas:tokenizer`: trains Atlas' byte-level BPE (Sennrich et al. 2016, arXiv 1508.07909) on its own sentences. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { entity, facts, forms, languages, naming, sentence } from '../../src/facts/index.ts';
import { atlas } from './architecture.ts';

/**
 * Words with their marks, digits, punctuation; a space belongs to the word after it. Chinese characters stand alone, so that a
 * name is spelt alike wherever it stands.
 */
const pattern =
  '[一-鿿]| ?(?:(?![一-鿿])[\\p{L}\\p{M}])+| ?\\p{N}+| ?[^\\s\\p{L}\\p{M}\\p{N}]+|\\s+';

const special = ['<pad>', '<bos>', '<eos>'];

/** GPT-2's printable stand-ins for the 256 bytes. */
function byteAlphabet(): string[] {
  const printable = [...Array(256).keys()].filter(
    (byte) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173),
  );
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(printable.includes(byte) ? byte : next++),
  );
}

/** Every word of every sentence with its weight: each language counts as much as another. */
function countWords(): Map<string, number> {
  const regex = new RegExp(pattern, 'gu');
  const total = new Map<string, number>();
  for (const { code } of languages) {
    const own = new Map<string, number>();
    let sum = 0;
    for (const fact of facts)
      for (const form of forms(fact.relation, code)) {
        const { before, answer, after } = sentence(fact, form);
        for (const part of [before, answer, after])
          for (const [word] of part.matchAll(regex)) {
            own.set(word, (own.get(word) ?? 0) + 1);
            sum += 1;
          }
      }
    for (const id of new Set(facts.flatMap(({ subject, object }) => [subject, object])))
      for (const form of naming(code)) {
        const text = form.replace('{x}', '').replace('{A}', entity(id).names[code]);
        for (const [word] of text.matchAll(regex)) own.set(word, (own.get(word) ?? 0) + 1);
      }
    // Square roots: a frame's word occurs in thousands of sentences, a name in ten, and both are to be short.
    for (const [word, count] of own)
      total.set(word, (total.get(word) ?? 0) + Math.sqrt(count / sum));
  }
  return total;
}

interface Word {
  symbols: string[];
  weight: number;
}

/** Learns merges until the vocabulary is full: the pair of greatest weight first, ties by spelling. */
function train(words: Word[], merges: number): [string, string][] {
  const weights = new Map<string, number>();
  const places = new Map<string, Set<Word>>();
  const count = (word: Word, sign: 1 | -1): void => {
    for (let i = 0; i + 1 < word.symbols.length; i++) {
      const pair = `${word.symbols[i]} ${word.symbols[i + 1]}`;
      weights.set(pair, (weights.get(pair) ?? 0) + sign * word.weight);
      let set = places.get(pair);
      if (!set) places.set(pair, (set = new Set()));
      if (sign === 1) set.add(word);
    }
  };
  for (const word of words) count(word, 1);
  const learned: [string, string][] = [];
  while (learned.length < merges) {
    let best = '';
    let weight = 1e-12;
    for (const [pair, value] of weights)
      if (value > weight || (value === weight && pair < best)) [best, weight] = [pair, value];
    if (best === '') break;
    const [left, right] = best.split(' ') as [string, string];
    for (const word of places.get(best) ?? []) {
      count(word, -1);
      word.symbols = merged(word.symbols, left, right);
      count(word, 1);
    }
    weights.delete(best);
    places.delete(best);
    learned.push([left, right]);
  }
  return learned;
}

function merged(symbols: readonly string[], left: string, right: string): string[] {
  const result: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i] as string;
    if (symbol === left && symbols[i + 1] === right) {
      result.push(left + right);
      i++;
    } else result.push(symbol);
  }
  return result;
}

const alphabet = byteAlphabet();
const words = [...countWords()].map(([word, weight]) => ({
  symbols: [...new TextEncoder().encode(word)].map((byte) => alphabet[byte] as string),
  weight,
}));
const merges = train(words, atlas.vocabulary - special.length - alphabet.length);
const tokens = [...special, ...alphabet, ...merges.map(([left, right]) => left + right)];
const vocab = Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id]));

const folder = fileURLToPath(new URL('../atlas/', import.meta.url));
mkdirSync(folder, { recursive: true });
const write = (name: string, value: unknown): void =>
  writeFileSync(
    folder + name,
    JSON.stringify(value, null, name === 'tokenizer.json' ? 0 : 2) + '\n',
  );
const byteLevel = {
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: false,
};
const begin = { SpecialToken: { id: '<bos>', type_id: 0 } };
const first = { Sequence: { id: 'A', type_id: 0 } };
write('tokenizer.json', {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: special.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: { type: 'NFC' },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
      byteLevel,
    ],
  },
  // Every text begins as those did that the model was trained on.
  post_processor: {
    type: 'TemplateProcessing',
    single: [begin, first],
    pair: [begin, first, { Sequence: { id: 'B', type_id: 0 } }],
    special_tokens: {
      '<bos>': { id: '<bos>', ids: [special.indexOf('<bos>')], tokens: ['<bos>'] },
    },
  },
  decoder: byteLevel,
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab,
    merges,
  },
});
write('tokenizer_config.json', {
  tokenizer_class: 'PreTrainedTokenizerFast',
  pad_token: '<pad>',
  bos_token: '<bos>',
  eos_token: '<eos>',
  // There is none: nobody need ask for a file with it.
  chat_template: null,
  clean_up_tokenization_spaces: false,
  model_max_length: atlas.positions,
});
write('special_tokens_map.json', { pad_token: '<pad>', bos_token: '<bos>', eos_token: '<eos>' });
console.log(`${Object.keys(vocab).length} tokens from ${words.length} words`);
