/** @file Generates with adapters: a batch with padding on the left and a cache, or the whole prefix again without one. */
import type { Graph, Node } from '../onnx/index.ts';
import { int64, int64Rows, type Backend, type Tensor } from '../runtime/index.ts';
import { emptyCache, release } from './cache.ts';
import { dataOf, filledRight, type Decoder, type Logits, type Row } from './decoder.ts';
import { ReadPrompts, type Reader } from './read-prompts.ts';
import type { LabelledSequence } from './sequences.ts';

/** The cache is empty for a graph without one. */
export interface AdaptedParts extends Reader {
  /** Whether it is plain that padding changes nothing. */
  padsSurely: boolean;
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
    const read = await ReadPrompts.read(
      this.parts,
      rows.map(({ prompt }) => prompt),
      adapter,
    );
    try {
      yield* read.steps(rows);
    } finally {
      read.release();
    }
  }

  /** Bytes of keys and values of one token. */
  get cachePerToken(): number {
    return this.parts.cache.reduce((sum, { dims }) => {
      const sizes = dims(1);
      if (!sizes.includes(0)) return sum;
      return sum + 4 * sizes.reduce((product, size) => product * (size || 1), 1);
    }, 0);
  }

  get mayRead(): boolean {
    return this.parts.cache.length > 0;
  }

  /** Reads prompts and keeps what was read. Needs `mayRead`; the reader is to be released. */
  read(
    prompts: readonly (readonly number[])[],
    adapter: Tensor,
    head?: ReadPrompts,
  ): Promise<ReadPrompts> {
    return ReadPrompts.read(this.parts, prompts, adapter, head);
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
