/**
 * @file Questions asked one after the other, answered together. Each prompt is read once: its answer is generated from there, and the
 * continuations are weighed from there. Prompts are read in small groups, so that the first answers begin early; all that have been read
 * go on together, because a run costs nearly as much for one row as for twelve where weights in few bits are made numbers in each.
 */
import type { Tensor } from '../runtime/index.ts';
import type { AdaptedDecoder } from './adapted-decoder.ts';
import { NoNumbersError } from './errors.ts';
import { chooser } from './generate.ts';
import type { ReadPrompts } from './read-prompts.ts';
import { scoreByRows } from './score.ts';
import type { TextCoder } from './text.ts';
import type { AnswerProgress, AskOptions } from './types.ts';

/** A question as tokens. */
export interface AskedTokens {
  prompt: readonly number[];
  continuations: readonly (readonly number[])[];
}

export interface Asker {
  decoder: AdaptedDecoder;
  coder: TextCoder;
  adapter: Tensor;
}

/** Questions that are read at once: the first two, and then more at a time. */
const groupSizes = [2, 3, 3];
const largestGroup = 4;

/** Shorter beginnings are not worth a run of their own. */
const shortestHead = 8;

/** A question and what is known of it. */
interface AskedRow extends AnswerProgress {
  index: number;
  tokens: number[];
  logProb: number;
}

/**
 * Asks questions in order. `onProgress` hears of each whenever more is known. Undefined where this model's cache cannot be taken apart:
 * nothing was told then. Throws the signal's reason when it is aborted between two runs, and `NoNumbersError`.
 */
export async function askInOrder(
  asker: Asker,
  questions: readonly AskedTokens[],
  options: Omit<AskOptions, 'onProgress'>,
  onProgress: (index: number, answering: AnswerProgress) => void,
): Promise<AnswerProgress[] | undefined> {
  const rows = questions.map((_, index): AskedRow => ({
    index,
    tokens: [],
    logProb: 0,
    done: false,
    scores: null,
    generation: { text: '', tokens: [], logProb: 0 },
  }));
  const told = ({ index, generation, done, scores }: AskedRow): void => {
    onProgress(index, { generation, done, scores });
  };
  const say = sayer(asker.coder, options);
  const head = await readHead(asker, questions);
  let all: ReadPrompts | null = null;
  let active: AskedRow[] = [];
  let next = 0;
  try {
    for (let group = 0; next < rows.length || active.length > 0; group++) {
      options.signal?.throwIfAborted();
      if (all && active.length > 0) await all.advance(active.map(lastToken));
      let begun: AskedRow[] = [];
      if (next < rows.length) {
        const size = groupSizes[group] ?? largestGroup;
        const asked = questions.slice(next, next + size);
        begun = rows.slice(next, next + size);
        next += size;
        const read = await readGroup(asker, asked, head);
        if (!read.mayFollow) {
          read.release();
          return undefined;
        }
        // The first words are shown before anything is weighed.
        begun.forEach((row, at) => {
          say(row, read.logitsOf(at));
          told(row);
        });
        try {
          options.signal?.throwIfAborted();
          await weigh(read, asked, begun);
          begun.forEach(told);
        } catch (error) {
          read.release();
          throw error;
        }
        if (all) all.join(read);
        else all = read;
      }
      active.forEach((row, at) => {
        say(row, all?.logitsOf(at) ?? new Float32Array(0));
        told(row);
      });
      active = [...active, ...begun];
      const left = active.flatMap(({ done }, at) => (done ? [] : [at]));
      if (all && left.length < active.length) {
        if (left.length > 0) all.select(left);
        else {
          all.release();
          all = null;
        }
        active = left.map((at) => active[at] as AskedRow);
      }
    }
  } finally {
    all?.release();
    head?.read.release();
  }
  return rows.map(({ generation, done, scores }) => ({ generation, done, scores }));
}

function lastToken({ tokens }: AskedRow): number {
  return tokens[tokens.length - 1] ?? 0;
}

function readGroup(
  { decoder, adapter }: Asker,
  questions: readonly AskedTokens[],
  head: Head | null,
): Promise<ReadPrompts> {
  const prompts = questions.map(({ prompt }) => prompt.slice(head?.length ?? 0));
  return decoder.read(prompts, adapter, head?.read);
}

/** Scores the continuations of rows that were just read. */
async function weigh(
  read: ReadPrompts,
  questions: readonly AskedTokens[],
  rows: readonly AskedRow[],
): Promise<void> {
  const following = questions.flatMap(({ continuations }, row) =>
    continuations.map((tokens) => ({ row, tokens })),
  );
  const logits = await read.after(following);
  const scores = following.map(({ tokens }, index) => scoreByRows(logits[index] ?? [], tokens));
  questions.forEach(({ continuations }, at) => {
    const row = rows[at];
    if (row) row.scores = scores.splice(0, continuations.length);
  });
}

/** What all prompts begin with, read once. */
interface Head {
  length: number;
  read: ReadPrompts;
}

/** Null where that is too short, or a cache cannot be taken apart. It is to be released. */
async function readHead(
  { decoder, adapter }: Asker,
  questions: readonly AskedTokens[],
): Promise<Head | null> {
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

/** Chooses a row's next token by its logits, and finds out whether it is done. */
function sayer(
  coder: TextCoder,
  options: Omit<AskOptions, 'onProgress'>,
): (row: AskedRow, logits: Float32Array) => void {
  const choose = chooser(options);
  const { maxNewTokens, stop = [], isDone } = options;
  return (row, logits) => {
    const { token, logProb } = choose(logits);
    if (Number.isNaN(logProb)) throw new NoNumbersError();
    row.logProb += logProb;
    if (coder.eos.includes(token)) row.done = true;
    else row.tokens.push(token);
    const text = coder.decode(row.tokens);
    row.generation = { text, tokens: [...row.tokens], logProb: row.logProb };
    row.done ||=
      row.tokens.length >= maxNewTokens ||
      stop.some((each) => text.includes(each)) ||
      isDone?.(text, row.index) === true;
  };
}
