/**
 * @file The logit lens (nostalgebraist 2020, “interpreting GPT: the logit lens”): what the model would say after each layer, were it the
 * last one. The model's own final norm and head are applied to the residual stream after every layer.
 */
import { Builder, int, sizeAt, type Graph, type Value } from '../onnx/index.ts';
import { injectAdapters } from './inject.ts';
import { headOf } from './log-probability.ts';
import { lower } from './lower/index.ts';
import { findHead } from './projections.ts';
import { substitute } from './reference.ts';
import { residualStream } from './residual.ts';
import type { Trainable } from './train.ts';

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
 * each of the L layers, the first one first; the last layer's is the model's own. Throws `NoResidualStreamError`.
 */
export function buildLensGraph(
  source: Graph,
  trainable: Trainable & { kind: 'adapters' },
  choices: number,
): Graph {
  const graph = lower(source, { cache: false, fusedProducts: true });
  injectAdapters(graph, trainable.projections, trainable);
  const stream = residualStreamOf(graph);
  const { node: head, hidden, after } = findHead(graph);
  const last = stream[stream.length - 1];
  if (!last) throw new NoResidualStreamError(new Error('This model has no layers.'));
  const vocabulary = sizeAt(graph.output('logits'), -1);

  const b = new Builder(graph, 'lens');
  const positions = graph.addInput('positions', 'int64', ['positions']);
  const tokens = graph.addInput('tokens', 'int64', ['positions', choices]);
  const rows = stream.map((state) => {
    const [normed] = state === last ? [hidden] : substitute(graph, [hidden], last, state);
    const flat = b.reshape(normed as Value, [-1, sizeAt(hidden, -1)]);
    return b.op('Gather', [flat, positions], { axis: int(0) });
  });
  const logits = b.reshape(headOf(b, head, after, b.concat(rows, 0)), [-1, vocabulary]);

  const layers = stream.length;
  const asked = b.concat(Array<Value>(layers).fill(tokens), 0);
  const highest = b.reduceMax(logits, [1]);
  const likeliest = b.op('Log', [b.reduceMax(b.op('Softmax', [logits], { axis: int(-1) }), [1])]);
  const chosen = b.op('GatherElements', [logits, asked], { axis: int(1) });
  const logProb = b.add(b.sub(chosen, highest), likeliest);
  graph.outputs.splice(0, graph.outputs.length);
  graph.addOutput('lens_logprob', b.reshape(logProb, [layers, -1, choices]));
  graph.prune();
  graph.dropUnusedInputs();
  return graph;
}

function residualStreamOf(graph: Graph): Value[] {
  try {
    return residualStream(graph);
  } catch (error) {
    throw new NoResidualStreamError(error as Error);
  }
}
