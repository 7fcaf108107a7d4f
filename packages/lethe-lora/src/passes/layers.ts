/**
 * @file A training step layer by layer. Forward: x₀ from the tokens, then xᵢ₊₁ from xᵢ, one layer after the other. The last piece gives the loss
 * and its gradient with respect to the last state. Backward: each layer, the last one first, computes itself again from xᵢ and turns the
 * gradient of xᵢ₊₁ into that of xᵢ and of its own adapters. Only the states between layers are kept (activation checkpointing; Chen et
 * al. 2016, arXiv 1604.06174), and layers that are alike but for their weights are one graph.
 */
import { Builder, type Graph, type Tensor, type Value } from '../onnx/index.ts';
import {
  adapterInput,
  arenaLength,
  layoutArena,
  readArena,
  writeArena,
  type ArenaSlice,
} from './arena.ts';
import { cut, CutError, type Piece, type Pieces } from './cut.ts';
import { differentiate, type CustomGradient } from './differentiate.ts';
import { detach } from './extract.ts';
import type { ObjectiveName } from './objectives/index.ts';
import { pieceNames } from './piece-names.ts';
import { formOf, weightsOfEach } from './same-graph.ts';
import { tidy } from './tidy.ts';
import { withLoss, type GradientPart, type Trainable } from './train.ts';
import { weightGraph } from './weight-chains.ts';

/** Where a piece's parameters lie in the adapter [P]: runs of it, one behind the other, are the piece's own vector [p]. */
export type Span = GradientPart;

/** A graph that several layers run, each with its own weights. */
export interface SharedGraph {
  /** Equal for graphs that are the same but for their weights. */
  key: string;
  graph: Graph;
}

/** One run of a shared graph. */
export interface GraphRun {
  shared: SharedGraph;
  /** The constants of the graph that are fed, by name. */
  weights: ReadonlyMap<string, Tensor>;
}

export interface LayerRun {
  /** `state.0` float32 [B, T, D], `adapter` [p], context → `next` [B, T, D] and the outputs `saved`. */
  forward: GraphRun;
  /** These, `next_gradient` [B, T, D] and `gradient` [p] → `state_gradient` [B, T, D], `gradient_out` [p]. */
  backward: GraphRun;
  /**
   * Names of what the backward pass needs of the products with frozen weights, nearly all of the forward pass's work: kept from there, or
   * computed once more by it. The rest of the layer is cheap, and is computed again in the backward pass.
   */
  saved: readonly string[];
  /** Makes those weights that are made once, where there are any. */
  widen: GraphRun | null;
  span: Span;
  /** What its graphs take of what all layers share: an output of the first piece or an input of the step, by the input's name. */
  context: ReadonlyMap<string, string>;
}

/** The graphs of a step that is computed layer by layer. */
export interface LayeredStep {
  layout: ArenaSlice[];
  /** Tokens → `state.0` and the values that layers share. */
  before: GraphRun;
  /** Where an adapter sits before the first layer: with `next_gradient` → `gradient_out`. */
  beforeBackward: GraphRun | null;
  beforeSpan: Span;
  layers: LayerRun[];
  /**
   * States that it reads, labels, roles, settings → `loss` [], `sequence_logprob` [B], `gradient.i` of each state that it reads, and
   * `gradient_out` where an adapter sits there.
   */
  after: GraphRun;
  afterSpan: Span;
  afterWiden: GraphRun | null;
  /** Indices of the states, and of the reference's states, that the last piece reads. */
  readsStates: number[];
  readsFrozen: number[];
  /** The loss compares with a reference. */
  readsReference: boolean;
}

export interface LayeredOptions {
  bufferLimit?: number;
  /** Weights in few bits are made real once, not at every run: faster, but they take their full size in memory. */
  widen?: boolean;
  /** As in `tidy`. */
  einsum?: boolean;
}

