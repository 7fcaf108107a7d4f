/**
 * @file Prompts that a decoder has read: their keys and values are kept, so that what follows them is generated, and other continuations
 * are weighed, without reading them again.
 */
import { int64, int64Rows, type Backend, type Session, type Tensor } from '../runtime/index.ts';
import {
  emptyCache,
  joined,
  mayRepeat,
  nextCache,
  release,
  repeated,
  type CacheInput,
} from './cache.ts';
import { dataOf, filledRight, lastTokens, type Logits, type Row } from './decoder.ts';

/** What reads prompts, and what goes on from there. */
export interface Reader {
  backend: Backend;
  /** Of a decode graph. */
  session: Session;
  /** Goes on, one token at a time, from the cache that `session` begins; absent where `session` does that itself. */
  step?: Session;
  /** Whether prompts may be padded on the left; else the prompts of one call are of one length. */
  mayPad: boolean;
  pad: number;
  cache: readonly CacheInput[];
}

/** Tokens that follow the prompt of a row. */
export interface Following {
  row: number;
  tokens: readonly number[];
}

/** Tokens, with those that were read before, that one run of continuations takes at most: their keys and values are copied. */
const budget = 1024;

export class ReadPrompts {
  private constructor(
    private readonly reader: Reader,
    private readonly adapter: Tensor,
    /** Which of the tokens that were read are real [B][T]. */
    private mask: readonly (readonly number[])[],
    private past: Record<string, Tensor>,
    /** Logits float32 [B, V] of each row's next token. */
    private logits: Float32Array,
  ) {}

  /**
   * Reads prompts, padded on the left where they differ in length. With `head`, one row that was read before, they go on from that: each
   * begins with its tokens, which are not given again.
   */
  static async read(
    reader: Reader,
    prompts: readonly (readonly number[])[],
    adapter: Tensor,
    head?: ReadPrompts,
  ): Promise<ReadPrompts> {
    const { backend, session, mayPad, pad, cache } = reader;
    const longest = Math.max(...prompts.map(({ length }) => length));
    // A few lengths of prompt only, so that few shader variants are compiled.
    const isOnGpu = backend.choice.device === 'webgpu';
    const time = mayPad && isOnGpu ? Math.ceil(longest / 8) * 8 : longest;
    const padded = (row: readonly number[], fill: number): number[] => [
      ...Array<number>(time - row.length).fill(fill),
      ...row,
    ];
    const seen = head?.mask[0] ?? [];
    const mask = prompts.map((prompt) => [
      ...seen,
      ...padded(
        prompt.map(() => 1),
        0,
      ),
    ]);
    const past = head
      ? repeated(backend, cache, head.past, [...prompts.keys()].fill(0))
      : emptyCache(backend, cache, prompts.length);
    const { logits, ...present } = await session.run({
      input_ids: int64Rows(
        backend,
        prompts.map((prompt) => padded(prompt, pad)),
      ),
      attention_mask: int64Rows(backend, mask),
      positions: vector(
        backend,
        prompts.map((_, row) => (row + 1) * time - 1),
      ),
      adapter,
      ...past,
    });
    release(past);
    return new ReadPrompts(reader, adapter, mask, nextCache(cache, present), dataOf(logits));
  }

  /** Goes on by one token a row; `logits` are then those of the next. */
  async advance(tokens: readonly number[]): Promise<void> {
    const { backend, session, step = session, cache } = this.reader;
    const { past } = this;
    this.mask = this.mask.map((row) => [...row, 1]);
    const { logits, ...present } = await step.run({
      input_ids: int64Rows(
        backend,
        tokens.map((token) => [token]),
      ),
      attention_mask: int64Rows(backend, this.mask),
      positions: vector(backend, [...tokens.keys()]),
      adapter: this.adapter,
      ...past,
    });
    release(past);
    this.past = nextCache(cache, present);
    this.logits = dataOf(logits);
  }

  /** Logits [B, V] of each row's next token, one later each time; the tokens are the rows' own. */
  async *steps(rows: readonly Row[]): Logits {
    for (;;) {
      yield this.logits;
      await this.advance(lastTokens(rows, this.reader.pad).flat());
    }
  }

