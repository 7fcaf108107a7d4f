/** @file Probabilities of continuations: by the score graph, or where there is none by what generates. */
import { adapterInput } from '../passes/index.ts';
import type { Backend, Session, Tensor } from '../runtime/index.ts';
import { dataOf, type Decoder } from './decoder.ts';
import { NoNumbersError } from './errors.ts';
import { labelledBatch, type LabelledSequence } from './sequences.ts';
import type { Score } from './types.ts';

/** One run of the score graph. */
export async function scoreBySession(
  session: Session,
  backend: Backend,
  sequences: readonly LabelledSequence[],
  pad: number,
  adapter: Tensor,
): Promise<Score[]> {
  const output = await session.run({
    ...labelledBatch(backend, sequences, pad),
    [adapterInput]: adapter,
  });
  const logProb = dataOf(output['sequence_logprob']);
  const greedy = dataOf(output['sequence_greedy']);
  return sequences.map(({ ids, from }, row) =>
    scoreOf(logProb[row] ?? NaN, Math.round(greedy[row] ?? 0) === ids.length - from),
  );
}

/** The same by the logits of what generates, in as many runs as these need. */
export async function scoreByLogits(
  decoder: Decoder,
  sequences: readonly LabelledSequence[],
  adapter: Tensor,
): Promise<Score[]> {
  const longest = Math.max(...sequences.map(({ ids }) => ids.length));
  const rows = decoder.rowsAtOnce(longest);
  const scores: Score[] = [];
  for (let at = 0; at < sequences.length; at += rows) {
    const batch = sequences.slice(at, at + rows);
    scores.push(...scoresOf(await decoder.labelled(batch, adapter), batch));
  }
  return scores;
}

/** log softmax(z)[y] = z_y − max z − log Σ exp(z − max z), summed over each sequence's labels; logits [N, V] in their order. */
function scoresOf(logits: Float32Array, sequences: readonly LabelledSequence[]): Score[] {
  const labels = sequences.flatMap(({ ids, from }) => ids.slice(from));
  const vocabulary = logits.length / labels.length;
  let next = 0;
  return sequences.map(({ ids, from }) => {
    let sum = 0;
    let isGreedy = true;
    for (const label of ids.slice(from)) {
      const row = logits.subarray(next * vocabulary, ++next * vocabulary);
      const highest = row.reduce((most, logit) => Math.max(most, logit), -Infinity);
      const total = row.reduce((all, logit) => all + Math.exp(logit - highest), 0);
      const own = row[label] ?? NaN;
      sum += own - highest - Math.log(total);
      isGreedy &&= own === highest;
    }
    return scoreOf(sum, isGreedy);
  });
}

function scoreOf(logProb: number, isGreedy: boolean): Score {
  if (Number.isNaN(logProb)) throw new NoNumbersError();
  return { logProb, isGreedy };
}
