/**
 * @file Questions asked one after the other. Each prompt is read once: its answer is generated from there, and the continuations are weighed
 * from there. The first questions are answered each to its end before the others are read, so that a whole answer is there early. The others
 * go on together, as many as the memory of their keys and values allows: a run costs nearly as much for one row as for several where weights
 * in few bits are made numbers in each.
 */
import type { Tensor } from '../runtime/index.ts';
import type { AdaptedDecoder } from './adapted-decoder.ts';
import { NoNumbersError } from './errors.ts';
import { chooser } from './generate.ts';
import type { ReadPrompts } from './read-prompts.ts';
import { scoreByRows } from './score.ts';
import type { TextCoder } from './text.ts';
import type { AnswerProgress, AskOptions, Score } from './types.ts';

/** A question as tokens. */
export interface AskedTokens {
  prompt: readonly number[];
  continuations: readonly (readonly number[])[];
  /** Weighed only where the first token is probable enough. */
  perhaps: readonly (readonly number[])[];
  /** Tokens that its answer may take. */
  maxNewTokens: number;
}

export interface Asker {
  decoder: AdaptedDecoder;
  coder: TextCoder;
  adapter: Tensor;
  /** Hears how long prompts took to be read, of how many tokens. */
  onRead?: (tokens: number, milliseconds: number) => void;
}

type Options = Omit<AskOptions, 'onProgress' | 'maxNewTokens'>;

/** Questions that are answered by themselves, before any other is read. */
const alone = 2;

/** So many are read at once, if there is room for them. */
const readAtOnce = 8;
/** Fewer are not read beside rows that go on, for each run makes all weights numbers; unless no more are left. */
const leastRead = 3;

/** Bytes of keys and values that rows which go on together may have. They lie in memory about four times: before and after a run, in the heap and beside it. */
const mostCache = 140e6;

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
  options: Options,
  onProgress: (index: number, answering: AnswerProgress) => void,
): Promise<AnswerProgress[] | undefined> {
  const order = orderOf(questions);
  const rows = order.map((index): AskedRow => ({
    index,
    tokens: [],
    logProb: 0,
    done: false,
    scores: null,
    generation: { text: '', tokens: [], logProb: 0 },
  }));
  const told = (row: AskedRow): void => {
    onProgress(row.index, progressOf(row));
  };
  const say = sayer(asker.coder, questions, options);
  const together = rowsTogether(asker.decoder, questions);
  const head = await readHead(asker, questions);
  let all: ReadPrompts | null = null;
  let active: AskedRow[] = [];
  let next = 0;
  try {
    while (next < rows.length || active.length > 0) {
      await messages();
      options.signal?.throwIfAborted();
      if (all && active.length > 0) await all.advance(active.map(lastToken));
      let begun: AskedRow[] = [];
      const size = sizeOfNext(next, rows.length - next, active.length, together);
      if (size > 0) {
        begun = rows.slice(next, next + size);
        const asked = begun.map(({ index }) => questions[index] as AskedTokens);
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
          await messages();
          options.signal?.throwIfAborted();
          await weigh(read, asked, begun, options.leastFirst);
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
  return rows.sort((one, other) => one.index - other.index).map(progressOf);
}

/** The first ones as they are given, then those that take longest: shorter ones end earlier, and are padded less among their like. */
function orderOf(questions: readonly AskedTokens[]): number[] {
  const lengthOf = (index: number): number => {
    const { prompt, maxNewTokens } = questions[index] as AskedTokens;
    return prompt.length + maxNewTokens;
  };
  const all = [...questions.keys()];
  const others = all.slice(alone).sort((one, other) => lengthOf(other) - lengthOf(one));
  return [...all.slice(0, alone), ...others];
}

/** Lets messages in, the one that ends the asking among them: runs under WebAssembly leave them no time. */
function messages(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function progressOf({ generation, done, scores, perhaps }: AskedRow): AnswerProgress {
  return { generation, done, scores, ...(perhaps && { perhaps }) };
}

/** Rows that may go on together. */
function rowsTogether(decoder: AdaptedDecoder, questions: readonly AskedTokens[]): number {
  const longest = Math.max(...questions.map((each) => each.prompt.length + each.maxNewTokens));
  return Math.max(1, Math.floor(mostCache / (decoder.cachePerToken * longest)));
}

/** How many questions are read now: `begun` are, `left` are not, and of the former so many go on. */
function sizeOfNext(begun: number, left: number, goOn: number, together: number): number {
  if (begun <= alone && goOn > 0) return 0;
  if (begun < alone) return Math.min(1, left);
  const size = Math.min(left, readAtOnce, together - goOn);
  return goOn === 0 || size >= Math.min(left, leastRead) ? Math.max(0, size) : 0;
}

function lastToken({ tokens }: AskedRow): number {
  return tokens[tokens.length - 1] ?? 0;
}

async function readGroup(
  { decoder, adapter, onRead }: Asker,
  questions: readonly AskedTokens[],
  head: Head | null,
): Promise<ReadPrompts> {
  const prompts = questions.map(({ prompt }) => prompt.slice(head?.length ?? 0));
  const since = performance.now();
  const read = await decoder.read(prompts, adapter, head?.read);
  const tokens = prompts.length * Math.max(...prompts.map(({ length }) => length));
  onRead?.(tokens, performance.now() - since);
  return read;
}

/** Scores the continuations of rows that were just read, and of those that are worth it perhaps the ones that are. */
async function weigh(
  read: ReadPrompts,
  questions: readonly AskedTokens[],
  rows: readonly AskedRow[],
  leastFirst = Infinity,
): Promise<void> {
  const weighed = questions.map(({ continuations, perhaps }, row) => {
    const logits = read.logitsOf(row);
    const least = leastLogit(logits, leastFirst);
    const isWorth = ([token]: readonly number[]): boolean => (logits[token ?? 0] ?? NaN) >= least;
    return [...continuations, ...perhaps.map((tokens) => (isWorth(tokens) ? tokens : null))];
  });
  const following = weighed.flatMap((all, row) =>
    all.flatMap((tokens) => (tokens ? [{ row, tokens }] : [])),
  );
  const logits = await read.after(following);
  let at = 0;
  weighed.forEach((all, index) => {
    const scores = all.map((tokens) => tokens && scoreByRows(logits[at++] ?? [], tokens));
    const row = rows[index];
    const surely = questions[index]?.continuations.length ?? 0;
    if (!row) return;
    row.scores = scores.slice(0, surely) as Score[];
    if (leastFirst <= 1) row.perhaps = scores.slice(surely);
  });
}

/** The logit from which on a token is at least so probable. */
function leastLogit(logits: Float32Array, probability: number): number {
  if (probability > 1) return Infinity;
  let highest = -Infinity;
  for (const logit of logits) highest = Math.max(highest, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - highest);
  return highest + Math.log(sum * probability);
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
  questions: readonly AskedTokens[],
  options: Options,
): (row: AskedRow, logits: Float32Array) => void {
  const choose = chooser(options);
  const { stop = [], isDone } = options;
  return (row, logits) => {
    const { token, logProb } = choose(logits);
    if (Number.isNaN(logProb)) throw new NoNumbersError();
    row.logProb += logProb;
    if (coder.eos.includes(token)) row.done = true;
    else row.tokens.push(token);
    const text = coder.decode(row.tokens);
    row.generation = { text, tokens: [...row.tokens], logProb: row.logProb };
    row.done ||=
      row.tokens.length >= (questions[row.index]?.maxNewTokens ?? 1) ||
      stop.some((each) => text.includes(each)) ||
      isDone?.(text, row.index) === true;
  };
}
