/**
 * @file Questions with several possible answers: each prompt is read once, its answer is generated from there, and the continuations are
 * weighed from there. What all prompts begin with is read once for all.
 */
import type { Tensor } from '../runtime/index.ts';
import type { AdaptedDecoder } from './adapted-decoder.ts';
import { continueRows, type RowOptions } from './generate.ts';
import type { ReadPrompts } from './read-prompts.ts';
import { scoreByRows } from './score.ts';
import type { TextCoder } from './text.ts';
import type { Generation, Score } from './types.ts';

/** A question as tokens. */
export interface AskedTokens {
  prompt: readonly number[];
  continuations: readonly (readonly number[])[];
}

export interface Asked {
  generation: Generation;
  /** Of each continuation. */
  scores: Score[];
}

export interface Asker {
  decoder: AdaptedDecoder;
  coder: TextCoder;
  adapter: Tensor;
}

/** Shorter beginnings are not worth a run of their own. */
const shortestHead = 8;

/** What the prompts of several questions begin with, read once; null where that is too short. It is to be released. */
export async function readHead(
  { decoder, adapter }: Asker,
  questions: readonly AskedTokens[],
): Promise<{ length: number; read: ReadPrompts } | null> {
  const [first, ...others] = questions.map(({ prompt }) => prompt);
  if (!first || others.length === 0) return null;
  // Of each prompt at least one token is left, whose logits are wanted.
  let length = Math.min(...questions.map(({ prompt }) => prompt.length - 1));
  for (const other of others)
    while (length > 0 && other.slice(0, length).some((token, at) => token !== first[at])) length--;
  if (length < shortestHead) return null;
  const read = await decoder.read([first.slice(0, length)], adapter);
  if (read.mayFollow) return { length, read };
  read.release();
  return null;
}

/**
 * Asks some questions at once. With `head`, what `readHead` gave for these and others. Undefined where continuations cannot be weighed so:
 * nothing was generated then. Throws the signal's reason, and `NoNumbersError`.
 */
export async function askTogether(
  { decoder, coder, adapter }: Asker,
  questions: readonly AskedTokens[],
  head: { length: number; read: ReadPrompts } | null,
  options: RowOptions,
): Promise<Asked[] | undefined> {
  const prompts = questions.map(({ prompt }) => prompt.slice(head?.length ?? 0));
  const read = await decoder.read(prompts, adapter, head?.read);
  try {
    if (!read.mayFollow) return undefined;
    options.signal?.throwIfAborted();
    const following = questions.flatMap(({ continuations }, row) =>
      continuations.map((tokens) => ({ row, tokens })),
    );
    const logits = await read.after(following);
    const scores = following.map(({ tokens }, index) => scoreByRows(logits[index] ?? [], tokens));
    const rows = questions.map(({ prompt }) => ({
      prompt: [...prompt],
      tokens: [],
      logProb: 0,
      done: false,
    }));
    const generations = await continueRows(coder, read.steps(rows), rows, options);
    return questions.map(({ continuations }, row) => ({
      generation: generations[row] as Generation,
      scores: scores.splice(0, continuations.length),
    }));
  } finally {
    read.release();
  }
}
