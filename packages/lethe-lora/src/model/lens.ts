/** @file Reads after every layer which of two continuations the model leans to: the token in which they first differ. */
import { adapterInput } from '../passes/index.ts';
import { int64, int64Rows, type Backend, type Session, type Tensor } from '../runtime/index.ts';
import { labelledBatch, type LabelledSequence } from './sequences.ts';
import type { LensReading } from './types.ts';

/** A sequence and the two tokens that may follow it; none where the continuations do not part. */
export interface Parting extends LabelledSequence {
  tokens: [number, number] | null;
}

/** The prompt with what both continuations begin with, and the tokens in which they then differ. */
export function parting(
  prompt: readonly number[],
  [one, other]: readonly [readonly number[], readonly number[]],
): Parting {
  const at = one.findIndex((token, index) => token !== other[index]);
  const ids = [...prompt, ...one.slice(0, Math.max(0, at))];
  const [first, second] = [one[at], other[at]];
  const tokens: Parting['tokens'] =
    first === undefined || second === undefined ? null : [first, second];
  return { ids, from: ids.length, tokens };
}

export interface Lens {
  backend: Backend;
  session: Session;
  pad: number;
  adapter: Tensor;
  /** Splits what fits into one run's tokens into runs that fit into the device's buffers. */
  runsOf: (partings: readonly Parting[]) => Parting[][];
}

export async function readLens(
  { backend, session, pad, adapter, runsOf }: Lens,
  partings: readonly Parting[],
): Promise<LensReading[]> {
  const readings = new Map<Parting, LensReading>();
  const asked = partings.filter(({ tokens }) => tokens !== null);
  for (const batch of runsOf(asked)) {
    const { input_ids, attention_mask } = labelledBatch(backend, batch, pad);
    const time = input_ids.dims[1] ?? 0;
    const output = await session.run({
      input_ids,
      attention_mask,
      positions: int64(
        backend,
        BigInt64Array.from(batch, ({ ids }, row) => BigInt(row * time + ids.length - 1)),
        [batch.length],
      ),
      tokens: int64Rows(
        backend,
        batch.map(({ tokens }) => tokens ?? []),
      ),
      [adapterInput]: adapter,
    });
    const logProbs = output['lens_logprob']?.data as Float32Array;
    const layers = logProbs.length / (2 * batch.length);
    batch.forEach((each, row) => {
      const at = (layer: number, choice: number): number =>
        logProbs[(layer * batch.length + row) * 2 + choice] ?? NaN;
      readings.set(
        each,
        Array.from({ length: layers }, (_, layer) => [at(layer, 0), at(layer, 1)]),
      );
    });
  }
  return partings.map((each) => readings.get(each) ?? []);
}
