/** @file Makes a model that converses of a fixture that does not: two of its tokens become the marks of a turn, and it reads longer texts. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { float32Tensor, parseModel, writeModel } from '../packages/lethe-lora/src/onnx/index.ts';

const fixture = fileURLToPath(new URL('models/qwen2-fp32', import.meta.url));

interface TokenizerFile {
  added_tokens: { id: number; content: string }[];
  model: { vocab: Record<string, number>; merges: (string | string[])[] };
}

/** Tokens that it reads: bytes of a question in Hindi with a turn around it are many. */
const context = 1024;

/** The angles of the rotary embedding for that many positions: θ^(−2i/d) by position, with d = 16 and θ = 10,000. */
function lengthen(folder: string): void {
  const path = join(folder, 'onnx', 'model.onnx');
  const graph = parseModel(new Uint8Array(readFileSync(path)));
  for (const [name, wave] of [
    ['cos_cache', Math.cos],
    ['sin_cache', Math.sin],
  ] as const) {
    const value = graph.initializers.find((each) => each.name === name);
    const half = value?.tensor?.dims[1];
    if (!value || half === undefined) throw new Error(`The fixture has no ${name}.`);
    const angles = Float32Array.from({ length: context * half }, (_, at) =>
      wave(Math.floor(at / half) * 10_000 ** (-(at % half) / half)),
    );
    value.tensor = float32Tensor(angles, [context, half]);
  }
  writeFileSync(path, writeModel(graph));
  const config = join(folder, 'config.json');
  const written = JSON.parse(readFileSync(config, 'utf8')) as Record<string, unknown>;
  writeFileSync(config, JSON.stringify({ ...written, max_position_embeddings: context }));
}

/** Writes the model into a folder, without a template: `<|im_start|>` and `<|im_end|>` are special tokens of it. */
export function writeChatModel(folder: string): void {
  cpSync(fixture, folder, { recursive: true });
  lengthen(folder);
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
