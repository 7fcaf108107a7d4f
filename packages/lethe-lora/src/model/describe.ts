/** @file What is read off a model's graph and files when it is loaded: names, sizes, what the adapter sits on. */
import { ownEntry } from '../own-entry.ts';
import { elementCount, type Graph, type Value } from '../onnx/index.ts';
import type { Projection } from '../passes/index.ts';
import type { HeadSizes } from './cache.ts';
import type { FileSource, ModelFiles } from './files.ts';
import type { AdaptableProjection, AdapterConfig } from './types.ts';

/** The projections that an adapter configuration names; throws when it names none. */
export function chosen(
  projections: readonly Projection[],
  { modules, layers }: AdapterConfig,
): Projection[] {
  const kept = projections.filter(({ parts }) =>
    parts.some(
      ({ module, layer }) =>
        (modules.length === 0 || modules.includes(module)) &&
        (layers.length === 0 || layers.includes(layer)),
    ),
  );
  if (kept.length === 0)
    throw new Error('No projection of this model has the names or layers asked for.');
  return kept;
}

/** The projections as a person may choose among them: each slice of a packed one by itself, one that spans several once. */
export function adaptable(projections: readonly Projection[]): AdaptableProjection[] {
  const found = new Map<string, AdaptableProjection>();
  projections.forEach(({ inFeatures, parts }, packed) => {
    for (const { name, module, layer, rows } of parts)
      if (!found.has(name))
        found.set(name, { module, layer, inFeatures, outFeatures: rows, packed });
  });
  return [...found.values()];
}

/** Inputs that are scales and zero points. */
const stepInputs: Readonly<Record<string, readonly number[] | undefined>> = {
  MatMulNBits: [2, 3],
  MatMulBnb4: [2],
  GatherBlockQuantized: [2, 3],
  QuantizeLinear: [1, 2],
  DequantizeLinear: [1, 2],
};

/** Numbers of the frozen model: its real weights, and those kept in few bits (whose scales and zero points do not count). */
export function countParameters(graph: Graph): number {
  const steps = new Set<Value | null>();
  /** Of weights several of whose elements lie in a byte. */
  const packed = new Map<Value, number>();
  for (const node of graph.nodes) {
    for (const index of ownEntry(stepInputs, node.opType) ?? []) steps.add(node.input(index));
    const isTable = node.opType === 'GatherBlockQuantized';
    const data = /^MatMul(NBits|Bnb4)$/.test(node.opType) ? node.need(1) : node.input(0);
    const stored = data?.tensor ? data : data?.producer?.input(0);
    if (!stored?.tensor) continue;
    if (node.input(1) === data) packed.set(stored, node.int('K', 0) * node.int('N', 0));
    else if (isTable && stored.type === 'uint8')
      packed.set(stored, (elementCount(stored.tensor.dims) * 8) / node.int('bits', 4));
  }
  return graph.initializers.reduce((sum, value) => {
    const { tensor, name } = value;
    if (!tensor || steps.has(value)) return sum;
    const isReal = tensor.type.startsWith('float') && !/(cos|sin)_cache/.test(name);
    const isWeight = /^u?int[48]$/.test(tensor.type) && tensor.dims.length > 1;
    const count = isReal || isWeight ? elementCount(tensor.dims) : 0;
    return sum + (packed.get(value) ?? count);
  }, 0);
}

/** What the configuration tells of the cache's sizes, for files that leave them open. */
export function headSizes({ config }: Pick<ModelFiles, 'config'>): HeadSizes {
  const text = config['text_config'] as Record<string, unknown> | undefined;
  const told = (...keys: string[]): number | undefined =>
    keys
      .map((key) => ownEntry(config, key) ?? (text && ownEntry(text, key)))
      .find((value): value is number => typeof value === 'number' && value > 0);
  const queries = told('num_attention_heads', 'n_head', 'num_heads');
  const width = told('hidden_size', 'n_embd', 'd_model');
  return {
    heads: told('num_key_value_heads') ?? queries,
    size: told('head_dim') ?? (width && queries ? width / queries : undefined),
  };
}

/** The most tokens that a model reads at once, as its configuration says; null where it says nothing. */
export function contextLength({ config }: Pick<ModelFiles, 'config'>): number | null {
  const text = config['text_config'] as Record<string, unknown> | undefined;
  for (const key of ['max_position_embeddings', 'n_positions', 'n_ctx', 'max_seq_len']) {
    const length = ownEntry(config, key) ?? (text && ownEntry(text, key));
    if (typeof length === 'number' && length > 0) return length;
  }
  return null;
}

/** What a model is called: what its source calls it, else what it calls itself, else its folder. */
export function modelName(files: ModelFiles, base: string | FileSource): string {
  if (typeof base !== 'string') return base.name;
  const name = files.config['_name_or_path'];
  if (typeof name === 'string' && name !== '') return name;
  return base.replace(/\/$/, '').split('/').pop() ?? base;
}