/** Builds the graphs of a step that is computed layer by layer. Throws `CutError` where the decoder's graph cannot be cut. */
export function buildLayeredStep(
  source: Graph,
  trainable: Trainable,
  objective: ObjectiveName,
  { bufferLimit = Infinity, widen: isWidened = false, einsum = true }: LayeredOptions = {},
): LayeredStep {
  const grouped = (graphs: readonly Graph[]): GraphRun[] => sharedRuns(graphs, einsum);
  const one = (graph: Graph): GraphRun => grouped([graph])[0] as GraphRun;
  const built = lossOf(source, trainable, objective, { bufferLimit, widen: isWidened });
  const { graph, layout, parameters, states, loss, sequenceLogProb } = built;
  const { now, frozen } = states;
  const outputs = [loss, sequenceLogProb];
  const places = { states: now, frozen, parameters, outputs };
  const { before, layers, after } = cut(graph, places, isWidened);
  for (const piece of [before, ...layers])
    if (piece.graph.inputs.some(({ name }) => name.endsWith(adapterInput)))
      throw new CutError('the adapter is read in other ways than parameter by parameter');

  const shared = new Map<Value, string>();
  for (const { context } of layers)
    for (const value of context.values())
      if (!shared.has(value))
        shared.set(value, value.producer ? `shared.${shared.size}` : value.name);
  const end = (index: number): Value => now[index] as Value;
  const backwards = layers.map((piece, i) => layerBackward(piece, layout, end(i + 1)));
  const savedOf = backwards.map((graph) => indicesOf(graph, saved));
  const forward = grouped(
    layers.map((piece, i) => layerForward(piece, layout, end(i + 1), savedOf[i] as number[])),
  );
  const backward = grouped(backwards);
  const widened = [...layers, after].map(({ chains }) => weightGraph(graph, chains));
  const widen = grouped(widened);
  const widenOf = (index: number): GraphRun | null =>
    (widened[index]?.outputs.length ?? 0) > 0 ? (widen[index] as GraphRun) : null;
  const first = firstForward(before, layout, end(0), shared);
  const firstBack = before.parameters.length > 0 ? layerBackward(before, layout, end(0)) : null;
  // Last, for it takes the graph apart.
  const rest = lastPiece(graph, after, built);
  return {
    layout,
    before: one(first),
    beforeBackward: firstBack && one(firstBack),
    beforeSpan: spanOf(before, layout),
    layers: layers.map((piece, index) => ({
      forward: forward[index] as GraphRun,
      backward: backward[index] as GraphRun,
      saved: (savedOf[index] as number[]).map((place) => `${saved}${place}`),
      widen: widenOf(index),
      span: spanOf(piece, layout),
      context: new Map(
        [...piece.context].map(([input, value]) => [input, shared.get(value) as string]),
      ),
    })),
    after: one(rest),
    afterSpan: spanOf(after, layout),
    afterWiden: widenOf(layers.length),
    readsStates: indicesOf(rest, 'state.'),
    readsFrozen: indicesOf(rest, 'frozen.'),
    readsReference: frozen.length > 0,
  };
}

/** The numbers of a graph's inputs of a kind: those that something needs. */
function indicesOf({ inputs }: Graph, prefix: string): number[] {
  return inputs.flatMap(({ name }) =>
    name.startsWith(prefix) ? [Number(name.slice(prefix.length))] : [],
  );
}

type BuiltLoss = ReturnType<typeof withLoss>;

function lossOf(
  source: Graph,
  trainable: Trainable,
  objective: ObjectiveName,
  { bufferLimit, widen }: Required<Omit<LayeredOptions, 'einsum'>>,
) {
  if (trainable.kind !== 'adapters') throw new CutError('all of its weights are trained');
  try {
    const built: BuiltLoss = withLoss(source, trainable, objective, {
      bufferLimit,
      isPart: true,
      withStates: true,
      // Of products in bnb4 form the weight is not dequantised by one node; they stay.
      fusedProducts: !widen || source.nodes.some(({ opType }) => opType === 'MatMulBnb4'),
    });
    if (built.states.now.length < 2) throw new CutError('nothing comes before its first layer');
    return built;
  } catch (error) {
    if (error instanceof Error && error.message.includes('residual stream'))
      throw new CutError('it does not show its residual stream');
    throw error;
  }
}

/** Graphs of one form become runs of one graph. */
function sharedRuns(graphs: readonly Graph[], einsum: boolean): GraphRun[] {
  const forms = graphs.map((graph) => formOf(graph));
  const runs: GraphRun[] = [];
  for (const key of new Set(forms.map((form) => form.key))) {
    const members = graphs.flatMap((_, index) => (forms[index]?.key === key ? [index] : []));
    const own = members.map((index) => graphs[index] as Graph);
    const weights = weightsOfEach(
      own,
      members.map((index) => forms[index] as (typeof forms)[number]),
    );
    const graph = tidied(own[0] as Graph, weights[0], einsum);
    const shared = { key, graph };
    members.forEach((index, place) => {
      // Tidied, a gradient may do without a weight, such as a bias.
      const read = [...(weights[place] ?? [])].filter(([name]) => graph.value(name));
      runs[index] = { shared, weights: new Map(read) };
    });
  }
  return runs;
}

