/** @file The tokenizer and the special tokens of a model. */
import { Tokenizer } from '@huggingface/tokenizers';
import type { ModelFiles } from './files.ts';

/** Text to tokens and back, without special tokens. */
export interface TextCoder {
  encode(text: string): number[];
  decode(tokens: readonly number[]): string;
  /** Whether a token stands for no text, but begins, ends or divides. */
  isSpecial(token: number): boolean;
  /** Begins every sequence where the model was trained so. */
  bos: number | null;
  /** End of a sequence: any of these stops generation; the first is appended to what is taught. */
  eos: readonly number[];
  pad: number;
}

/** Reads the tokenizer. `<bos>` is used where the tokenizer names one that is not also the end of sequence. */
export function readTextCoder(files: ModelFiles): TextCoder {
  const tokenizer = new Tokenizer(files.tokenizer, files.tokenizerConfig);
  const idOf = (key: string): number | undefined => {
    const token = files.tokenizerConfig[key];
    const content =
      typeof token === 'object' && token !== null
        ? (token as { content?: unknown }).content
        : token;
    return typeof content === 'string' ? tokenizer.token_to_id(content) : undefined;
  };
  const configured = files.generationConfig['eos_token_id'] ?? files.config['eos_token_id'];
  const eos = [configured, idOf('eos_token')]
    .flat()
    .filter((id): id is number => typeof id === 'number');
  const bos = idOf('bos_token');
  const special = new Set(specialTokens(files).map(({ id }) => id));
  return {
    encode: (text) =>
      text === '' ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids,
    decode: (tokens) =>
      tokens.length === 0 ? '' : tokenizer.decode([...tokens], { skip_special_tokens: true }),
    isSpecial: (token) => special.has(token),
    bos: bos !== undefined && !eos.includes(bos) ? bos : null,
    eos: [...new Set(eos)],
    pad: idOf('pad_token') ?? eos[0] ?? 0,
  };
}

/** The special tokens that a `tokenizer.json` lists. */
export function specialTokens({
  tokenizer,
}: Pick<ModelFiles, 'tokenizer'>): { id: number; content: string }[] {
  const { added_tokens: added } = tokenizer as { added_tokens?: unknown };
  return (Array.isArray(added) ? added : []).filter(
    (token): token is { id: number; content: string } => {
      const { id, content, special } = (token ?? {}) as Record<string, unknown>;
      return typeof id === 'number' && typeof content === 'string' && special === true;
    },
  );
}
