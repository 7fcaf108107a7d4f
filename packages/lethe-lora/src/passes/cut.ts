/**
 * @file Cuts the graph of a loss at its layers. Between the embedding and the head all that a decoder's layer knows of the layers before
 * is the state of the residual stream that it reads. So the graph falls into pieces: what comes before the first layer, each layer, and
 * what comes after the last one.
 */
import { Builder, type Graph, type Node, type Value } from '../onnx/index.ts';
import { adapterInput } from './arena.ts';
import { extract, nodesBetween, type Extract } from './extract.ts';
import { mergeEqual } from './merge-equal.ts';
import { pieceNames } from './piece-names.ts';
import { weightInputs, type WeightChains } from './weight-chains.ts';

/** Raised where a graph cannot be cut at its layers; it is computed as a whole then. */
export class CutError extends Error {
  constructor(reason: string) {
    super(`This model’s graph cannot be cut at its layers: ${reason}.`);
    this.name = 'CutError';
  }
}

/** A piece of the graph of a loss. */
export interface Piece extends Extract {
  /** Places, in the layout of the adapter, of the parameters that the piece reads, ascending. */
  parameters: number[];
  /** The piece's own values of these. */
  local: Value[];
  /** Values that do not depend on the adapter and that all layers may share (a mask, rotary tables), by the names of their inputs here. */
  context: ReadonlyMap<string, Value>;
  /** Weights that are made of constants by nodes outside the piece. */
  chains: WeightChains;
}

export interface Pieces {
  before: Piece;
  layers: Piece[];
  /** Where the last piece, which stays in the graph itself, is to be detached: the names of its inputs by the values they stand for. */
  after: { cuts: ReadonlyMap<Value, string>; parameters: number[]; chains: WeightChains };
}

export interface CutPlaces {
  /** The states at which the graph is cut, the first layer's input first. */
  states: readonly Value[];
  /** The same of the reference; may be empty. */
  frozen: readonly Value[];
  /** Values of the parameters in the order of the adapter's layout. */
  parameters: readonly Value[];
  /** What the last piece computes. */
  outputs: readonly Value[];
}

/** What a value depends on. */
interface Dependence {
  /** The last state on the way; −1: none. */
  stage: number;
  /** It depends on the tokens. */
  onTokens: boolean;
  /** It depends on the adapter. */
  onAdapter: boolean;
}

/**
 * Cuts a graph of a loss at the states. A layer's piece has the inputs `state.i` (its x), `parameter.k` and `context.k`; the last piece
 * `state.i` and `frozen.i` as it reads them. With `widen`, weights that nodes make of constants (dequantised ones) are inputs too. The
 * graph is changed: its shape arithmetic is traced to the tokens. Throws `CutError`.
 */
export function cut(graph: Graph, places: CutPlaces, widen = false): Pieces {
  const { states, frozen, parameters, outputs } = places;
  // What comes after the last layer stays as it is: gradients that are given as a whole refer to its values.
  const inner = nodesBetween(states, new Set());
  shapesFromTokens(graph, inner);
  dropEmptyCasts(
    graph,
    (value) => !states.includes(value) && !!value.producer && inner.has(value.producer),
  );
  let known = dependences(graph, states, parameters);
  mergeEqual(
    graph,
    (value) => isContext(known.get(value)) && !!value.producer && inner.has(value.producer),
  );
  known = dependences(graph, states, parameters);
  const isParameter = new Map(parameters.map((value, index) => [value, index]));

  const contextOf = (value: Value): boolean =>
    value.producer !== null && isContext(known.get(value));
  const layers = states.slice(1).map((end, index) => {
    const from = states[index] as Value;
    const cuts = new Map<Value, string>([[from, pieceNames.state(0)]]);
    for (const value of boundary(end, from, known, index)) {
      const at = isParameter.get(value);
      cuts.set(value, at === undefined ? pieceNames.context(cuts.size) : pieceNames.parameter(at));
    }
    return pieceOf(graph, [end], cuts, isParameter, contextOf, widen);
  });

  const shared = new Set(layers.flatMap(({ context }) => [...context.values()]));
  for (const value of shared)
    if (known.get(value)?.onAdapter)
      throw new CutError('what its layers share depends on the adapter');
  const first = states[0] as Value;
  const parameterCuts = new Map(
    parameters.map((value, index) => [value, pieceNames.parameter(index)] as const),
  );
  const before = pieceOf(
    graph,
    [first, ...[...shared].filter((value) => value.producer)],
    parameterCuts,
    isParameter,
    () => false,
    false,
  );
  const stateCuts = new Map(parameterCuts);
  states.forEach((value, index) => stateCuts.set(value, pieceNames.state(index)));
  frozen.forEach((value, index) => {
    if (value !== states[index]) stateCuts.set(value, pieceNames.frozen(index));
  });
  const chains = widen ? weightInputs(outputs, stateCuts) : [];
  for (const { value, name } of chains) stateCuts.set(value, name);
  const reads = new Set(
    [...nodesBetween(outputs, stateCuts)].flatMap(({ inputs }) => inputs.filter((each) => !!each)),
  );
  const after = {
    cuts: new Map([...stateCuts].filter(([value]) => reads.has(value))),
    parameters: [...isParameter].flatMap(([value, index]) => (reads.has(value) ? [index] : [])),
    chains,
  };
  refuseShared([before, ...layers, after]);
  return { before, layers, after };
}

function isContext(dependence: Dependence | undefined): boolean {
  return !!dependence && dependence.stage < 0 && dependence.onTokens && !dependence.onAdapter;
}

