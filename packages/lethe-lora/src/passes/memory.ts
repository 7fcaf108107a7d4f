/** @file How much memory training takes, before it is tried. */
import {
  byteLength,
  evaluateDim,
  type Dim,
  type Graph,
  type Shape,
  type Value,
} from '../onnx/index.ts';

/** Bytes by what they are for. */
export interface MemoryEstimate {
  /** Frozen weights as stored; constants that the runtime widens to float32 count at their width there. */
  weights: number;
  /** The adapter and AdamW's two moments, twice: before and after a step. */
  adapter: number;
  /** The most that intermediate values take at one time. */
  activations: number;
  /** The largest single value, weights included: a device's buffers must be able to hold it. */
  largest: number;
  /** Its name. */
  largestValue: string;
  total: number;
}

/**
 * Estimates one run of a train graph on `batch` sequences of `time` tokens by walking it in its order: a value lives from the
 * node that makes it to the last that uses it. The runtime may do better (it fuses and reuses) or worse (it pads and pools). `known`
 * gives sizes of other dimensions by name, such as `labelled`, the number of labelled tokens; by default every token may be labelled.
 */
export function estimateMemory(
  graph: Graph,
  batch: number,
  time: number,
  known: Readonly<Record<string, number>> = {},
): MemoryEstimate {
  const sizes = dimensionSizes(graph, batch, time);
  for (const [name, size] of Object.entries(known)) sizes.set(name, size);
  const bytesOf = (value: Value): number => sizeOf(value, sizes, batch * time);
  const weights = storedBytes(graph);
  const states = graph.inputs.filter(({ name }) => /^(adapter|moment[12])$/.test(name));
  const adapter = 2 * states.reduce((sum, value) => sum + bytesOf(value), 0);

  const uses = new Map<Value, number>();
  for (const { inputs } of graph.nodes)
    for (const value of inputs) if (value?.producer) uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const output of graph.outputs) uses.set(output, (uses.get(output) ?? 0) + 1);
  let [live, peak] = [0, 0];
  let [largest, largestValue] = [0, ''];
  const compare = (value: Value, bytes: number): void => {
    if (bytes > largest) [largest, largestValue] = [bytes, value.name];
  };
  for (const value of graph.initializers) compare(value, value.tensor?.bytes.length ?? 0);
  for (const value of graph.inputs) compare(value, bytesOf(value));
  for (const { inputs, outputs } of graph.nodes) {
    for (const value of outputs) {
      if (!value) continue;
      const bytes = bytesOf(value);
      live += bytes;
      compare(value, bytes);
    }
    peak = Math.max(peak, live);
    for (const value of inputs) {
      if (!value?.producer) continue;
      const left = (uses.get(value) ?? 0) - 1;
      uses.set(value, left);
      if (left === 0) live -= bytesOf(value);
    }
  }
  const widened = graph.nodes
    .filter(({ op, inputs }) => op === 'Cast' && inputs[0]?.isConstant)
    .reduce((sum, node) => sum + bytesOf(node.out()), 0);
  return {
    weights: weights + widened,
    adapter,
    activations: peak,
    largest,
    largestValue,
    total: weights + widened + adapter + peak,
  };
}

/** Bytes of the constants; what is seen in several ways, as the fused product and its gradient see 4-bit weights, counts once. */
export function storedBytes(graph: Graph): number {
  const seen = new Map<ArrayBuffer, Set<string>>();
  return graph.initializers.reduce((sum, { tensor }) => {
    if (!tensor) return sum;
    const { buffer, byteOffset, length } = tensor.bytes;
    const places = seen.get(buffer) ?? new Set();
    seen.set(buffer, places);
    const place = `${byteOffset} ${length}`;
    if (places.has(place)) return sum;
    places.add(place);
    return sum + length;
  }, 0);
}

/** Raised when a model cannot be taught in the memory there is. */
export class MemoryError extends Error {
  constructor(
    readonly estimate: MemoryEstimate,
    readonly available: number,
    batch: number,
    time: number,
  ) {
    super(
      `Teaching this model ${batch} sequences of ${time} tokens at a time needs about ${gigabytes(estimate.total)} of memory (${gigabytes(estimate.weights)} for its weights, ${gigabytes(estimate.activations)} for intermediate values), and ${gigabytes(available)} can be used here. Choose a smaller model or variant, fewer or shorter sentences, or a device with more memory.`,
    );
    this.name = 'MemoryError';
  }
}

/** Throws `MemoryError` where one step of the graph would not fit into so many bytes. Returns the estimate. */
export function checkMemory(
  graph: Graph,
  batch: number,
  time: number,
  available: number,
): MemoryEstimate {
  const estimate = estimateMemory(graph, batch, time);
  if (estimate.total > available) throw new MemoryError(estimate, available, batch, time);
  return estimate;
}

function gigabytes(bytes: number): string {
  return bytes >= 0.95e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}

function dimensionSizes(graph: Graph, batch: number, time: number): Map<string, number> {
  const sizes = new Map<string, number>();
  const bind = (shape: Shape | undefined): void =>
    [batch, time].forEach((size, axis) => {
      const dim = shape?.[axis];
      if (typeof dim === 'string') sizes.set(dim, size);
    });
  for (const name of ['input_ids', 'attention_mask', 'labels'])
    bind(graph.inputs.find((value) => value.name === name)?.shape);
  return sizes;
}

/** Bytes of a value, whose sizes without a number or a known name count as `tokens`. */
export function sizeOf(value: Value, sizes: ReadonlyMap<string, number>, tokens: number): number {
  const { shape, type = 'float32' } = value;
  if (!shape) return 0;
  const elements = shape.reduce<number>((product, dim) => product * resolve(dim, sizes, tokens), 1);
  return byteLength(type, elements);
}

/** A dimension's size; of one that is not known (the number of labelled tokens) the most it can be. */
function resolve(dim: Dim, sizes: ReadonlyMap<string, number>, tokens: number): number {
  return evaluateDim(dim, (name) => sizes.get(name) ?? tokens);
}
