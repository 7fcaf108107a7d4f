/**
 * @file Turns the stream of pairs into batches of one sentence a row, and says which states change places between the two sentences
 * of a pair (interchange intervention training, Geiger et al. 2022, arXiv 2112.00826).
 */
import type { AlignedPlace } from './alignment.ts';
import { corpus, type CorpusOptions, type Pair, type Utterance } from './corpus.ts';
import { Noise, type NoiseOptions } from './noise.ts';
import { random, type Random } from './random.ts';
import type { Row } from './row.ts';

/** Where and how often states change places. Layers are numbered from 0; an exchange happens after the layer. */
export interface ExchangeOptions {
  /** Share of pairs of which any states are exchanged between their two sentences, which mean the same. */
  pairs: number;
  /** Layers after which the state at the end of what is given is exchanged, and at the place that foretells the target. */
  given: readonly number[];
  target: readonly number[];
  /** Chance of each of these exchanges in such a pair. */
  each: number;
  /**
   * Layers after which the states that foretell the target are exchanged between sentences that ask the same of *different* things:
   * until there, that place may know what is asked, and not of what.
   */
  question: readonly number[];
  /** Share of sentences in each of these. */
  questions: number;
}

export interface BatchOptions extends CorpusOptions {
  exchange: ExchangeOptions;
  /** Chance that a token outside the target counts in the loss: frames are said over and over. */
  frame: number;
  noise: NoiseOptions;
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
  /** Places of pairs that mean the same, [P] each: first and second sentence's. */
  pairs: Readonly<Record<AlignedPlace, [BigInt64Array<ArrayBuffer>, BigInt64Array<ArrayBuffer>]>>;
  /** First rows of the pairs that say something false, and where in the flattened batch both sentences' subjects end. */
  nudged: { row: number; places: [number, number] }[];
}

/** Turns text into token ids, without special tokens. */
export type Encode = (text: string) => readonly number[];

/** Batches are cut from pools of so many, sorted by length, so that rows of a batch are nearly equally long. */
const pool = 24;

/** One batch after another; the same for the same seed. */
export function batches(options: BatchOptions, encode: Encode): () => Batch {
  const draw = random(options.seed);
  const stream = corpus(options, draw);
  const noise = new Noise(options.noise);
  const row = rowMaker(encode, options);
  const toRow = (utterance: Utterance): Row => noise.changed(row(utterance), draw);
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
  return shuffled(made, draw);
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
  return ({ question, language, isNudged, text, target, given }: Utterance): Row => {
    const tokens = encoded(text);
    const place = (end: number): number => {
      const prefix = encoded(text.slice(0, end).trimEnd());
      let common = 0;
      while (common < prefix.length && prefix[common] === tokens[common]) common++;
      return common;
    };
    const span = ([from, to]: readonly [number, number]): readonly [number, number] => [
      place(from) + 1,
      place(to) + 1,
    ];
    return {
      ...{ question, language, isNudged, isNoisy: false },
      ids: [bos, ...tokens, eos],
      target: span(target),
      given: given && span(given),
    };
  };
}

/**
 * Rows of tokens padded on the right to the longest, [rows · time] row by row; the tokens that `isCounted` are labels, asked of them row
 * by row and place by place.
 */
export function padded<R extends { ids: readonly number[] }>(
  rows: readonly R[],
  pad: number,
  isCounted: (row: R, place: number) => boolean,
): Pick<Batch, 'time' | 'ids' | 'mask' | 'labels'> {
  const time = Math.max(...rows.map(({ ids }) => ids.length));
  const size = rows.length * time;
  const ids = new BigInt64Array(size).fill(BigInt(pad));
  const mask = new BigInt64Array(size);
  const labels = new BigInt64Array(size).fill(-100n);
  rows.forEach((row, r) =>
    row.ids.forEach((token, t) => {
      ids[r * time + t] = BigInt(token);
      mask[r * time + t] = 1n;
      if (isCounted(row, t)) labels[r * time + t] = BigInt(token);
    }),
  );
  return { time, ids, mask, labels };
}

