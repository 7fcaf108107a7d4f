/** @file Makes a model that converses of a fixture that does not: two of its tokens become the marks of a turn. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const fixture = fileURLToPath(new URL('models/qwen2-fp32', import.meta.url));

interface TokenizerFile {
  added_tokens: { id: number; content: string }[];
  model: { vocab: Record<string, number>; merges: (string | string[])[] };
}

/** Writes the model into a folder, without a template: `<|im_start|>` and `<|im_end|>` are special tokens of it. */
export function writeChatModel(folder: string): void {
  cpSync(fixture, folder, { recursive: true });
  const path = join(folder, 'tokenizer.json');
  const tokenizer = JSON.parse(readFileSync(path, 'utf8')) as TokenizerFile;
  const { vocab } = tokenizer.model;
  const [usual] = tokenizer.added_tokens;
  if (!usual) throw new Error('The fixture has no special token.');
  const size = Object.keys(vocab).length;
  for (const [index, content] of ['<|im_start|>', '<|im_end|>'].entries()) {
    const id = size - 2 + index;
    const old = Object.keys(vocab).find((key) => vocab[key] === id);
    if (old !== undefined) Reflect.deleteProperty(vocab, old);
    vocab[content] = id;
    tokenizer.added_tokens.push({ ...usual, id, content });
  }
  tokenizer.model.merges = tokenizer.model.merges.filter(
    (merge) => (typeof merge === 'string' ? merge.split(' ') : merge).join('') in vocab,
  );
  writeFileSync(path, JSON.stringify(tokenizer));
}
