/** @file Atlas' tokenizer, read from where it ships. */
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import type { Encode } from './batches.ts';

function read(name: string): object {
  return JSON.parse(readFileSync(new URL(`../atlas/${name}`, import.meta.url), 'utf8')) as object;
}

export function loadTokenizer(): { encode: Encode; bos: number; eos: number } {
  const tokenizer = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
  const encode = (text: string): number[] =>
    text === '' ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids;
  const id = (token: string): number => {
    const found = tokenizer.token_to_id(token);
    if (found === undefined) throw new Error(`The tokenizer has no ${token}.`);
    return found;
  };
  return { encode, bos: id('<bos>'), eos: id('<eos>') };
}