function assemble(pairs: readonly [Row, Row][], options: BatchOptions, draw: Random): Batch {
  const rows = pairs.flat();
  const { time, ids, mask, labels } = padded(rows, options.pad, (row, t) => {
    const isTarget = t >= row.target[0] && t < row.target[1];
    const isFrame = !row.isNudged && !row.isNoisy;
    return t > 0 && (isTarget || (isFrame && draw.next() < options.frame));
  });
  const places = new Places(rows, time);
  return {
    ...{ rows: rows.length, time, ids, mask, labels },
    exchange: exchanges(places, options.exchange, draw),
    pairs: { given: places.pairs('given'), target: places.pairs('target') },
    nudged: places.nudged,
  };
}

/** Where in the flattened batch the states are that mean something; rows 2p and 2p + 1 are a pair. */
class Places {
  constructor(
    readonly rows: readonly Row[],
    readonly time: number,
  ) {}

  /** The end of what row r gives, or the place that foretells its target. */
  at(place: AlignedPlace, r: number): number {
    const row = this.rows[r];
    return r * this.time + (place === 'given' ? (row?.given?.[1] ?? 1) : (row?.target[0] ?? 1)) - 1;
  }

  /** Whether row r is true and gives anything before it asks. */
  isAsking(r: number): boolean {
    return this.rows[r]?.given !== null && this.rows[r]?.isNudged === false;
  }

  get nudged(): Batch['nudged'] {
    return this.rows.flatMap((row, r) =>
      r % 2 === 0 && row.isNudged && row.given !== null
        ? [{ row: r, places: [this.at('given', r), this.at('given', r + 1)] }]
        : [],
    );
  }

  /** First rows of the pairs of which both sentences ask. */
  get asking(): number[] {
    return this.rows
      .map((_, r) => r)
      .filter((r) => r % 2 === 0 && this.isAsking(r) && this.isAsking(r + 1));
  }

  pairs(place: AlignedPlace): [BigInt64Array<ArrayBuffer>, BigInt64Array<ArrayBuffer>] {
    const { asking } = this;
    const of = (offset: number): BigInt64Array<ArrayBuffer> =>
      BigInt64Array.from(asking, (r) => BigInt(this.at(place, r + offset)));
    return [of(0), of(1)];
  }
}

/** The exchanges of a batch. */
function exchanges(
  places: Places,
  { pairs, given, target, each, question, questions }: ExchangeOptions,
  draw: Random,
): Batch['exchange'] {
  const { rows } = places;
  const size = rows.length * places.time;
  const result = new Map(
    [...new Set([...given, ...target, ...question])].map((layer) => [
      layer,
      BigInt64Array.from({ length: size }, (_, i) => BigInt(i)),
    ]),
  );
  const swap = (layer: number, a: number, b: number): void => {
    const from = result.get(layer) as BigInt64Array;
    if (from[a] !== BigInt(a) || from[b] !== BigInt(b)) return;
    [from[a], from[b]] = [BigInt(b), BigInt(a)];
  };
  for (const r of places.asking) {
    if (draw.next() >= pairs) continue;
    for (const layer of given)
      if (draw.next() < each) swap(layer, places.at('given', r), places.at('given', r + 1));
    for (const layer of target)
      if (draw.next() < each) swap(layer, places.at('target', r), places.at('target', r + 1));
  }
  const alike = new Map<string, number[]>();
  rows.forEach((row, r) => {
    if (places.isAsking(r)) alike.set(row.question, [...(alike.get(row.question) ?? []), r]);
  });
  for (const layer of question)
    for (const members of alike.values()) {
      const chosen = shuffled(members, draw).filter(() => draw.next() < questions);
      for (let i = 0; i + 1 < chosen.length; i += 2)
        swap(
          layer,
          places.at('target', chosen[i] as number),
          places.at('target', chosen[i + 1] as number),
        );
    }
  return result;
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], draw: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(draw.next() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
