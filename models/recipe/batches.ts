/**
 * @file Turns the stream of pairs into batches of one sentence a row, and says which states change places between the two sentences
 * of a pair (interchange intervention training, Geiger et al. 2022, arXiv 2112.00826).
 */
import { corpus, type CorpusOptions, type Pair, type Utterance } from './corpus.ts';
import { random, type Random } from './random.ts';

/** Where and how often the states of two sentences that mean the same change places. */
export interface ExchangeOptions {
  /** Share of pairs of which any states are exchanged. */
  pairs: number;
  /** Layers (from 0) after which the state at the end of what is given is exchanged, and at the place that foretells the target. */
  given: readonly number[];
  target: readonly number[];
  /** Chance of each of these exchanges in such a pair. */
  each: number;
}

export interface BatchOptions extends CorpusOptions {
  exchange: ExchangeOptions;
  /** Chance that a token outside the target counts in the loss: frames are said over and over. */
  frame: number;
  /** Tokens of a batch, padding included, at most. */
  tokens: number;
  bos: number;
  eos: number;
  pad: number;
}

export interface Batch {
  rows: number;
  time: number;
  /** Token ids, mask and labels (−100: not counted), [rows · time] row by row. */
  ids: BigInt64Array<ArrayBuffer>;
  mask: BigInt64Array<ArrayBuffer>;
  labels: BigInt64Array<ArrayBuffer>;
  /** By layer: from which place of [rows · time] each place takes its state. */
  exchange: ReadonlyMap<number, BigInt64Array<ArrayBuffer>>;
}

/** Turns text into token ids, without special tokens. */
export type Encode = (text: string) => readonly number[];

interface Row {
  ids: readonly number[];
  /** First and last + 1 token of the target, in `ids`. */
  target: readonly [from: number, to: number];
  /** Last token of what is given. */
  given: number | null;
}

/** Batches are cut from pools of so many, sorted by length, so that rows of a batch are nearly equally long. */
const pool = 24;

/** One batch after another; the same for the same seed. */
export function batches(options: BatchOptions, encode: Encode): () => Batch {
  const draw = random(options.seed);
  const stream = corpus(options, draw);
  const toRow = rowMaker(encode, options);
  let ready: [Row, Row][][] = [];
  return () => {
    if (ready.length === 0) ready = nextPool(stream, toRow, options.tokens, draw);
    return assemble(ready.pop() ?? [], options, draw);
  };
}

function nextPool(
  stream: Generator<Pair, never>,
  toRow: (utterance: Utterance) => Row,
  budget: number,
  draw: Random,
): [Row, Row][][] {
  const pairs: { rows: [Row, Row]; time: number }[] = [];
  for (let tokens = 0; tokens < pool * budget;) {
    const [first, second] = stream.next().value;
    const rows: [Row, Row] = [toRow(first), toRow(second)];
    const time = Math.max(...rows.map(({ ids }) => ids.length));
    pairs.push({ rows, time });
    tokens += 2 * time;
  }
  pairs.sort((a, b) => a.time - b.time);
  const made: [Row, Row][][] = [];
  let batch: [Row, Row][] = [];
  for (const { rows, time } of pairs) {
    if (2 * (batch.length + 1) * time > budget) {
      made.push(batch);
      batch = [];
    }
    batch.push(rows);
  }
  // Too short a rest is left out; the order of lengths is undone.
  for (let i = made.length - 1; i > 0; i--) {
    const j = Math.floor(draw.next() * (i + 1));
    [made[i], made[j]] = [made[j] as [Row, Row][], made[i] as [Row, Row][]];
  }
  return made;
}

function rowMaker(encode: Encode, { bos, eos }: { bos: number; eos: number }) {
  const cache = new Map<string, readonly number[]>();
  const encoded = (text: string): readonly number[] => {
    let tokens = cache.get(text);
    if (!tokens) {
      if (cache.size > 400_000) cache.clear();
      cache.set(text, (tokens = encode(text)));
    }
    return tokens;
  };
  return ({ text, target, givenEnd }: Utterance): Row => {
    const tokens = encoded(text);
    const place = (end: number): number => {
      const prefix = encoded(text.slice(0, end).trimEnd());
      let common = 0;
      while (common < prefix.length && prefix[common] === tokens[common]) common++;
      return common;
    };
    const [from, to] = target;
    return {
      ids: [bos, ...tokens, eos],
      target: [place(from) + 1, place(to) + 1],
      given: givenEnd === null ? null : place(givenEnd),
    };
  };
}

function assemble(pairs: readonly [Row, Row][], options: BatchOptions, draw: Random): Batch {
  const rows = pairs.flat();
  const time = Math.max(...rows.map(({ ids }) => ids.length));
  const size = rows.length * time;
  const ids = new BigInt64Array(size).fill(BigInt(options.pad));
  const mask = new BigInt64Array(size);
  const labels = new BigInt64Array(size).fill(-100n);
  rows.forEach((row, r) =>
    row.ids.forEach((token, t) => {
      ids[r * time + t] = BigInt(token);
      mask[r * time + t] = 1n;
      const isTarget = t >= row.target[0] && t < row.target[1];
      if (t > 0 && (isTarget || draw.next() < options.frame)) labels[r * time + t] = BigInt(token);
    }),
  );
  const { given, target, pairs: share, each } = options.exchange;
  const layers = [...new Set([...given, ...target])];
  const exchange = new Map(
    layers.map((layer) => [layer, BigInt64Array.from({ length: size }, (_, i) => BigInt(i))]),
  );
  const swap = (layer: number, a: number, b: number): void => {
    const places = exchange.get(layer) as BigInt64Array;
    [places[a], places[b]] = [BigInt(b), BigInt(a)];
  };
  pairs.forEach(([a, b], p) => {
    if (a.given === null || b.given === null || draw.next() >= share) return;
    const [rowA, rowB] = [2 * p * time, (2 * p + 1) * time];
    for (const layer of given) if (draw.next() < each) swap(layer, rowA + a.given, rowB + b.given);
    for (const layer of target)
      if (draw.next() < each) swap(layer, rowA + a.target[0] - 1, rowB + b.target[0] - 1);
  });
  return { rows: rows.length, time, ids, mask, labels, exchange };
}
