/** @file How likely a continuation is where, after one layer, the states that foretell it are those of the same model in another state. */
import { adapterInput, patchSource } from '../passes/index.ts';
import { float32, type Backend, type Session, type Tensor } from '../runtime/index.ts';
import { dataOf } from './decoder.ts';
import { NoNumbersError } from './errors.ts';
import { labelledBatch, type LabelledSequence } from './sequences.ts';
import type { PatchedScore } from './types.ts';

/** A sequence whose counted tokens are foretold from states that are put in after `layer`, counted from 0; null: from its own. */
interface PatchedSequence extends LabelledSequence {
  layer: number | null;
}

export interface Patcher {
  backend: Backend;
  session: Session;
  pad: number;
  /** The adapter in use, and the one whose states are put in. */
  adapter: Tensor;
  source: Tensor;
  layers: number;
  runsOf: (sequences: readonly PatchedSequence[]) => PatchedSequence[][];
}

/** Each sequence as it is, and with the other states after each layer. Throws `NoNumbersError`. */
export async function scorePatched(
  { backend, session, pad, adapter, source, layers, runsOf }: Patcher,
  asked: readonly LabelledSequence[],
): Promise<PatchedScore[]> {
  const variants = [null, ...Array(layers).keys()];
  const sequences = asked.flatMap(({ ids, from }) =>
    variants.map((layer) => ({ ids, from, layer })),
  );
  const scores = new Map<PatchedSequence, number>();
  for (const run of runsOf(sequences)) {
    const batch = labelledBatch(backend, run, pad);
    const time = batch.input_ids.dims[1] ?? 0;
    const patch = new Float32Array(layers * run.length * time);
    run.forEach(({ ids, from, layer }, row) => {
      if (layer === null) return;
      const start = (layer * run.length + row) * time;
      // The token at a place is foretold by the state before it.
      patch.fill(1, start + from - 1, start + ids.length - 1);
    });
    const output = await session.run({
      ...batch,
      [adapterInput]: adapter,
      [patchSource]: source,
      patch: float32(backend, patch, [layers, run.length, time]),
    });
    const logProb = dataOf(output['sequence_logprob']);
    run.forEach((sequence, row) => {
      const score = logProb[row] ?? NaN;
      if (Number.isNaN(score)) throw new NoNumbersError();
      scores.set(sequence, score);
    });
  }
  const found = sequences.map((sequence) => scores.get(sequence) as number);
  return asked.map((_, index) => {
    const start = index * variants.length;
    return { own: found[start] as number, layers: found.slice(start + 1, start + variants.length) };
  });
}
