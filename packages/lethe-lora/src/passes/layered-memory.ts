/** @file How much memory a step takes that is computed layer by layer. */
import type { Graph, Tensor, Value } from '../onnx/index.ts';
import { arenaLength } from './arena.ts';
import type { GraphRun, LayeredStep } from './layers.ts';
import { estimateMemory, sizeOf, storedBytes, type MemoryEstimate } from './memory.ts';

export interface LayeredSizes {
  /** The model as it was read. */
  source: Graph;
  /** Sizes of dimensions by name. */
  sizes: ReadonlyMap<string, number>;
  /** Tokens of one run, padding included: the size of what is not named. */
  tokens: number;
  /** Fed weights are copied for a run: where there is no GPU to hold them. */
  copiesWeights: boolean;
}

/**
 * The most that a step takes at one time: weights, the adapter with its moments, the states between layers (twice with a reference), and
 * what the largest piece takes while it runs.
 */
export function estimateLayeredStep(step: LayeredStep, given: LayeredSizes): MemoryEstimate {
  const { source, sizes, tokens, copiesWeights } = given;
  const known = Object.fromEntries(sizes);
  const bytesOf = (value: Value): number => sizeOf(value, sizes, tokens);
  const runs = [
    step.before,
    ...step.layers.flatMap(({ forward, backward }) => [forward, backward]),
    step.after,
    ...(step.beforeBackward ? [step.beforeBackward] : []),
  ];
  let [largest, largestValue, activations] = [0, '', 0];
  const seen = new Set<Graph>();
  for (const { shared, weights } of runs) {
    if (seen.has(shared.graph)) continue;
    seen.add(shared.graph);
    const own = estimateMemory(shared.graph, 1, tokens, known);
    const fed = copiesWeights ? fedBytes(weights) : 0;
    activations = Math.max(activations, own.activations + fed);
    if (own.largest > largest) [largest, largestValue] = [own.largest, own.largestValue];
  }
  const first = step.layers[0]?.forward.shared.graph;
  const state = first ? bytesOf(first.output('next')) : 0;
  const passes = step.readsFrozen.length > 1 ? 2 : 1;
  const states = state * (step.layers.length + 1) * passes;
  const context = step.before.shared.graph.outputs.reduce((sum, value) => sum + bytesOf(value), 0);
  const weights = storedBytes(source) + widenedBytes(step);
  // The adapter and two moments before and after the step, the gradient, and the parts of both.
  const adapter = 4 * arenaLength(step.layout) * (6 + 3);
  const kept = activations + states + context;
  return {
    weights,
    adapter,
    activations: kept,
    largest,
    largestValue,
    total: weights + adapter + kept,
  };
}

/** Bytes that are kept of one layer's forward pass where its products are not to be computed again, at most. */
export function savedBytes(step: LayeredStep, { sizes, tokens }: LayeredSizes): number {
  const each = step.layers.map(({ forward, saved }) =>
    saved.reduce((sum, name) => sum + sizeOf(forward.shared.graph.output(name), sizes, tokens), 0),
  );
  return Math.max(0, ...each);
}

function fedBytes(weights: ReadonlyMap<string, Tensor>): number {
  const places = new Set<string>();
  let sum = 0;
  for (const { bytes } of weights.values()) {
    const place = `${bytes.byteOffset} ${bytes.length}`;
    if (!places.has(place)) sum += bytes.length;
    places.add(place);
  }
  return sum;
}

/** Bytes of the weights that are made real once. */
function widenedBytes({ layers, afterWiden }: LayeredStep): number {
  const bytes = (run: GraphRun | null): number =>
    (run?.shared.graph.outputs ?? []).reduce((sum, value) => sum + sizeOf(value, new Map(), 0), 0);
  return layers.reduce((sum, { widen }) => sum + bytes(widen), bytes(afterWiden));
}
