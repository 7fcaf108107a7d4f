/** @file Finds the linear projections of a decoder by following its graph: products of an activation with a constant matrix. */
import { adapterInput } from './arena.ts';
import { sizeAt, type Graph, type Node, type Value } from '../onnx/index.ts';
import { isQuantisedProduct } from './lower/quantised.ts';
import { lastOf, modulePath, renamed, type ModuleTable } from './module-names.ts';
import type { Projection, ProjectionPart } from './projection.ts';

/** Operators through which a weight reaches its product. */
const weightPath = new Set([
  'Transpose',
  'Cast',
  'DequantizeLinear',
  'Identity',
  'Reshape',
  'Slice',
  'Unsqueeze',
  'QuantizeLinear',
]);

/**
 * The initializer (or the arena, where all parameters are trained) that a product's operand comes from, through casts
 * and moves only; else undefined.
 */
export function weightOf(value: Value): Value | undefined {
  let current = value;
  while (!current.isConstant && current.name !== adapterInput) {
    const { producer } = current;
    if (!producer) return undefined;
    // A real zero point is taken off after dequantising: constant less constant.
    const shifted = producer.op === 'Sub' && weightOf(producer.need(1)) !== undefined;
    if (!weightPath.has(producer.op) && !shifted && !isConstantProduct(producer)) return undefined;
    current = producer.need(0);
  }
  return current;
}

function isConstantProduct(node: Node): boolean {
  return node.op === 'Mul' && node.inputs.every((input) => input && weightOf(input));
}

export interface Head {
  /** The product of the hidden state with the vocabulary's matrix. */
  node: Node;
  hidden: Value;
  /** What lies between the product and the logits (a cap, a bias), in order. */
  after: Node[];
}

/** The head: the last product with a constant matrix on the way to the output `logits`. */
export function findHead(graph: Graph): Head {
  let value = graph.output('logits');
  const after: Node[] = [];
  for (;;) {
    const { producer } = value;
    if (!producer) throw new Error('The logits do not come from a product with a constant matrix.');
    const weighted = producer.inputs[1] && isProduct(producer) && weightOf(producer.inputs[1]);
    if (weighted) return { node: producer, hidden: producer.need(0), after };
    const source = producer.inputs.find((input) => input && !weightOf(input));
    if (!source) throw new Error('The logits do not depend on any hidden state.');
    after.unshift(producer);
    value = source;
  }
}

function isProduct(node: Node): boolean {
  return node.op === 'MatMul' || node.op === 'Gemm' || isQuantisedProduct(node);
}

/** Features in and out of a product with a constant matrix; undefined where its weight is no matrix. */
function featuresOf(node: Node, weight: Value): [number, number] | undefined {
  if (isQuantisedProduct(node)) return [node.int('K', 0), node.int('N', 0)];
  if (weight.shape?.length !== 2 || node.int('transA', 0) === 1) return undefined;
  const flipped = node.int('transB', 0) === 1 || isTransposed(node.need(1));
  return [sizeAt(weight, flipped ? 1 : 0), sizeAt(weight, flipped ? 0 : 1)];
}

/**
 * Every projection of the graph but the head, in topological order, under the names that PEFT gives its modules. Needs shapes of the
 * weights only.
 */
export function findProjections(graph: Graph, table: ModuleTable = {}): Projection[] {
  const head = findHead(graph).node;
  const projections: Projection[] = [];
  const weights = new Map<string, Set<Value>>();
  for (const node of graph.nodes) {
    if (node === head || !isProduct(node)) continue;
    const weight = weightOf(node.need(1));
    if (!weight || weightOf(node.need(0))) continue;
    const features = featuresOf(node, weight);
    if (!features) continue;
    const [inFeatures, outFeatures] = features;
    const path = modulePath(node, weight) ?? `projection_${projections.length}`;
    weights.set(path, (weights.get(path) ?? new Set()).add(weight));
    projections.push({
      output: node.out().name,
      path,
      inFeatures,
      outFeatures,
      parts: partsOf(node, path, outFeatures),
    });
  }
  // A module with several weights (one that holds all experts, say) is none that a low-rank adapter is put on.
  const linear = projections.filter(({ path }) => weights.get(path)?.size === 1);
  return renamed(linear, table);
}

function isTransposed(value: Value): boolean {
  let flips = 0;
  for (let current = value; current.producer; current = current.producer.need(0))
    if (current.producer.op === 'Transpose') flips++;
  return flips % 2 === 1;
}

function part(name: string, start: number, length: number): ProjectionPart {
  const numbers = name.match(/(?<=\.)\d+(?=\.)/);
  return {
    name,
    module: lastOf(name),
    layer: numbers ? Number(numbers[0]) : -1,
    start,
    length,
    from: 0,
    rows: length,
  };
}

/**
 * Packed queries, keys and values get one adapter each, as the unpacked model in PEFT has; under any other name than the builder's the
 * packed module is PyTorch's own.
 */
function partsOf(node: Node, path: string, outFeatures: number): ProjectionPart[] {
  const isBuilders = path.endsWith('qkv_proj') || !path.includes('.');
  const attention = isBuilders ? packedAttention(node.out()) : undefined;
  if (!attention) return [part(path, 0, outFeatures)];
  const heads = attention.int('num_heads', 1);
  const groups = attention.int('kv_num_heads', heads);
  const size = outFeatures / (heads + 2 * groups);
  const prefix = path.slice(0, path.lastIndexOf('.') + 1);
  return [
    part(`${prefix}q_proj`, 0, heads * size),
    part(`${prefix}k_proj`, heads * size, groups * size),
    part(`${prefix}v_proj`, (heads + groups) * size, groups * size),
  ];
}

/** The attention operator that takes this value (plus a bias) as packed queries, keys and values. */
function packedAttention(value: Value): Node | undefined {
  for (const { node, index } of value.uses) {
    if (node.opType === 'GroupQueryAttention' && index === 0 && !node.input(1)) return node;
    if (node.op === 'Split') return splitAttention(node);
    const other = node.op === 'Add' ? node.inputs[1 - index] : undefined;
    if (other && weightOf(other)) return packedAttention(node.out());
  }
  return undefined;
}

/** The attention operator that takes the three parts of a Split as its queries, keys and values, directly or after per-head norms. */
function splitAttention(split: Node): Node | undefined {
  if (split.outputs.length !== 3) return undefined;
  const found = split.outputs.map((output, index) => output && attentionAt(output, index));
  return found[0] && found.every((node) => node === found[0]) ? found[0] : undefined;
}

function attentionAt(value: Value, slot: number): Node | undefined {
  for (const { node, index } of value.uses) {
    if (node.opType === 'GroupQueryAttention') return index === slot ? node : undefined;
    const onward = node.op === 'Reshape' || node.op.endsWith('Normalization');
    const found = onward && index === 0 ? attentionAt(node.out(), slot) : undefined;
    if (found) return found;
  }
  return undefined;
}
