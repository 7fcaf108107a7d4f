/** @file Generates with adapters: a batch with padding on the left and a cache, or the whole prefix again without one. */
import type { Graph, Node } from '../onnx/index.ts';
import { int64, int64Rows, type Backend, type Session, type Tensor } from '../runtime/index.ts';
import { emptyCache, nextCache, release, type CacheInput } from './cache.ts';
import { dataOf, filledRight, lastTokens, type Decoder, type Logits, type Row } from './decoder.ts';
import type { LabelledSequence } from './sequences.ts';

export interface AdaptedParts {
  backend: Backend;
  /** Of a decode graph. */
  session: Session;
  /** Goes on, one token at a time, from the cache that `session` begins; absent where `session` does that itself. */
  step?: Session;
  /** Whether prompts may be padded on the left; else the prompts of one call are of one length. */
  mayPad: boolean;
  /** Whether it is plain that padding changes nothing. */
  padsSurely: boolean;
  pad: number;
  /** Empty for a graph without a cache. */
  cache: readonly CacheInput[];
  rowsAtOnce: (time: number) => number;
}

export class AdaptedDecoder implements Decoder {
  constructor(private readonly parts: AdaptedParts) {}

  get mayPad(): boolean {
    return this.parts.mayPad;
  }

  get padsSurely(): boolean {
    return this.parts.padsSurely;
  }

  /** The same decoder for rows of one length only. */
  unpadded(): AdaptedDecoder {
    return new AdaptedDecoder({ ...this.parts, mayPad: false });
  }

  rowsAtOnce(time: number): number {
    return this.parts.rowsAtOnce(time);
  }

  steps(rows: readonly Row[], adapter: Tensor): Logits {
    return this.parts.cache.length > 0
      ? this.cachedSteps(rows, adapter)
      : this.wholeSteps(rows, adapter);
  }

  private async *cachedSteps(rows: readonly Row[], adapter: Tensor): Logits {
    const { backend, session, step = session, mayPad, pad, cache } = this.parts;
    const longest = Math.max(...rows.map(({ prompt }) => prompt.length));
    // A few lengths of prompt only, so that few shader variants are compiled.
    const time = mayPad ? Math.ceil(longest / 8) * 8 : longest;
    const padded = (row: number[], fill: number): number[] => [
      ...Array<number>(time - row.length).fill(fill),
      ...row,
    ];
    let ids = rows.map(({ prompt }) => padded(prompt, pad));
    let mask = rows.map(({ prompt }) =>
      padded(
        prompt.map(() => 1),
        0,
      ),
    );
    let past = emptyCache(backend, cache, rows.length);
    let next = session;
    try {
      for (;;) {
        const width = ids[0]?.length ?? 1;
        const positions = rows.map((_, row) => (row + 1) * width - 1);
        const { logits, ...present } = await next.run({
          input_ids: int64Rows(backend, ids),
          attention_mask: int64Rows(backend, mask),
          positions: vector(backend, positions),
          adapter,
          ...past,
        });
        release(past);
        next = step;
        past = nextCache(cache, present);
        yield dataOf(logits);
        ids = lastTokens(rows, pad);
        mask = mask.map((row) => [...row, 1]);
      }
    } finally {
      release(past);
    }
  }

  /** Computes the whole prefix each time, with padding on the right. */
  private async *wholeSteps(rows: readonly Row[], adapter: Tensor): Logits {
    for (;;) {
      const texts = rows.map(({ prompt, tokens }) => [...prompt, ...tokens]);
      yield await this.logitsAt(
        texts,
        texts.map(({ length }) => [length - 1]),
        adapter,
      );
    }
  }

  labelled(sequences: readonly LabelledSequence[], adapter: Tensor): Promise<Float32Array> {
    return this.logitsAt(
      sequences.map(({ ids }) => ids),
      sequences.map(({ ids, from }) => ids.slice(from).map((_, index) => from + index - 1)),
      adapter,
    );
  }

  /** Logits float32 [N, V] at places of each text, from its first token on. */
  private async logitsAt(
    texts: readonly (readonly number[])[],
    places: readonly (readonly number[])[],
    adapter: Tensor,
  ): Promise<Float32Array> {
    const { backend, session, pad, cache } = this.parts;
    const time = Math.ceil(Math.max(...texts.map(({ length }) => length)) / 8) * 8;
    const positions = places.flatMap((row, index) => row.map((place) => index * time + place));
    const seen = texts.map((row) => row.map(() => 1));
    const past = emptyCache(backend, cache, texts.length);
    const { logits, ...present } = await session.run({
      input_ids: int64Rows(backend, filledRight(texts, pad, time)),
      attention_mask: int64Rows(backend, filledRight(seen, 0, time)),
      positions: vector(backend, positions),
      adapter,
      ...past,
    });
    release(present);
    release(past);
    return dataOf(logits);
  }
}

function vector(backend: Backend, values: readonly number[]): Tensor {
  return int64(backend, BigInt64Array.from(values, BigInt), [values.length]);
}

/**
 * Whether it is plain that padding on the left changes nothing of what a file says: its positions are told or counted from the mask, and
 * only attention, which looks at the mask, sees other tokens.
 */
export function padsSurely(source: Graph): boolean {
  const isUsed = (name: string): boolean =>
    source.inputs.some((input) => input.name === name && input.uses.length > 0);
  const attends = ({ op }: Node): boolean => op === 'com.microsoft::GroupQueryAttention';
  const positioned = isUsed('position_ids') || source.nodes.some(attends);
  return isUsed('attention_mask') && positioned && !source.nodes.some(({ op }) => op === 'Conv');
}