  /** These rows and the other's behind them, which is given up. Needs `mayFollow`, and that rows may be padded. */
  join(other: ReadPrompts): void {
    const { backend, cache } = this.reader;
    const past = joined(backend, cache, [this.past, other.past]);
    const time = Math.max(...[this, other].map(({ mask }) => mask[0]?.length ?? 0));
    this.mask = [...this.mask, ...other.mask].map((row) => [
      ...Array<number>(time - row.length).fill(0),
      ...row,
    ]);
    const logits = new Float32Array(this.logits.length + other.logits.length);
    logits.set(this.logits);
    logits.set(other.logits, this.logits.length);
    this.release();
    other.release();
    this.past = past;
    this.logits = logits;
  }

  /** Goes on with some rows only. Needs `mayFollow`. */
  select(rows: readonly number[]): void {
    const { backend, cache } = this.reader;
    const past = repeated(backend, cache, this.past, rows);
    const vocabulary = this.logits.length / this.mask.length;
    const logits = new Float32Array(rows.length * vocabulary);
    rows.forEach((row, place) => logits.set(this.logitsOf(row), place * vocabulary));
    this.mask = rows.map((row) => this.mask[row] ?? []);
    release(this.past);
    this.past = past;
    this.logits = logits;
  }

  /** Logits [V] of a row's next token. */
  logitsOf(row: number): Float32Array {
    const vocabulary = this.logits.length / this.mask.length;
    return this.logits.subarray(row * vocabulary, (row + 1) * vocabulary);
  }

  /** Whether `after` can be asked: several tokens go on from a cache at once, and rows of it may be repeated. */
  get mayFollow(): boolean {
    const { backend, step, cache } = this.reader;
    return step === undefined && mayRepeat(backend, cache);
  }

  /** For each continuation, in order, the logits [V] by which each of its tokens is predicted. Needs `mayFollow`. */
  async after(continuations: readonly Following[]): Promise<Float32Array[][]> {
    const found = continuations.map(({ row }) => [this.logitsOf(row)]);
    // A continuation of one token is weighed by what was read.
    const lengthOf = (index: number | undefined): number =>
      continuations[index ?? -1]?.tokens.length ?? 0;
    // Alike long ones together, as padding costs as tokens do.
    const longer = [...continuations.keys()]
      .filter((index) => lengthOf(index) > 1)
      .sort((one, other) => lengthOf(other) - lengthOf(one));
    const time = this.mask[0]?.length ?? 0;
    let at = 0;
    while (at < longer.length) {
      let end = at;
      const most = lengthOf(longer[at]);
      do end++;
      while (
        end < longer.length &&
        2 * lengthOf(longer[end]) > most &&
        (end + 1 - at) * (time + most) <= budget
      );
      const run = longer.slice(at, end);
      const logits = await this.follow(run.map((index) => continuations[index] as Following));
      run.forEach((index, place) => found[index]?.push(...(logits[place] ?? [])));
      at = end;
    }
    return found;
  }

  /** One run: the logits after each token but the last of each continuation. */
  private async follow(continuations: readonly Following[]): Promise<Float32Array[][]> {
    const { backend, session, pad, cache } = this.reader;
    const inputs = continuations.map(({ tokens }) => tokens.slice(0, -1));
    const time = Math.max(...inputs.map(({ length }) => length));
    const real = inputs.map((row) => row.map(() => 1));
    const past = repeated(
      backend,
      cache,
      this.past,
      continuations.map(({ row }) => row),
    );
    const { logits, ...present } = await session.run({
      input_ids: int64Rows(backend, filledRight(inputs, pad, time)),
      attention_mask: int64Rows(
        backend,
        filledRight(real, 0, time).map((row, index) => [
          ...(this.mask[continuations[index]?.row ?? 0] ?? []),
          ...row,
        ]),
      ),
      positions: vector(
        backend,
        inputs.flatMap((row, index) => row.map((_, place) => index * time + place)),
      ),
      adapter: this.adapter,
      ...past,
    });
    release(present);
    release(past);
    const all = dataOf(logits);
    const vocabulary = all.length / inputs.reduce((sum, { length }) => sum + length, 0);
    let next = 0;
    return inputs.map((row) => row.map(() => all.subarray(next * vocabulary, ++next * vocabulary)));
  }

  release(): void {
    release(this.past);
    this.past = {};
  }
}

function vector(backend: Backend, values: readonly number[]): Tensor {
  return int64(backend, BigInt64Array.from(values, BigInt), [values.length]);
}
