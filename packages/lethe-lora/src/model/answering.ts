/** @file Takes the first way to answer that works, which is known by trying it. */
import type { Tensor } from '../runtime/index.ts';
import { AdaptedDecoder } from './adapted-decoder.ts';
import type { Decoder, Row } from './decoder.ts';
import { NoNumbersError } from './errors.ts';
import { BufferLimitError } from './parts.ts';
import type { Sessions } from './sessions.ts';
import type { Way } from './ways.ts';

export interface Answering {
  decoder: Decoder;
  /** The way that was taken. */
  way: Way;
  /** Why the ways before this one did not do. */
  failures: Error[];
  /** Milliseconds that one token more took, for one or two rows. */
  perToken: number;
}

/** What a decoder is tried with. */
export interface Trial {
  /** Two tokens or more, of which none pads. */
  tokens: readonly number[];
  adapter: Tensor;
}

/**
 * The first of several ways that gives numbers for two tokens. Throws `NoNumbersError` where one ran and gave none, `BufferLimitError` at
 * once, and else an error that names the reasons.
 */
export async function firstToAnswer(
  ways: readonly Way[],
  sessions: Sessions,
  trial: Trial,
): Promise<Answering> {
  const failures: Error[] = [];
  for (const way of ways)
    try {
      return { ...(await tried(await way.make(), trial)), way, failures };
    } catch (error) {
      await sessions.discard(way.kinds());
      // Another form of the same model needs no smaller buffers.
      if (error instanceof BufferLimitError) throw error;
      failures.push(error instanceof Error ? error : new Error(String(error)));
    }
  const silent = failures.find((error) => error instanceof NoNumbersError);
  if (silent) throw silent;
  const reasons = [...new Set(failures.map(({ message }) => message))].reverse();
  throw new Error(`This model cannot be asked here. ${reasons.join(' ')}`, { cause: failures });
}

/** The decoder, in the form in which padding does not change what it says. */
async function tried(
  decoder: Decoder,
  trial: Trial,
): Promise<Pick<Answering, 'decoder' | 'perToken'>> {
  const [first = 0, second = first] = trial.tokens;
  const isPadded = decoder.mayPad && decoder.rowsAtOnce(2) > 1;
  const isUnsure = decoder instanceof AdaptedDecoder && decoder.mayPad && !decoder.padsSurely;
  // Where padding has to be tried, there is more of it than one token.
  const long = Array.from({ length: isUnsure ? 6 : 2 }, (_, at) => (at % 2 === 0 ? first : second));
  const texts = [long, ...(isPadded ? [[first]] : [])];
  const { logits: together, perToken } = await logitsAfter(decoder, texts, trial);
  if (!isUnsure) return { decoder, perToken };
  const unpadded = decoder.unpadded();
  if (!isPadded) return { decoder: unpadded, perToken };
  const { logits: alone } = await logitsAfter(unpadded, [[first]], trial);
  const mayPad = isSame(alone, together.subarray(alone.length));
  return { decoder: mayPad ? decoder : unpadded, perToken };
}

/** Logits [B, V] after each text; then one token more is tried, and timed. Throws `NoNumbersError`. */
async function logitsAfter(
  decoder: Decoder,
  texts: readonly number[][],
  { adapter }: Trial,
): Promise<{ logits: Float32Array; perToken: number }> {
  const rows: Row[] = texts.map((prompt) => ({ prompt, tokens: [], logProb: 0, done: false }));
  const steps = decoder.steps(rows, adapter);
  try {
    const logits = numbersOf((await steps.next()).value).slice();
    for (const { prompt, tokens } of rows) tokens.push(prompt[0] ?? 0);
    const since = performance.now();
    numbersOf((await steps.next()).value);
    return { logits, perToken: performance.now() - since };
  } finally {
    await steps.return(undefined);
  }
}

/** Logits that are numbers; one that can never be said may be minus infinity. */
function numbersOf(logits: Float32Array | undefined): Float32Array {
  if (!logits || logits.some((logit) => Number.isNaN(logit) || logit === Infinity))
    throw new NoNumbersError();
  return logits;
}

/** Padding that is seen, or positions counted through it, change logits by more than this part of the largest. */
const tolerance = 1e-2;

function isSame(a: Float32Array, b: Float32Array): boolean {
  let [largest, difference] = [0, 0];
  a.forEach((logit, index) => {
    if (!Number.isFinite(logit)) return;
    largest = Math.max(largest, Math.abs(logit));
    difference = Math.max(difference, Math.abs(logit - (b[index] ?? NaN)));
  });
  return difference <= tolerance * largest;
}