/** With fewer operations. What is fed anew at each run is not taken for a constant meanwhile: in another layer it is another number. */
function tidied(
  graph: Graph,
  fed: ReadonlyMap<string, Tensor> | undefined,
  einsum: boolean,
): Graph {
  const open = [...(fed?.keys() ?? [])].flatMap((name) => graph.value(name) ?? []);
  const tensors = open.map(({ tensor }) => tensor);
  for (const value of open) value.tensor = null;
  graph.inputs.push(...open);
  tidy(graph, { einsum });
  graph.inputs.splice(graph.inputs.length - open.length, open.length);
  open.forEach((value, index) => (value.tensor = tensors[index] ?? null));
  graph.prune();
  return graph;
}

function spanOf({ parameters }: Pick<Piece, 'parameters'>, layout: readonly ArenaSlice[]): Span {
  const runs: { start: number; end: number }[] = [];
  let length = 0;
  for (const index of parameters) {
    const { offset, length: own } = layout[index] as ArenaSlice;
    const before = runs[runs.length - 1];
    if (before?.end === offset) before.end += own;
    else runs.push({ start: offset, end: offset + own });
    length += own;
  }
  return { runs, length };
}

/** A copy of a piece whose parameters are read from its own vector, the input `adapter` [p]. */
function withAdapter(piece: Piece, layout: readonly ArenaSlice[]) {
  const graph = piece.graph.clone();
  const own = (value: Value): Value => {
    const copy = graph.value((piece.copies.get(value) as Value).name);
    if (!copy) throw new Error(`The piece has no value "${value.name}".`);
    return copy;
  };
  const given = piece.parameters.map((index) => graph.input(pieceNames.parameter(index)));
  return { graph, own, ...readParameters(graph, piece.parameters, layout, given) };
}

/** Reads parameters from a vector of their own, the new input `adapter` [p], in place of the inputs `given`. */
function readParameters(
  graph: Graph,
  places: readonly number[],
  layout: readonly ArenaSlice[],
  given: readonly Value[],
): { parameters: Value[]; length: number } {
  const local = layoutArena(places.map((index) => layout[index] as ArenaSlice));
  const length = arenaLength(local);
  const b = new Builder(graph, 'adapter');
  const arena = length > 0 ? graph.addInput('adapter', 'float32', [length]) : null;
  const parameters = given.map((value, place) => {
    const read = readArena(b, arena as Value, local[place] as ArenaSlice);
    read.shape = value.shape;
    graph.replaceUses(value, read);
    return read;
  });
  graph.dropUnusedInputs();
  return { parameters, length };
}

function finish(graph: Graph, outputs: readonly (readonly [string, Value])[]): Graph {
  graph.outputs.splice(0, graph.outputs.length);
  for (const [name, value] of outputs) graph.addOutput(name, value);
  graph.prune();
  graph.dropUnusedInputs();
  return graph;
}

/** What is kept of the forward pass: `saved.k` is the result of the layer's k-th product with a frozen weight. */
const saved = 'saved.';

function layerForward(
  piece: Piece,
  layout: readonly ArenaSlice[],
  end: Value,
  places: readonly number[],
): Graph {
  const { graph, own } = withAdapter(piece, layout);
  const products = frozenProducts(piece);
  const kept = places.map((place): [string, Value] => [
    `${saved}${place}`,
    graph.value(products[place] as string) as Value,
  ]);
  return finish(graph, [['next', own(end)], ...kept]);
}

