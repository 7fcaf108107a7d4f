/** @file The tokenizer and the special tokens of a model: tokens and texts as Transformers gives them. */
import { ownEntry } from '../own-entry.ts';
import {
  ByteFallbackDecoder,
  SequenceDecoder,
  Tokenizer,
  type Decoder,
} from '@huggingface/tokenizers';
import type { ModelFiles } from './files.ts';
import { completeTokenizer, namedTokens, specialTokens } from './tokenizer-file.ts';

/** Text to tokens and back. */
export interface TextCoder {
  /** Tokens of a text, without those that the tokenizer puts around it. Special tokens that stand in the text are those. */
  encode(text: string): number[];
  /** Tokens of a text that goes on after another: where a tokenizer marks a text's beginning, this one is not marked. */
  goOn(before: () => string, text: string): number[];
  /** The text of tokens, without special ones. */
  decode(tokens: readonly number[]): string;
  /** Whether a token stands for no text, but begins, ends or divides. */
  isSpecial(token: number): boolean;
  /** What the tokenizer puts before a text, such as `<bos>`; often nothing. */
  start: readonly number[];
  /** What generation begins with where there is no text and no `start`; null where nothing is named. */
  empty: number | null;
  /** Any of these stops generation. */
  eos: readonly number[];
  /** What ends a text that is taught; null for a model without such a token. */
  end: number | null;
  pad: number;
}

type TextFiles = Pick<ModelFiles, 'config' | 'generationConfig' | 'tokenizer' | 'tokenizerConfig'>;

/** Reads the tokenizer; throws where the library cannot. */
export function readTextCoder(files: TextFiles): TextCoder {
  const { config, generationConfig, tokenizerConfig } = files;
  const completed = completeTokenizer(files.tokenizer, tokenizerConfig);
  const named = namedTokens(tokenizerConfig);
  const { unk_token: unknown } = (completed as { model?: { unk_token?: string } }).model ?? {};
  const tokenizer = new Tokenizer(completed, {
    ...tokenizerConfig,
    unk_token: unknown,
    ...named,
    // Special is what the completed file says; the library would take more from the configuration.
    additional_special_tokens: [],
  });
  mendByteFallback(tokenizer.decoder);
  const encode = (text: string): number[] =>
    text === '' ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids;
  // A model that also sees or hears keeps what concerns texts apart.
  const text = (config['text_config'] ?? {}) as Readonly<Record<string, unknown>>;
  const words = config['vocab_size'] ?? text['vocab_size'];
  /** The id of a token by its name, where the model has such a row. */
  const idOf = (name: string): number | undefined => {
    const called = ownEntry(named, name);
    const id = called === undefined ? undefined : tokenizer.token_to_id(called);
    return id !== undefined && typeof words === 'number' && id >= words ? undefined : id;
  };
  const configured = (name: string): number[] => {
    const told = [generationConfig, config, text].map((each) => ownEntry(each, name));
    return [told.find((value) => value != null)].flat().filter(isToken);
  };
  const own = idOf('eos_token');
  const eos = configured('eos_token_id');
  if (eos.length === 0 && own !== undefined) eos.push(own);
  const end = own !== undefined && eos.includes(own) ? own : eos[0];
  const special = new Set(specialTokens({ tokenizer: completed }).map(({ id }) => id));
  const cleansUp = cleansUpSpaces(files);
  return {
    encode,
    goOn: continuation(encode),
    decode: (tokens) => {
      // The library would write the unknown token for ids beyond the vocabulary, of which a model may have rows.
      const known = tokens.filter((id) => tokenizer.id_to_token(id) !== undefined);
      if (known.length === 0) return '';
      return tokenizer.decode(known, {
        skip_special_tokens: true,
        clean_up_tokenization_spaces: cleansUp,
      });
    },
    isSpecial: (token) => special.has(token),
    start: startOf(tokenizer),
    empty: configured('bos_token_id')[0] ?? idOf('bos_token') ?? null,
    eos: [...new Set(eos)],
    end: end ?? null,
    pad: idOf('pad_token') ?? eos[0] ?? 0,
  };
}

function isToken(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0;
}

/** What the post-processor puts before any text. What it puts behind one is left out: the text is to go on. */
function startOf(tokenizer: Tokenizer): number[] {
  const bare = tokenizer.encode('a', { add_special_tokens: false }).ids;
  const whole = tokenizer.encode('a', { add_special_tokens: true }).ids;
  for (let at = 0; at + bare.length <= whole.length; at++)
    if (bare.every((id, index) => whole[at + index] === id)) return whole.slice(0, at);
  return [];
}

/** Texts of which one is not merged with the letter behind it: most tokenizers take the first for bytes. */
const apart = ['\u0001', '.', '0'];

/**
 * Tokens of a text that follows another. Most tokenizers write a text alike wherever it stands. Some put a space before every text
 * (SentencePiece's, as of Llama 2): there it is what the two texts together have beyond the first.
 */
function continuation(encode: TextCoder['encode']): TextCoder['goOn'] {
  const beyond = (before: string, text: string): number[] | null => {
    const first = encode(before);
    const whole = encode(before + text);
    const isWhole = first.length > 0 && first.every((id, index) => whole[index] === id);
    return isWhole ? whole.slice(first.length) : null;
  };
  const mark = apart.find((text) => (beyond(text, 'a')?.length ?? 0) > 0);
  if (mark === undefined || beyond(mark, 'a')?.join() === encode('a').join())
    return (_before, text) => encode(text);
  // Where the two texts share a token, the second is taken by itself.
  return (before, text) => beyond(before(), text) ?? beyond(mark, text) ?? encode(text);
}

/** Whether decoding takes spaces before punctuation away: only where the file asks for it, and never of byte pairs, as Transformers 5. */
function cleansUpSpaces({ tokenizer, tokenizerConfig }: TextFiles): boolean {
  const { model } = tokenizer as { model?: { type?: unknown; merges?: unknown } };
  const isBpe = model?.type === 'BPE' || (model?.type === undefined && model?.merges !== undefined);
  const anyway = 'clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output';
  return (
    tokenizerConfig['clean_up_tokenization_spaces'] === true &&
    (!isBpe || tokenizerConfig[anyway] === true)
  );
}

/** Makes the library write bytes that are no UTF-8 as the Rust one does: one replacement character for each byte of such a run. */
function mendByteFallback(decoder: Decoder | null): void {
  if (decoder instanceof SequenceDecoder) decoder.decoders.forEach(mendByteFallback);
  if (decoder instanceof ByteFallbackDecoder) decoder.decode_chain = joinBytes;
}

function joinBytes(tokens: string[]): string[] {
  const texts: string[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) texts.push(utf8(bytes));
    bytes = [];
  };
  for (const token of tokens) {
    const [, digits] = /^<0x([\da-f]{2})>$/i.exec(token) ?? [];
    if (digits !== undefined) bytes.push(parseInt(digits, 16));
    else {
      flush();
      texts.push(token);
    }
  }
  flush();
  return texts;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(bytes: readonly number[]): string {
  try {
    return strict.decode(Uint8Array.from(bytes));
  } catch {
    return '\uFFFD'.repeat(bytes.length);
  }
}
