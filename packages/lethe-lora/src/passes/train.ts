/** @file Assembles the graphs that Lethe runs out of the passes: train, score, decode. */
import { Builder, Graph, sizeAt, type Shape, type Value } from '../onnx/index.ts';
import {
  adapterInput,
  arenaLength,
  layoutArena,
  readArena,
  writeArena,
  type ArenaSlice,
} from './arena.ts';
import { differentiate } from './differentiate.ts';
import { adapterLayout, injectAdapters, type AdapterShape } from './inject.ts';
import { piecesWithin, splitTables } from './head.ts';
import { findHead } from './projections.ts';
import { selectLogits, sumBySequence, tokenLogProbabilities } from './log-probability.ts';
import { lower } from './lower/index.ts';
import { isPast } from './lower/past.ts';
import {
  objectiveSettings,
  objectives,
  type Objective,
  type ObjectiveName,
} from './objectives/index.ts';
import { adamW, optimise, type OptimiserSettings } from './optimise.ts';
import type { Projection } from './projection.ts';
import { referenceInput, substitute } from './reference.ts';
import { residualStates } from './residual.ts';
import { tidy } from './tidy.ts';
import { softmax } from './vocabulary.ts';

/**
 * Labelled tokens for whose logits the pieces of the vocabulary are made, where a device limits its buffers; a batch with more is run in
 * parts. More would make more and smaller products of the same weights.
 */
const labelledAtOnce = 512;

/** What is trained: adapters on projections, or every float32 weight of the model. */
export type Trainable =
  | ({ kind: 'adapters'; projections: readonly Projection[] } & AdapterShape)
  | { kind: 'parameters' };

/** A term added to the loss, float32 [], built from values of the graph; it may add inputs of its own. */
export type Regulariser = (graph: Graph) => Value;

/** A train graph and the layout of its flat state. */
export interface TrainGraph {
  graph: Graph;
  layout: ArenaSlice[];
}

/** How a train graph is built; all may be left out. */
export interface TrainOptions {
  optimiser?: OptimiserSettings;
  regulariser?: Regulariser;
  /** Bytes that no value of the graph should exceed: the vocabulary is computed in pieces that keep within it. */
  bufferLimit?: number;
  /** As in `tidy`. */
  einsum?: boolean | undefined;
}

/**
 * One run of this graph is one optimiser step.
 *
 * Inputs: `input_ids`, `attention_mask`, `labels` int64 [B, T]; `role` float32 [B]; `retain_weight`, `lr`, `step` float32 [];
 * `adapter`, `moment1`, `moment2` float32 [P] (the arena). Outputs: `loss` [], `sequence_logprob` [B], `grad_norm` [], and
 * `adapter_out`, `moment1_out`, `moment2_out` [P]. Inputs that the objective does not use are absent. With a regulariser, `loss`
 * contains it and it is an output of its own, `regulariser` [].
 */
export function buildTrainGraph(
  source: Graph,
  trainable: Trainable,
  objective: ObjectiveName,
  options: TrainOptions = {},
): TrainGraph {
  const { graph, layout, parameters, loss, extra, labelled, sequenceLogProb } = withLoss(
    source,
    trainable,
    objective,
    options,
  );
  const gradients = differentiate(graph, loss, parameters, labelled.custom);
  const b = new Builder(graph, 'optimise');
  const outputs = {
    loss,
    ...(extra && { regulariser: extra }),
    sequence_logprob: sequenceLogProb,
    ...optimised(b, writeArena(b, gradients), graph.input(adapterInput), options.optimiser),
  };
  finish(graph, outputs, options.einsum);
  return { graph, layout };
}

/**
 * A part of a step, for a batch that is computed in parts. Inputs as in `buildTrainGraph` without the optimiser's, and `whole_role`,
 * `whole_tokens` float32 [W] (roles and numbers of labelled tokens of the whole batch) and `gradient` float32 [P]. Outputs:
 * `sequence_logprob` [B], `loss` [] (this part's share: the parts' losses sum to the batch's), and `gradient_out` [P], to which this
 * part's share of the gradient is added.
 */
export function buildPartGraph(
  source: Graph,
  trainable: Trainable,
  objective: ObjectiveName,
  options: Pick<TrainOptions, 'bufferLimit' | 'einsum'> = {},
): TrainGraph {
  const built = withLoss(source, trainable, objective, { ...options, isPart: true });
  const { graph, layout, parameters, loss, labelled, sequenceLogProb } = built;
  const gradients = differentiate(graph, loss, parameters, labelled.custom);
  const b = new Builder(graph, 'gradient');
  const before = graph.addInput('gradient', 'float32', [arenaLength(layout)]);
  const sum = b.add(before, writeArena(b, gradients));
  const outputs = { loss, sequence_logprob: sequenceLogProb, gradient_out: sum };
  finish(graph, outputs, options.einsum);
  return { graph, layout };
}

