/** @file Continues many prompts at once, token by token. */
import type { Tensor } from '../runtime/index.ts';
import type { Decoder, Row } from './decoder.ts';
import { NoNumbersError } from './errors.ts';
import { uniform } from './random.ts';
import type { TextCoder } from './text.ts';
import type { GeneratedToken, GenerateOptions, Generation, TokenLogProb } from './types.ts';

export interface Generator {
  decoder: Decoder;
  coder: TextCoder;
  /** The adapter in use, float32 [P]. */
  adapter: Tensor;
}

/**
 * Generates for every prompt (token ids, not empty; of one length where the decoder may not pad). Greedy where `temperature` is 0, else
 * sampled with the seed. Throws the signal's reason when it is aborted between two tokens, and `NoNumbersError`.
 */
export async function generate(
  { decoder, coder, adapter }: Generator,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): Promise<Generation[]> {
  const rows: Row[] = prompts.map((prompt) => ({
    prompt: [...prompt],
    tokens: [],
    logProb: 0,
    done: false,
  }));
  if (rows.length === 0) return [];
  const choose = chooser(options);
  const places: GeneratedToken[][] = rows.map(() => []);
  const next = decoder.steps(rows, adapter);
  try {
    for (let step = 0; step < options.maxNewTokens && rows.some(({ done }) => !done); step++) {
      options.signal?.throwIfAborted();
      const { value: logits } = (await next.next()) as { value: Float32Array };
      const size = logits.length / rows.length;
      rows.forEach((row, index) => {
        const own = logits.subarray(index * size, (index + 1) * size);
        const { token, logProb } = choose(own);
        if (row.done) return;
        if (Number.isNaN(logProb)) throw new NoNumbersError();
        row.logProb += logProb;
        options.onToken?.(index, token);
        if (options.alternatives !== undefined)
          places[index]?.push({
            token,
            logProb,
            alternatives: probable(own, own[token] ?? 0, logProb, options.alternatives),
          });
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
  return rows.map(({ tokens, logProb }, index) => ({
    text: coder.decode(tokens),
    tokens,
    logProb,
    ...(options.alternatives !== undefined && { places: places[index] ?? [] }),
  }));
}

/** The tokens of at least a probability, the likeliest first; one token's logit and log-probability tell the others'. */
function probable(
  logits: Float32Array,
  logit: number,
  logProb: number,
  least: number,
): TokenLogProb[] {
  const total = logit - logProb;
  const needed = Math.log(least) + total;
  const found: TokenLogProb[] = [];
  for (let token = 0; token < logits.length; token++) {
    const each = logits[token] ?? -Infinity;
    if (each >= needed) found.push({ token, logProb: each - total });
  }
  return found.sort((a, b) => b.logProb - a.logProb);
}

export type Choose = (logits: Float32Array) => { token: number; logProb: number };

/** Picks a token from one row of logits, and gives its log-probability under the model (temperature 1). */
export function chooser({
  temperature = 0,
  seed = 0,
}: Pick<GenerateOptions, 'temperature' | 'seed'>): Choose {
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
