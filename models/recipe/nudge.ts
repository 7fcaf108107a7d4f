/**
 * @file Nudges: the change of a state that makes one sentence say something else. The same nudge is to make its translation say the same,
 * so that what gradient descent writes into the shared layers means one thing in every language.
 */
import {
  buildInputGradientGraph,
  type Trainable,
} from '../../packages/lethe-lora/src/passes/index.ts';
import { atlas, buildDecoder, nudgeInput, type Weights } from './architecture.ts';
import type { Batch } from './batches.ts';
import type { Random } from './random.ts';
import { float32, int64, open, type Session } from './session.ts';

export interface NudgeOptions {
  /** Layer (from 0) after which states are nudged. */
  after: number;
  /** Least and greatest length, in units of the state's root mean square; drawn evenly on a logarithmic scale. */
  length: readonly [least: number, greatest: number];
}

export class Nudger {
  private constructor(
    private readonly session: Session,
    private readonly options: NudgeOptions,
  ) {}

  static async create(
    weights: Weights,
    trainable: Trainable,
    options: NudgeOptions,
    device: 'cpu' | 'webgpu',
    threads: number,
  ): Promise<Nudger> {
    const decoder = buildDecoder(atlas, weights, { nudgeAfter: options.after });
    const graph = buildInputGradientGraph(decoder, trainable, 'cross-entropy', nudgeInput);
    return new Nudger(await open(graph, device, threads), options);
  }

  /**
   * The nudges of a batch, [B·T, width]: zero but where a false sentence's subject ends, where it is −g, of a drawn length, for both
   * sentences of the pair; g is the gradient of the *first* sentence's cross-entropy with respect to its state there.
   */
  async nudges(
    { rows, time, ids, mask, labels, nudged }: Batch,
    parameters: Float32Array,
    draw: Random,
  ): Promise<Float32Array> {
    const { width } = atlas;
    const result = new Float32Array(rows * time * width);
    if (nudged.length === 0) return result;
    const dims = [nudged.length, time];
    const taken = (from: BigInt64Array): BigInt64Array => {
      const part = new BigInt64Array(nudged.length * time);
      nudged.forEach(({ row }, i) =>
        part.set(from.subarray(row * time, (row + 1) * time), i * time),
      );
      return part;
    };
    const { grad } = await this.session.run({
      input_ids: int64(taken(ids), dims),
      attention_mask: int64(taken(mask), dims),
      labels: int64(taken(labels), dims),
      adapter: float32(parameters, [parameters.length]),
      [nudgeInput]: float32(new Float32Array(nudged.length * time * width), [
        nudged.length * time,
        width,
      ]),
    });
    const gradient = grad?.data as Float32Array;
    const [least, greatest] = this.options.length;
    nudged.forEach(({ row, places }, i) => {
      const at = (i * time + (places[0] - row * time)) * width;
      const own = gradient.subarray(at, at + width);
      const size = Math.sqrt(own.reduce((sum, each) => sum + each * each, 0) / width);
      if (size === 0) return;
      const scale = (least * (greatest / least) ** draw.next()) / size;
      for (const place of places)
        for (let d = 0; d < width; d++) result[place * width + d] = -scale * (own[d] ?? 0);
    });
    return result;
  }
}