/** The end of a step that was computed in parts: inputs `adapter`, `moment1`, `moment2`, `gradient` [P], `lr`, `step` [], outputs as of a train graph. */
export function buildUpdateGraph(size: number, optimiser: OptimiserSettings): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const [parameters, gradient] = [adapterInput, 'gradient'].map((name) =>
    graph.addInput(name, 'float32', [size]),
  ) as [Value, Value];
  finish(graph, optimised(new Builder(graph, 'optimise'), gradient, parameters, optimiser));
  return graph;
}

/** Where a part of the gradient that is computed by itself belongs: runs [start, end) of the whole, one behind the other in the part. */
export interface GradientPart {
  runs: readonly { start: number; end: number }[];
  length: number;
}

/** As `buildUpdateGraph`, but the gradient arrives in parts, the inputs `gradient.i` [p]; what no part has is zero. */
export function buildJoiningUpdateGraph(
  size: number,
  parts: readonly GradientPart[],
  optimiser: OptimiserSettings,
): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const b = new Builder(graph, 'join');
  const pieces = parts.flatMap(({ runs, length }, index) => {
    if (length === 0) return [];
    const part = graph.addInput(`gradient.${index}`, 'float32', [length]);
    let at = 0;
    return runs.map(({ start, end }) => {
      const from = at;
      at += end - start;
      return { start, end, value: end - start === length ? part : b.slice(part, 0, from, at) };
    });
  });
  pieces.sort((one, other) => one.start - other.start);
  const joined: Value[] = [];
  let filled = 0;
  const fillTo = (end: number): void => {
    if (end > filled) joined.push(b.op('Expand', [b.scalar(0), b.integers([end - filled])]));
    filled = end;
  };
  for (const { start, end, value } of pieces) {
    fillTo(start);
    joined.push(value);
    filled = end;
  }
  fillTo(size);
  const parameters = graph.addInput(adapterInput, 'float32', [size]);
  finish(graph, optimised(b, b.concat(joined, 0), parameters, optimiser));
  return graph;
}

/** Splits a whole vector, the input `adapter` [P], into parts, the outputs `part.i` [p]; parts of no length are left out. */
export function buildSplitGraph(size: number, parts: readonly GradientPart[]): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const b = new Builder(graph, 'split');
  const whole = graph.addInput(adapterInput, 'float32', [size]);
  const outputs = parts.flatMap(({ runs, length }, index) => {
    if (length === 0) return [];
    const own = runs.map(({ start, end }) => b.slice(whole, 0, start, end));
    return [[`part.${index}`, b.concat(own, 0)] as const];
  });
  finish(graph, Object.fromEntries(outputs));
  return graph;
}

/** a + b of two activations, the inputs `one` and `other`, as `sum`. */
export function buildSumGraph(shape: Shape): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const [one, other] = ['one', 'other'].map((name) => graph.addInput(name, 'float32', shape));
  finish(graph, { sum: new Builder(graph, 'sum').add(one as Value, other as Value) });
  return graph;
}

/** The optimiser's inputs and outputs. */
function optimised(
  b: Builder,
  gradient: Value,
  parameters: Value,
  settings: OptimiserSettings = adamW,
): Record<string, Value> {
  const { graph } = b;
  const input = (name: string, shape: Shape): Value => graph.addInput(name, 'float32', shape);
  const size = parameters.shape ?? [];
  const moments = { moment1: input('moment1', size), moment2: input('moment2', size) };
  const next = optimise(
    b,
    gradient,
    { parameters, ...moments },
    input('lr', []),
    input('step', []),
    settings,
  );
  return {
    grad_norm: next.gradientNorm,
    adapter_out: next.parameters,
    moment1_out: next.moment1,
    moment2_out: next.moment2,
  };
}

/** As `buildTrainGraph`, but the output is the flat gradient `grad` [P] beside `loss`: for checking against PyTorch. */
export function buildGradientGraph(
  source: Graph,
  trainable: Trainable,
  objective: ObjectiveName,
  options: Pick<TrainOptions, 'bufferLimit'> = {},
): TrainGraph {
  const { graph, layout, parameters, loss, labelled } = withLoss(
    source,
    trainable,
    objective,
    options,
  );
  const gradients = differentiate(graph, loss, parameters, labelled.custom);
  finish(graph, { loss, grad: writeArena(new Builder(graph, 'gradient'), gradients) });
  return { graph, layout };
}

