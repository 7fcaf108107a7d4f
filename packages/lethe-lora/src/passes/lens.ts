/**
 * @file The logit lens (nostalgebraist 2020, “interpreting GPT: the logit lens”): what the model would say after each layer, were it the
 * last one. The model's own final norm and head are applied to the residual stream after every layer.
 */
import { Builder, int, sizeAt, type Graph, type Value } from '../onnx/index.ts';
import { injectAdapters } from './inject.ts';
import { piecesWithin, splitTables } from './head.ts';
import { logitsOf } from './log-probability.ts';
import { lower } from './lower/index.ts';
import { findHead } from './projections.ts';
import { substitute } from './reference.ts';
import { residualStream } from './residual.ts';
import type { Trainable } from './train.ts';
import { atLabel, softmax } from './vocabulary.ts';

/** Places for whose logits, of every layer, the pieces of the vocabulary are made. */
const positionsAtOnce = 8;

/** Raised where the graph does not show what every layer hands on; the model can be asked and taught all the same. */
export class NoResidualStreamError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'NoResidualStreamError';
  }
}

/**
 * Inputs: `input_ids`, `attention_mask` int64 [B, T]; `positions` int64 [N], places in the flattened [B·T]; `tokens` int64 [N, K];
 * `adapter`. Output: `lens_logprob` float32 [L, N, K], the log-probability of each token as the next one at its position, read after
 * each of the L layers, the first one first; the last layer's is the model's own. The vocabulary is computed in pieces where a row of
 * every layer's logits at N ≤ `positionsAtOnce` would exceed `bufferLimit` bytes. Throws `NoResidualStreamError`.
 */
export function buildLensGraph(
  source: Graph,
  trainable: Trainable & { kind: 'adapters' },
  choices: number,
  bufferLimit = Infinity,
): Graph {
  const graph = lower(source, { cache: false, fusedProducts: true });
  splitTables(graph, bufferLimit);
  injectAdapters(graph, trainable.projections, trainable);
  const stream = residualStreamOf(graph);
  const { node: head, hidden, after } = findHead(graph);
  const last = stream[stream.length - 1];
  if (!last) throw new NoResidualStreamError(new Error('This model has no layers.'));
  const pieces = piecesWithin(graph, bufferLimit, stream.length * positionsAtOnce);

  const b = new Builder(graph, 'lens');
  const positions = graph.addInput('positions', 'int64', ['positions']);
  const tokens = graph.addInput('tokens', 'int64', ['positions', choices]);
  const rows = stream.map((state) => {
    const [normed] = state === last ? [hidden] : substitute(graph, [hidden], last, state);
    const flat = b.reshape(normed as Value, [-1, sizeAt(hidden, -1)]);
    return b.op('Gather', [flat, positions], { axis: int(0) });
  });
  const logits = logitsOf(b, { node: head, hidden, after }, b.concat(rows, 0), pieces);

  const layers = stream.length;
  const asked = b.concat(Array<Value>(layers).fill(tokens), 0);
  const { highest, logSum } = softmax(b, logits);
  const byChoice = Array.from({ length: choices }, (_, choice) => {
    const token = b.op('Gather', [asked, b.scalar(choice, 'int64')], { axis: int(1) });
    return atLabel(b, logits, token);
  });
  const logProb = b.sub(b.sub(b.concat(byChoice, 1), highest), logSum);
  graph.outputs.splice(0, graph.outputs.length);
  graph.addOutput('lens_logprob', b.reshape(logProb, [layers, -1, choices]));
  graph.prune();
  graph.dropUnusedInputs();
  return graph;
}

/** The residual stream after each layer. Throws `NoResidualStreamError`. */
export function residualStreamOf(graph: Graph): Value[] {
  try {
    return residualStream(graph);
  } catch (error) {
    throw new NoResidualStreamError(error as Error);
  }
}
