/** @file Probabilities of continuations: by the score graph, or where there is none by what generates. */
import { adapterInput } from '../passes/index.ts';
import type { Backend, Session, Tensor } from '../runtime/index.ts';
import { dataOf, type Decoder } from './decoder.ts';
import { NoNumbersError } from './errors.ts';
import { BufferLimitError, splitToFit } from './parts.ts';
import { labelledBatch, splitByLength, splitByTokens, type LabelledSequence } from './sequences.ts';
import type { Sessions } from './sessions.ts';
import type { Score } from './types.ts';

/** Tokens (rows times padded length) that one run takes at most. */
const budget = 2048;

/** The same where the logits of all labels come out of a run. */
const budgetOfLogits = 512;

export class Scorer {
  /** Whether scores come from a graph of their own; undefined until one has come. */
  private hasGraph: boolean | undefined;

  constructor(
    private readonly decoder: Decoder,
    private readonly sessions: Sessions,
    private readonly backend: Backend,
    private readonly pad: number,
  ) {}

  /**
   * By the score graph (with `byGraph`) where it can be built and run, else by the logits of what answers. Throws `NoNumbersError`, and the
   * signal's reason when it is aborted between two runs.
   */
  async score(
    sequences: readonly LabelledSequence[],
    adapter: Tensor,
    byGraph: boolean,
    signal?: AbortSignal,
  ): Promise<Score[]> {
    const { backend, decoder, pad, sessions } = this;
    if (byGraph && this.hasGraph !== false)
      try {
        const session = await sessions.get('score');
        const runs = runsOf(sequences, 'score', sessions, backend);
        const scores = await inRuns(sequences, runs, signal, (run) =>
          scoreBySession(session, backend, run, pad, adapter),
        );
        this.hasGraph = true;
        return scores;
      } catch (error) {
        if (signal?.aborted || error instanceof BufferLimitError) throw error;
        // One sequence that can never be said makes the sums of all of its run no numbers: then each is weighed by itself.
        if (!(error instanceof NoNumbersError)) {
          if (this.hasGraph) throw error;
          this.hasGraph = false;
          await sessions.discard(['score']);
        }
      }
    return inRuns(sequences, splitByLength(sequences, budgetOfLogits), signal, (run) =>
      scoreByLogits(decoder, run, adapter),
    );
  }
}

/** Sequences in groups that one run may take, in any order. */
export function runsOf<T extends LabelledSequence>(
  sequences: readonly T[],
  kind: 'score' | 'lens' | 'patch',
  sessions: Sessions,
  { choice }: Backend,
): T[][] {
  // On a GPU each further shape of a batch may compile shaders anew.
  const split = choice.device === 'webgpu' ? splitByTokens : splitByLength;
  return split(sequences, budget).flatMap((batch) =>
    splitToFit(
      batch.map((sequence) => [sequence]),
      sessions.graph(kind),
      sessions.bufferLimit,
    ),
  );
}

/** Scores run by run, in the order of the sequences. */
async function inRuns(
  sequences: readonly LabelledSequence[],
  runs: readonly (readonly LabelledSequence[])[],
  signal: AbortSignal | undefined,
  score: (run: readonly LabelledSequence[]) => Promise<Score[]>,
): Promise<Score[]> {
  const scores = new Map<LabelledSequence, Score>();
  for (const run of runs) {
    signal?.throwIfAborted();
    const each = await score(run);
    run.forEach((sequence, index) => scores.set(sequence, each[index] as Score));
  }
  return sequences.map((sequence) => scores.get(sequence) as Score);
}

/** One run of the score graph. */
async function scoreBySession(
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
  const misses = dataOf(output['sequence_miss']);
  return sequences.map(({ ids, from }, row) => {
    const last = Math.round(misses[row] ?? 0);
    const tail = last === 0 ? ids.length - from : ids.length - 1 - last;
    return scoreOf(logProb[row] ?? NaN, ids.length - from, Math.round(greedy[row] ?? 0), tail);
  });
}

/** The same by the logits of what generates, in as many runs as these need. */
async function scoreByLogits(
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

/** Scores of sequences by logits [N, V] of their labels, in order. */
function scoresOf(logits: Float32Array, sequences: readonly LabelledSequence[]): Score[] {
  const vocabulary =
    logits.length / sequences.reduce((n, { ids, from }) => n + ids.length - from, 0);
  let next = 0;
  return sequences.map(({ ids, from }) => {
    const labels = ids.slice(from);
    const rows = labels.map(() => logits.subarray(next * vocabulary, ++next * vocabulary));
    return scoreByRows(rows, labels);
  });
}

/** log softmax(z)[y] = z_y − max z − log Σ exp(z − max z), summed over the labels y; `rows` are the logits z [V] of each. Throws `NoNumbersError`. */
export function scoreByRows(rows: readonly Float32Array[], labels: readonly number[]): Score {
  let sum = 0;
  let greedy = 0;
  let tail = 0;
  labels.forEach((label, index) => {
    const row = rows[index] ?? new Float32Array(0);
    const highest = row.reduce((most, logit) => Math.max(most, logit), -Infinity);
    const total = row.reduce((all, logit) => all + Math.exp(logit - highest), 0);
    const own = row[label] ?? NaN;
    sum += own - highest - Math.log(total);
    const isGreedy = own === highest;
    greedy += Number(isGreedy);
    tail = isGreedy ? tail + 1 : 0;
  });
  return scoreOf(sum, labels.length, greedy, tail);
}

/** What a model cannot say at all has a log-probability of minus infinity, which no file of numbers holds. */
const least = -1e9;

function scoreOf(logProb: number, tokens: number, greedy: number, tail: number): Score {
  if (Number.isNaN(logProb)) throw new NoNumbersError();
  return { logProb: Math.max(logProb, least), isGreedy: greedy === tokens, tokens, greedy, tail };
}