/**
 * The gradient of the loss with respect to an input that is not trained (a change of a hidden state, say): outputs `loss` [] and `grad`
 * in that input's shape. Only the nodes between it and the loss are differentiated.
 */
export function buildInputGradientGraph(
  source: Graph,
  trainable: Trainable,
  objective: ObjectiveName,
  input: string,
): Graph {
  const { graph, loss, labelled } = withLoss(source, trainable, objective, {});
  const [grad] = differentiate(graph, loss, [graph.input(input)], labelled.custom);
  finish(graph, { loss, grad: grad as Value });
  return graph;
}

/**
 * Scores: inputs `input_ids`, `attention_mask`, `labels`, `adapter`; outputs float32 [B]: `sequence_logprob`, and
 * `sequence_greedy`, the number of labels that greedy decoding would say given the true text before them, and `sequence_miss`, the place
 * in `input_ids` of the last one that it would not say (0: there is none, for no label stands at 0).
 */
export function buildScoreGraph(source: Graph, adapters: Trainable, bufferLimit = Infinity): Graph {
  const { graph } = trainableGraph(source, adapters, bufferLimit);
  const pieces = piecesWithin(graph, bufferLimit, labelledAtOnce);
  const labelled = tokenLogProbabilities(graph, pieces);
  const sums = sumBySequence(graph, labelled);
  const b = new Builder(graph, 'misses');
  const misses = b.mul(b.sub(1, labelled.isGreedy), b.cast(labelled.place, 'float32'));
  finish(graph, {
    sequence_logprob: sums.sequenceLogProb,
    sequence_greedy: sums.sequenceGreedy,
    sequence_miss: sums.highest(misses),
  });
  return graph;
}

/**
 * Generates: the source in primitives with the input `adapter`, and with its cache where it has one (`past_key_values.*` →
 * `present.*`; with `cache` also `present.*` of a source that takes no past). `logits` [N, V] are those of the N `positions` int64 [N],
 * places in the flattened [B·T]. Padding may stand on the left where there is a cache. `dequantised`: bytes that a head in few bits takes at
 * a time as float32, where it is dequantised at each run.
 */
export function buildDecodeGraph(
  source: Graph,
  adapters: Trainable,
  bufferLimit = Infinity,
  cache = hasCache(source),
  dequantised = Infinity,
): Graph {
  const graph = lower(source, { cache, fusedProducts: true });
  splitTables(graph, bufferLimit);
  addParameters(graph, adapters);
  const isFew = findHead(graph).node.op === 'com.microsoft::MatMulNBits';
  selectLogits(
    graph,
    Math.max(
      piecesWithin(graph, bufferLimit, 1, true),
      isFew ? piecesWithin(graph, dequantised, 1) : 1,
    ),
  );
  graph.prune();
  return graph;
}

/** Whether the model's file takes past keys and values. */
export function hasCache(source: Graph): boolean {
  return source.inputs.some(isPast);
}

interface ParameterisedGraph {
  graph: Graph;
  layout: ArenaSlice[];
  parameters: Value[];
}

function trainableGraph(
  source: Graph,
  trainable: Trainable,
  bufferLimit: number,
  fusedProducts = true,
): ParameterisedGraph {
  const graph = lower(source, { cache: false, fusedProducts });
  splitTables(graph, bufferLimit);
  return { graph, ...addParameters(graph, trainable) };
}

function addParameters(graph: Graph, trainable: Trainable): Omit<ParameterisedGraph, 'graph'> {
  if (trainable.kind === 'adapters')
    return {
      layout: adapterLayout(trainable.projections, trainable.rank),
      parameters: injectAdapters(graph, trainable.projections, trainable),
    };
  const weights = parameterWeights(graph);
  const layout = layoutArena(
    weights.map((value) => ({ name: value.name, dims: value.tensor?.dims ?? [] })),
  );
  const arena = graph.addInput(adapterInput, 'float32', [arenaLength(layout)]);
  const b = new Builder(graph, 'parameter');
  const parameters = weights.map((weight, index) => {
    const value = readArena(b, arena, layout[index] as ArenaSlice);
    graph.replaceUses(weight, value);
    return value;
  });
  return { layout, parameters };
}

/** What pretraining changes: float32 weights of rank 1 or 2 that are not lookup tables of the rotary embedding. */
export function parameterWeights(graph: Graph): Value[] {
  return graph.initializers.filter(
    ({ tensor, name }) =>
      tensor?.type === 'float32' &&
      tensor.dims.length > 0 &&
      !/(cos|sin)_cache/.test(name) &&
      /weight|bias/.test(name),
  );
}