/** Names of the results of products of an activation with a frozen weight, in the graph's order. */
function frozenProducts({ graph }: Piece): string[] {
  const frozen = new Set<Value>(graph.initializers);
  for (const input of graph.inputs) if (input.name.startsWith('weight.')) frozen.add(input);
  return graph.nodes.flatMap(({ op, opType, inputs, outputs }) => {
    const isFrozen = inputs.every((input) => !input || frozen.has(input));
    if (isFrozen) for (const output of outputs) if (output) frozen.add(output);
    const [x, weight] = inputs;
    const isProduct = ['MatMul', 'Gemm'].includes(op) || opType.startsWith('MatMul');
    const [output] = outputs;
    const multiplies = isProduct && x && weight && !frozen.has(x) && frozen.has(weight);
    return multiplies && output?.type === 'float32' ? [output.name] : [];
  });
}

function firstForward(
  piece: Piece,
  layout: readonly ArenaSlice[],
  end: Value,
  names: ReadonlyMap<Value, string>,
): Graph {
  const { graph, own } = withAdapter(piece, layout);
  const shared = [...names].filter(([value]) => value.producer);
  const outputs = [[pieceNames.state(0), own(end)] as const].concat(
    shared.map(([value, name]) => [name, own(value)] as const),
  );
  return finish(graph, outputs);
}

function layerBackward(piece: Piece, layout: readonly ArenaSlice[], end: Value): Graph {
  const { graph, own, parameters, length } = withAdapter(piece, layout);
  const b = new Builder(graph, 'gradient');
  const next = own(end);
  const arriving = graph.addInput('next_gradient', 'float32', next.shape ?? []);
  const state = graph.inputs.find(({ name }) => name === pieceNames.state(0));
  // Stands for whatever follows: its gradient with respect to the layer's output is what arrives.
  const rest = b.op('ReduceSum', [next]);
  const custom = new Map<Value, CustomGradient>([
    [rest, { inputs: [next], backward: () => [arriving] }],
  ]);
  graph.outputs.splice(0, graph.outputs.length);
  graph.addOutput('rest', rest);
  const sources = [...(state ? [state] : []), ...parameters];
  const gradients = differentiate(graph, rest, sources, custom);
  const outputs: [string, Value][] = [];
  if (state) outputs.push(['state_gradient', shaped(gradients.shift() as Value, state)]);
  if (length > 0) outputs.push(['gradient_out', summed(b, gradients, length)]);
  // The forward pass has multiplied with the frozen weights already.
  const products = state ? frozenProducts(piece).map((name) => graph.value(name)) : [];
  products.forEach((value, place) => {
    if (!value) return;
    const input = graph.addInput(`${saved}${place}`, 'float32', value.shape ?? []);
    for (const { node, index } of [...value.uses]) node.setInput(index, input);
  });
  return finish(graph, outputs);
}

/** The gradient of a piece's parameters, added to what came before, the input `gradient` [p]. */
function summed(b: Builder, gradients: readonly Value[], length: number): Value {
  const before = b.graph.addInput('gradient', 'float32', [length]);
  return b.add(before, writeArena(b, gradients));
}

function shaped(value: Value, like: Value): Value {
  value.shape = like.shape;
  value.type ??= like.type;
  return value;
}

/** The last piece, in the graph of the loss itself: what gives a gradient as a whole refers to its values. */
function lastPiece(graph: Graph, cuts: Pieces['after'], built: BuiltLoss): Graph {
  const { layout, loss, sequenceLogProb, labelled, states, parameters } = built;
  const made = detach(graph, [loss, sequenceLogProb], cuts.cuts);
  graph.outputs.splice(0, graph.outputs.length);
  graph.addOutput('loss', loss);
  graph.addOutput('sequence_logprob', sequenceLogProb);
  graph.prune();
  graph.dropUnusedInputs();
  const given = cuts.parameters.map((index) => made.get(parameters[index] as Value) as Value);
  const { parameters: own, length } = readParameters(graph, cuts.parameters, layout, given);
  const read = states.now.flatMap((state, index) => {
    const input = made.get(state);
    return input ? [{ index, input }] : [];
  });
  const gradients = differentiate(
    graph,
    loss,
    [...read.map(({ input }) => input), ...own],
    labelled.custom,
  );
  const outputs: [string, Value][] = [
    ['loss', loss],
    ['sequence_logprob', sequenceLogProb],
    ...read.map(({ index, input }, place): [string, Value] => [
      `gradient.${index}`,
      shaped(gradients[place] as Value, input),
    ]),
  ];
  const b = new Builder(graph, 'gradient');
  if (length > 0) outputs.push(['gradient_out', summed(b, gradients.slice(read.length), length)]);
  return finish(graph, outputs);
}
