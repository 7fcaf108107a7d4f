/** @file `generate` as in Transformers.js: tensors of its tokenizers in and out; or texts in and out. */
import type { CausalLM, Prompt } from './engine.ts';
import { InvalidOptionError } from './errors.ts';
import { checkOptions, number, type Refusals } from './options.ts';

/** What of a tensor is used; Transformers.js' `Tensor` is one. */
export interface TensorLike {
  readonly dims: readonly number[];
  tolist(): unknown[];
}

/** Token ids [batch, time]: a tensor, or rows, which may then differ in length. */
export type TokenIds = TensorLike | readonly (readonly (number | bigint)[])[];

/** Tokens as a tokenizer of Transformers.js gives them. */
export interface TokenInputs {
  input_ids: TokenIds;
  /** 0 where a row is padded. */
  attention_mask?: TokenIds | null;
  /** Not looked at. */
  token_type_ids?: TokenIds | null;
}

/** What hears tokens as they come; Transformers.js' `TextStreamer` is one. */
export interface Streamer {
  put(value: bigint[][]): void;
  end(): void;
}

/** Options of `generate`, in Transformers' words. */
export interface GenerateOptions {
  /** 20 by default. */
  max_new_tokens?: number;
  /** Greedy if false (the default), whatever the model's `generation_config.json` says. */
  do_sample?: boolean;
  /** With `do_sample`; 1 by default. */
  temperature?: number;
  /** Seeds sampling. Not in Transformers. */
  seed?: number;
  /** A text ends where it contains one of these. */
  stop_strings?: string | readonly string[];
  streamer?: Streamer | null;
  /** Ends generation between two tokens; the promise rejects with its reason. */
  signal?: AbortSignal;
}

/** One message of a conversation. */
export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** Messages of a conversation, written by the model's own chat template. */
export type Messages = readonly Message[];

/** Text that is continued, or a conversation that is answered. */
export type TextInput = string | Messages;

const known = [
  'max_new_tokens',
  'do_sample',
  'temperature',
  'seed',
  'stop_strings',
  'streamer',
  'signal',
];
const sampling = 'The engine samples by temperature alone: leave it out.';
const searching = 'The engine continues each text once, token by token: leave it out.';
const refused: Refusals = {
  top_k: { neutral: [0, null], instead: sampling },
  top_p: { neutral: [1, null], instead: sampling },
  min_p: { neutral: [0, null], instead: sampling },
  repetition_penalty: { neutral: [1, null], instead: sampling },
  no_repeat_ngram_size: { neutral: [0, null], instead: sampling },
  num_beams: { neutral: [1, null], instead: searching },
  num_return_sequences: { neutral: [1, null], instead: searching },
  max_length: { neutral: [null], instead: 'Use max_new_tokens.' },
  return_dict_in_generate: { neutral: [false, null], instead: 'Tokens are returned.' },
  past_key_values: { neutral: [null], instead: 'The cache lives as long as one call.' },
  logits_processor: { neutral: [null], instead: sampling },
  stopping_criteria: { neutral: [null], instead: 'Use stop_strings, or an AbortSignal.' },
};

interface Settings {
  maxNewTokens: number;
  temperature: number;
  seed: number;
  stop?: readonly string[];
  signal?: AbortSignal;
}

function settingsOf(options: GenerateOptions): Settings {
  const where = 'generate';
  checkOptions(where, options, known, refused);
  const { do_sample = false, temperature, seed, stop_strings, signal } = options;
  const heat = number(where, 'temperature', temperature, 1, { above: 0 });
  return {
    maxNewTokens: number(where, 'max_new_tokens', options.max_new_tokens, 20, {
      least: 1,
      whole: true,
    }),
    temperature: do_sample ? heat : 0,
    seed: number(where, 'seed', seed, 0, { least: 0, whole: true }),
    ...(stop_strings !== undefined && { stop: [stop_strings].flat() }),
    ...(signal && { signal }),
  };
}

/** Numbers of a tensor or of rows. */
function rowsOf(name: string, ids: TokenIds): number[][] {
  const rows = (Array.isArray(ids) ? ids : (ids as TensorLike).tolist()) as unknown[];
  if (!rows.every(Array.isArray))
    throw new InvalidOptionError(name, `generate: ${name} is not two-dimensional [batch, time].`);
  return rows.map((row) => (row as (number | bigint)[]).map(Number));
}

/** What generates: rows of tokens are continued, and each token is heard as it comes. */
async function continued(
  model: CausalLM,
  prompts: readonly number[][],
  options: GenerateOptions,
): Promise<number[][]> {
  const settings = settingsOf(options);
  const { streamer } = options;
  const said = prompts.map((): number[] => []);
  if (streamer && prompts.length > 1)
    throw new InvalidOptionError('streamer', 'generate: a streamer hears one text at a time.');
  streamer?.put(prompts.map((row) => row.map(BigInt)));
  await model.generateTokens(prompts, {
    ...settings,
    onToken: (row, token) => {
      said[row]?.push(token);
      streamer?.put([[BigInt(token)]]);
    },
  });
  streamer?.end();
  return said;
}

/**
 * Continues tokens. Gives whole sequences, prompt included, as Transformers does: in the form that `input_ids` has, padded on the right.
 *
 * @internal
 */
export async function generateTokens(
  model: CausalLM,
  { input_ids, attention_mask }: TokenInputs,
  options: GenerateOptions,
  pad: number,
): Promise<TokenIds> {
  const rows = rowsOf('input_ids', input_ids);
  const mask = attention_mask ? rowsOf('attention_mask', attention_mask) : null;
  const prompts = rows.map((row, r) => row.filter((_, at) => mask?.[r]?.[at] !== 0));
  const said = await continued(model, prompts, options);
  const whole = rows.map((row, r) => [...row, ...(said[r] ?? [])]);
  if (Array.isArray(input_ids)) return whole;
  const time = Math.max(0, ...whole.map(({ length }) => length));
  const flat = BigInt64Array.from(
    whole.flatMap((row) => [...row, ...Array<number>(time - row.length).fill(pad)]),
    BigInt,
  );
  // The caller's own kind of tensor, so that its tokenizer takes it.
  const Tensor = (input_ids as TensorLike).constructor as new (
    type: string,
    data: BigInt64Array,
    dims: number[],
  ) => TensorLike;
  return new Tensor('int64', flat, [whole.length, time]);
}

/**
 * Continues texts, or answers conversations. Gives only what is new, without special tokens.
 *
 * @internal
 */
export async function generateTexts(
  model: CausalLM,
  inputs: readonly TextInput[],
  options: GenerateOptions,
): Promise<string[]> {
  const prompts = inputs.map((input): Prompt =>
    typeof input === 'string' ? input : { messages: input, begun: '' },
  );
  const tokens = prompts.map((prompt) => model.promptTokens(prompt));
  const said = await continued(model, tokens, options);
  return said.map((row) => model.decode(row));
}

/** Whether this is one conversation (and not several texts or conversations). */
export function isMessages(input: unknown): input is Messages {
  return (
    Array.isArray(input) &&
    input.length > 0 &&
    input.every((each) => typeof each === 'object' && each !== null && 'role' in each)
  );
}

/** Tokens and options that come in one object, as Transformers.js calls `generate`, taken apart. */
export function takenApart(
  { input_ids, attention_mask = null, token_type_ids: _, ...inside }: TokenInputs & GenerateOptions,
  options: GenerateOptions,
): [TokenInputs, GenerateOptions] {
  return [
    { input_ids, attention_mask },
    { ...inside, ...options },
  ];
}