/** How the graph of a loss is built. */
export interface LossOptions extends Pick<TrainOptions, 'regulariser' | 'bufferLimit'> {
  /** The batch may be a part of a larger one, as in `buildPartGraph`. */
  isPart?: boolean;
  /** Where the states of the residual stream are wanted, so that the graph can be cut there. */
  withStates?: boolean;
  /** Products of weights in few bits stay the runtime's fused ones (the default), or become plain products of dequantised weights. */
  fusedProducts?: boolean;
}

/** The states of the residual stream, of the model that is taught and of the reference where the loss compares with one. */
export interface States {
  /** What the first layer reads, then what each layer hands on; float32 [B, T, D]. */
  now: Value[];
  /** The same of the reference; empty where the loss does not look at it. */
  frozen: Value[];
}

/**
 * A graph in primitives with its adapters, the loss of an objective and the sequences' log-probabilities as its outputs, and what else
 * is needed to differentiate it. Inputs as in `buildTrainGraph` (or `buildPartGraph`) without the optimiser's.
 */
export function withLoss(
  source: Graph,
  trainable: Trainable,
  objective: ObjectiveName,
  {
    regulariser,
    bufferLimit = Infinity,
    isPart = false,
    withStates = false,
    fusedProducts = true,
  }: LossOptions,
) {
  const parameterised = trainableGraph(source, trainable, bufferLimit, fusedProducts);
  const { graph } = parameterised;
  const pieces = piecesWithin(graph, bufferLimit, labelledAtOnce);
  const chosen: Objective = objectives[objective];
  // While the graph still has its logits, by which the layers are found.
  const { first, layers: stream } =
    withStates || chosen.readsStates ? residualStates(graph) : { first: null, layers: [] };
  const states: States = { now: withStates && first ? [first, ...stream] : [], frozen: [] };
  const frozenValues = (values: readonly Value[]): Value[] => {
    const all = frozenValuesOf(graph, [...values, ...states.now]);
    states.frozen = all.slice(values.length);
    return all.slice(0, values.length);
  };
  const labelled = tokenLogProbabilities(graph, pieces);
  const { sequenceLogProb, sequenceTokens, total } = sumBySequence(graph, labelled);
  const batch = graph.input('input_ids').shape?.[0] ?? 'batch';
  const settings = new Map(
    Object.keys(objectiveSettings[objective]).map((name) => [
      name,
      graph.addInput(name, 'float32', []),
    ]),
  );
  const extra = regulariser?.(graph);
  const role = graph.addInput('role', 'float32', [batch]);
  const whole = (name: string): Value => graph.addInput(name, 'float32', ['whole']);
  const own = chosen.loss({
    b: new Builder(graph, 'objective'),
    sequenceLogProb,
    sequenceTokens,
    role,
    whole: isPart
      ? { role: whole('whole_role'), sequenceTokens: whole('whole_tokens') }
      : { role, sequenceTokens },
    retainWeight: graph.addInput('retain_weight', 'float32', []),
    tokens: labelled,
    total,
    reference: () => {
      const wanted = [sequenceLogProb, ...labelled.logits];
      const [frozen = sequenceLogProb, ...logits] = frozenValues(wanted);
      const normal = softmax(new Builder(graph, 'reference'), logits);
      return { sequenceLogProb: frozen, logits, softmax: normal };
    },
    states: () => {
      const now = stream.map((state) => labelled.select(state));
      const frozen = frozenValues(now);
      return {
        layers: now.map((value, index) => ({ now: value, frozen: frozen[index] as Value })),
        width: sizeAt(stream[0] as Value, -1),
      };
    },
    setting: (name) => {
      const value = settings.get(name);
      if (!value) throw new Error(`The objective "${objective}" has no setting "${name}".`);
      return value;
    },
  });
  const loss = extra ? new Builder(graph, 'objective').add(own, extra) : own;
  // `differentiate` prunes to what the outputs need; not every loss needs the sequences' log-probabilities.
  graph.addOutput('loss', loss);
  graph.addOutput('sequence_logprob', sequenceLogProb);
  return { ...parameterised, loss, extra, labelled, sequenceLogProb, states };
}

/** What the objectives compare with: the same values computed from `reference_adapter`. */
function frozenValuesOf(graph: Graph, values: readonly Value[]): Value[] {
  const adapter = graph.input(adapterInput);
  const frozen = graph.addInput(referenceInput, 'float32', adapter.shape ?? []);
  return substitute(graph, values, adapter, frozen);
}

function finish(graph: Graph, outputs: Readonly<Record<string, Value>>, einsum = true): void {
  graph.outputs.splice(0, graph.outputs.length);
  for (const [name, value] of Object.entries(outputs)) graph.addOutput(name, value);
  tidy(graph, { einsum });
  graph.dropUnusedInputs();
}
