/** @file Generates by a file's own graph, as the runtime's kernels run it: without adapters. */
import type { Graph } from '../onnx/index.ts';
import { placesInput } from '../passes/index.ts';
import { int64Rows, type Backend, type Session } from '../runtime/index.ts';
import {
  cacheInputs,
  emptyCache,
  nextCache,
  release,
  type CacheInput,
  type HeadSizes,
} from './cache.ts';
import {
  dataOf,
  filledRight,
  lastTokens,
  rowsOf,
  type Decoder,
  type Logits,
  type Row,
} from './decoder.ts';
import { checkInputs, feedsOf, takesKeptLogits } from './file-inputs.ts';
import type { LabelledSequence } from './sequences.ts';

/** Bytes of logits that one run may make: a file's head may compute those of every token. */
const mostLogits = 2 ** 28;

export class FileDecoder implements Decoder {
  /** Kernels differ in what they make of padding; rows of one length need none. */
  readonly mayPad = false;
  private readonly cache: readonly CacheInput[];
  private readonly keepsCache: boolean;
  /** Of each place, as its file says. */
  private readonly vocabulary: number;
  /** Rows that the file takes at once. */
  private readonly rows: number;
  /** The file has logits of the last place only, whatever it is told. */
  private readonly lastOnly: boolean;

  /** `file` as it was read, of which `session` has the graph with `places`. Throws where a text is not all that it takes. */
  constructor(
    private readonly backend: Backend,
    private readonly session: Session,
    private readonly file: Graph,
    private readonly pad: number,
    told: HeadSizes,
  ) {
    checkInputs(file);
    this.cache = cacheInputs(file, told);
    const outputs = new Set(file.outputs.map(({ name }) => name));
    this.keepsCache =
      this.cache.length > 0 && this.cache.every(({ present }) => outputs.has(present));
    const { shape } = file.output('logits');
    const vocabulary = shape?.at(-1);
    this.vocabulary = typeof vocabulary === 'number' ? vocabulary : 2 ** 17;
    this.lastOnly = shape?.length === 2 || (shape?.length === 3 && shape[1] === 1);
    // Activations in 8 bits take their scale from all of a batch: a text is answered for itself only where it stands alone.
    const isShared = file.nodes.some(({ op }) => op === 'DynamicQuantizeLinear');
    this.rows = isShared ? 1 : rowsOf(file);
  }

  rowsAtOnce(time: number): number {
    const fitting = Math.floor(mostLogits / (4 * this.vocabulary * time));
    return Math.max(1, Math.min(this.rows, fitting));
  }

  steps(rows: readonly Row[]): Logits {
    return this.keepsCache ? this.cachedSteps(rows) : this.wholeSteps(rows);
  }

  private async *cachedSteps(rows: readonly Row[]): Logits {
    const { backend, cache, file, pad, session } = this;
    const last = this.lastOnly || takesKeptLogits(file);
    let ids = rows.map(({ prompt }) => prompt);
    let past = emptyCache(backend, cache, rows.length);
    let length = 0;
    try {
      for (;;) {
        const time = ids[0]?.length ?? 1;
        const { logits, ...present } = await session.run({
          ...feedsOf(backend, file, { ids, past: length, last }),
          [placesInput]: int64Rows(
            backend,
            rows.map((_, row) => [row, last ? 0 : time - 1]),
          ),
          ...past,
        });
        release(past);
        past = nextCache(cache, present);
        length += time;
        yield dataOf(logits);
        ids = lastTokens(rows, pad);
      }
    } finally {
      release(past);
    }
  }

  private async *wholeSteps(rows: readonly Row[]): Logits {
    for (;;) yield await this.after(rows.map(({ prompt, tokens }) => [...prompt, ...tokens]));
  }

  labelled(sequences: readonly LabelledSequence[]): Promise<Float32Array> {
    if (this.lastOnly)
      return this.after(
        sequences.flatMap(({ ids, from }) =>
          ids.slice(from).map((_, index) => ids.slice(0, from + index)),
        ),
      );
    return this.logitsAt(
      sequences.map(({ ids }) => ids),
      sequences.flatMap(({ ids, from }, row) =>
        ids.slice(from).map((_, index) => [row, from + index - 1]),
      ),
    );
  }

  /** Logits float32 [B, V] after each text; where there are those of the last place only, by a run for each. */
  private async after(texts: readonly (readonly number[])[]): Promise<Float32Array> {
    if (!this.lastOnly)
      return this.logitsAt(
        texts,
        texts.map(({ length }, row) => [row, length - 1]),
      );
    const rows: Float32Array[] = [];
    for (const text of texts) rows.push((await this.logitsAt([text], [[0, 0]])).slice());
    const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
    rows.forEach((row, index) => {
      all.set(row, index * row.length);
    });
    return all;
  }

  /** Logits float32 [N, V] at places (row and token) of texts. What fills up the shorter ones stands behind what is read. */
  private async logitsAt(
    texts: readonly (readonly number[])[],
    places: readonly number[][],
  ): Promise<Float32Array> {
    const { backend, cache, file, pad, session } = this;
    const past = emptyCache(backend, cache, texts.length);
    const ids = filledRight(texts, pad);
    const { logits, ...present } = await session.run({
      ...feedsOf(backend, file, { ids, past: 0, last: false }),
      [placesInput]: int64Rows(backend, places),
      ...past,
    });
    release(present);
    release(past);
    return dataOf(logits);
  }
}