/** What each value depends on; nodes must be in topological order. */
function dependences(
  graph: Graph,
  states: readonly Value[],
  parameters: readonly Value[],
): Map<Value, Dependence> {
  graph.prune();
  const known = new Map<Value, Dependence>();
  for (const value of graph.inputs)
    known.set(value, {
      stage: -1,
      onTokens: !value.name.endsWith(adapterInput),
      onAdapter: value.name.endsWith(adapterInput),
    });
  const stageOf = new Map(states.map((value, index) => [value, index]));
  const isParameter = new Set(parameters);
  for (const { inputs, outputs } of graph.nodes) {
    const own: Dependence = { stage: -1, onTokens: false, onAdapter: false };
    for (const input of inputs) {
      const before = input && known.get(input);
      if (!before) continue;
      own.stage = Math.max(own.stage, before.stage);
      own.onTokens ||= before.onTokens;
      own.onAdapter ||= before.onAdapter;
    }
    for (const output of outputs) {
      if (!output) continue;
      const stage = stageOf.get(output) ?? own.stage;
      known.set(output, { ...own, stage });
      if (isParameter.has(output)) known.set(output, { ...own, onAdapter: true });
    }
  }
  return known;
}

/** The values at which the walk back from a layer's end stops: parameters, and what does not depend on the layer's input. */
function boundary(
  end: Value,
  from: Value,
  known: ReadonlyMap<Value, Dependence>,
  index: number,
): Set<Value> {
  const found = new Set<Value>();
  const met = new Set<Value>([from]);
  const waiting = [end];
  for (let value = waiting.pop(); value; value = waiting.pop()) {
    if (met.has(value)) continue;
    met.add(value);
    const dependence = known.get(value);
    if (isContext(dependence)) {
      found.add(value);
      continue;
    }
    if (dependence && dependence.stage >= 0 && dependence.stage < index)
      throw new CutError(`"${value.name}" reaches past the state before it`);
    if (!value.producer) continue;
    for (const input of value.producer.inputs) if (input) waiting.push(input);
  }
  return found;
}

function pieceOf(
  graph: Graph,
  ends: readonly Value[],
  cuts: ReadonlyMap<Value, string>,
  isParameter: ReadonlyMap<Value, number>,
  contextOf: (value: Value) => boolean,
  widen: boolean,
): Piece {
  const all = new Map(cuts);
  for (const value of isParameter.keys())
    if (!all.has(value)) all.set(value, pieceNames.parameter(isParameter.get(value) ?? 0));
  const chains = widen ? weightInputs(ends, all) : [];
  for (const { value, name } of chains) all.set(value, name);
  const { graph: piece, copies } = extract(graph, ends, all);
  // Their order in the whole graph depends on what else is there; from its ends backwards, layers that are alike have one order.
  piece.outputs.push(...new Set(ends.map((value) => copies.get(value) as Value)));
  piece.prune();
  piece.outputs.splice(0, piece.outputs.length);
  const parameters = [...isParameter]
    .filter(([value]) => copies.has(value))
    .sort(([, a], [, b]) => a - b);
  const context = new Map<string, Value>();
  for (const [value, name] of cuts)
    if (copies.has(value) && !isParameter.has(value) && (contextOf(value) || !value.producer))
      context.set(name, value);
  return {
    graph: piece,
    copies,
    parameters: parameters.map(([, index]) => index),
    local: parameters.map(([value]) => copies.get(value) as Value),
    context,
    chains,
  };
}

/** A parameter's gradient must come from one piece. */
function refuseShared(pieces: readonly Pick<Piece, 'parameters'>[]): void {
  const seen = new Set<number>();
  for (const { parameters } of pieces)
    for (const index of parameters) {
      if (seen.has(index)) throw new CutError('its layers share a weight that is adapted');
      seen.add(index);
    }
}

/** Exporters widen what is float32 already, in some layers and not in others. */
function dropEmptyCasts(graph: Graph, may: (value: Value) => boolean): void {
  for (const node of graph.nodes) {
    if (node.op !== 'Cast') continue;
    const [from, to] = [node.need(0), node.out()];
    if (from.type !== undefined && from.type === to.type && may(to)) graph.replaceUses(to, from);
  }
}

/**
 * Shapes of activations are shapes of the tokens with known sizes beside them. Nodes that ask an activation for its shape ask the tokens
 * instead, so that shape arithmetic belongs to no layer.
 */
function shapesFromTokens(graph: Graph, inner: ReadonlySet<Node>): void {
  const tokens = graph.input('input_ids');
  const b = new Builder(graph, 'sizes');
  const [batch, time] = tokens.shape ?? [];
  const sizes: Value[] = [];
  const sizeOf = (axis: 0 | 1): Value =>
    (sizes[axis] ??= b.slice(b.shapeOf(tokens), 0, axis, axis + 1));
  for (const node of [...graph.nodes]) {
    const source = node.op === 'Shape' ? node.need(0) : null;
    if (!source?.producer || !source.shape || !inner.has(source.producer)) continue;
    const shape = source.shape.slice(node.int('start', 0), node.int('end'));
    if (!shape.every((dim) => typeof dim === 'number' || dim === batch || dim === time)) continue;
    if (batch === time || !shape.some((dim) => typeof dim === 'string')) continue;
    const parts = shape.map((dim) =>
      typeof dim === 'number' ? b.integers([dim]) : sizeOf(dim === batch ? 0 : 1),
    );
    const made = b.concat(parts, 0);
    made.content ??= node.out().content;
    graph.replaceUses(node.out(), made);
  }
  graph.prune();
}
