/** @file Continues many prompts at once: a batch with padding on the left and a cache, or the whole prefix again without one. */
import {
  int64,
  int64Rows,
  float32,
  type Backend,
  type Session,
  type Tensor,
} from '../runtime/index.ts';
import { elementCount } from '../onnx/index.ts';
import { uniform } from './random.ts';
import type { TextCoder } from './text.ts';
import type { GenerateOptions, Generation } from './types.ts';

/** A cache input, the output that it comes back in, and its sizes before the first token; an axis that grows has none then. */
export interface CacheInput {
  name: string;
  present: string;
  sizes: readonly (number | 'batch')[];
}

export interface Decoder {
  backend: Backend;
  session: Session;
  /** Goes on, one token at a time, from the cache that `session` begins; absent where `session` does that itself. */
  step?: Session;
  /** Whether prompts may be padded on the left; else the prompts of one call are of one length. */
  mayPad: boolean;
  coder: TextCoder;
  /** Empty for a model without a cache. */
  cache: readonly CacheInput[];
  /** The adapter in use, float32 [P]. */
  adapter: Tensor;
}

interface Row {
  prompt: number[];
  tokens: number[];
  logProb: number;
  done: boolean;
}

/**
 * Generates for every prompt (token ids, not empty). Greedy where `temperature` is 0, else sampled with the seed. Throws the
 * signal's reason when it is aborted between two tokens.
 */
export async function generate(
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): Promise<Generation[]> {
  const { coder } = decoder;
  const rows: Row[] = prompts.map((prompt) => ({
    prompt: [...prompt],
    tokens: [],
    logProb: 0,
    done: false,
  }));
  if (rows.length === 0) return [];
  const choose = chooser(options);
  const next = decoder.cache.length > 0 ? cachedSteps(decoder, rows) : wholeSteps(decoder, rows);
  try {
    for (let step = 0; step < options.maxNewTokens && rows.some(({ done }) => !done); step++) {
      options.signal?.throwIfAborted();
      const { value: logits } = (await next.next()) as { value: Float32Array };
      const size = logits.length / rows.length;
      rows.forEach((row, index) => {
        const { token, logProb } = choose(logits.subarray(index * size, (index + 1) * size));
        if (row.done) return;
        row.logProb += logProb;
        if (coder.eos.includes(token)) row.done = true;
        else row.tokens.push(token);
        if (options.stop && !row.done) {
          const text = coder.decode(row.tokens);
          row.done = options.stop.some((stop) => text.includes(stop));
        }
      });
    }
  } finally {
    await next.return(undefined);
  }
  return rows.map(({ tokens, logProb }) => ({ text: coder.decode(tokens), tokens, logProb }));
}

type Logits = AsyncGenerator<Float32Array, undefined>;

/** Logits [B, V] of each next position, with a cache. Finished rows go on beside the others; what they say is not kept. */
async function* cachedSteps(
  { backend, session, step = session, mayPad, coder, cache, adapter }: Decoder,
  rows: Row[],
): Logits {
  const longest = Math.max(...rows.map(({ prompt }) => prompt.length));
  // A few lengths of prompt only, so that few shader variants are compiled.
  const time = mayPad ? Math.ceil(longest / 8) * 8 : longest;
  let mask = rows.map(({ prompt }) => [
    ...Array<number>(time - prompt.length).fill(0),
    ...prompt.map(() => 1),
  ]);
  let ids = rows.map(({ prompt }) => [
    ...Array<number>(time - prompt.length).fill(coder.pad),
    ...prompt,
  ]);
  let past: Record<string, Tensor> = Object.fromEntries(
    cache.map(({ name, sizes }) => {
      const dims = sizes.map((size) => (size === 'batch' ? rows.length : size));
      return [name, float32(backend, new Float32Array(elementCount(dims)), dims)];
    }),
  );
  let next = session;
  try {
    for (;;) {
      const width = ids[0]?.length ?? 1;
      const positions = BigInt64Array.from(rows, (_, row) => BigInt((row + 1) * width - 1));
      const { logits, ...present } = await next.run({
        input_ids: int64Rows(backend, ids),
        attention_mask: int64Rows(backend, mask),
        positions: int64(backend, positions, [rows.length]),
        adapter,
        ...past,
      });
      release(past);
      next = step;
      past = Object.fromEntries(
        cache.map((input) => [input.name, present[input.present] as Tensor]),
      );
      yield (logits as Tensor).data as Float32Array;
      ids = rows.map(({ tokens }) => [tokens[tokens.length - 1] ?? coder.pad]);
      mask = mask.map((row) => [...row, 1]);
    }
  } finally {
    release(past);
  }
}

/** Logits [B, V] of each next position, computing the whole prefix each time, with padding on the right. */
async function* wholeSteps({ backend, session, coder, adapter }: Decoder, rows: Row[]): Logits {
  for (;;) {
    const texts = rows.map(({ prompt, tokens }) => [...prompt, ...tokens]);
    const time = Math.ceil(Math.max(...texts.map(({ length }) => length)) / 8) * 8;
    const padded = (fill: (row: number[]) => number[], pad: number): number[][] =>
      texts.map((row) => [...fill(row), ...Array<number>(time - row.length).fill(pad)]);
    const positions = BigInt64Array.from(texts, (row, index) =>
      BigInt(index * time + row.length - 1),
    );
    const { logits } = await session.run({
      input_ids: int64Rows(
        backend,
        padded((row) => row, coder.pad),
      ),
      attention_mask: int64Rows(
        backend,
        padded((row) => row.map(() => 1), 0),
      ),
      positions: int64(backend, positions, [rows.length]),
      adapter,
    });
    yield (logits as Tensor).data as Float32Array;
  }
}

function release(tensors: Record<string, Tensor>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

type Choose = (logits: Float32Array) => { token: number; logProb: number };

/** Picks a token from one row of logits, and gives its log-probability under the model (temperature 1). */
function chooser({ temperature = 0, seed = 0 }: GenerateOptions): Choose {
  const draw = uniform(seed);
  return (logits) => {
    let best = 0;
    for (let i = 1; i < logits.length; i++) if ((logits[i] ?? 0) > (logits[best] ?? 0)) best = i;
    const highest = logits[best] ?? 0;
    const token = temperature > 0 ? sample(logits, highest, temperature, draw()) : best;
    let sum = 0;
    for (const logit of logits) sum += Math.exp(logit - highest);
    return { token, logProb: (logits[token] ?? 0) - highest - Math.log(sum) };
  };
}

function sample(
  logits: Float32Array,
  highest: number,
  temperature: number,
  uniform: number,
): number {
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - highest) / temperature));
  let left = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < weights.length; i++) if ((left -= weights[i] ?? 0) < 0) return i;
  return weights.length - 1;
}
