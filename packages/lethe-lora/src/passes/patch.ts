/**
 * @file Activation patching (Vig et al. 2020, arXiv 2004.12265; Meng et al. 2022, arXiv 2202.05262): one model's states in the place of
 * another's. The two are one frozen model with two adapters, so both are computed in one graph, which shares the weights.
 */
import { Builder, int, type Graph } from '../onnx/index.ts';
import { adapterInput } from './arena.ts';
import { piecesWithin, splitTables } from './head.ts';
import { injectAdapters } from './inject.ts';
import { residualStreamOf } from './lens.ts';
import { sumBySequence, tokenLogProbabilities } from './log-probability.ts';
import { lower } from './lower/index.ts';
import { substitute } from './reference.ts';
import type { Trainable } from './train.ts';

/** The input that holds the adapter whose states are put in, float32 [P], laid out as `adapter`. */
export const patchSource = 'source_adapter';

/** Labelled tokens for whose logits the pieces of the vocabulary are made. */
const labelledAtOnce = 64;

/**
 * Inputs: `input_ids`, `attention_mask`, `labels` int64 [B, T]; `adapter` and `source_adapter`, float32 [P]; `patch` float32 [L, B, T].
 * Where `patch` is 1, the state after that layer, the first one first, is that of the model with `source_adapter`; where it is 0, it is
 * the model's own. Output: `sequence_logprob` float32 [B], the labels' log-probabilities in nats. Throws `NoResidualStreamError`.
 */
export function buildPatchGraph(
  source: Graph,
  trainable: Trainable & { kind: 'adapters' },
  bufferLimit = Infinity,
): Graph {
  const graph = lower(source, { cache: false, fusedProducts: true });
  splitTables(graph, bufferLimit);
  injectAdapters(graph, trainable.projections, trainable);
  const stream = residualStreamOf(graph);
  const own = graph.input(adapterInput);
  const other = graph.addInput(patchSource, 'float32', own.shape ?? []);
  const states = substitute(graph, stream, own, other);

  const b = new Builder(graph, 'patch');
  const [batch = 'batch', time = 'time'] = graph.input('input_ids').shape ?? [];
  const patch = graph.addInput('patch', 'float32', [stream.length, batch, time]);
  stream.forEach((state, layer) => {
    const put = states[layer];
    // Up to here no adapter has changed anything: both models have the same state.
    if (!put || put === state) return;
    const readers = [...state.uses];
    const where = b.op('Gather', [patch, b.scalar(layer, 'int64')], { axis: int(0) });
    const patched = b.add(state, b.mul(b.unsqueeze(where, [2]), b.sub(put, state)));
    for (const { node, index } of readers) node.setInput(index, patched);
  });

  const pieces = piecesWithin(graph, bufferLimit, labelledAtOnce);
  const { sequenceLogProb } = sumBySequence(graph, tokenLogProbabilities(graph, pieces));
  graph.outputs.splice(0, graph.outputs.length);
  graph.addOutput('sequence_logprob', sequenceLogProb);
  graph.prune();
  graph.dropUnusedInputs(new Set([patchSource, 'patch']));
  return graph;
}
