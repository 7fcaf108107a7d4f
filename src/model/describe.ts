/** @file What is read off a model's graph and files when it is loaded: names, sizes, what the adapter sits on. */
import { elementCount, type Graph } from '../onnx/index.ts';
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

/** The projections as a person may choose among them: each slice of a packed one by itself. */
export function adaptable(projections: readonly Projection[]): AdaptableProjection[] {
  return projections.flatMap(({ inFeatures, parts }, packed) =>
    parts.map(({ module, layer, length }) => ({
      module,
      layer,
      inFeatures,
      outFeatures: length,
      packed,
    })),
  );
}

/** Numbers of the frozen model: its real weights, and those kept in 4 or 8 bits (whose scales do not count). */
export function countParameters(graph: Graph): number {
  const counted = new Map<string, number>();
  for (const { tensor, name } of graph.initializers)
    if (tensor?.type.startsWith('float') && !/(cos|sin)_cache/.test(name))
      counted.set(name, elementCount(tensor.dims));
  for (const node of graph.nodes) {
    if (node.opType !== 'MatMulNBits') continue;
    counted.set(node.need(1).name, node.int('K', 0) * node.int('N', 0));
    counted.delete(node.need(2).name);
  }
  return [...counted.values()].reduce((sum, count) => sum + count, 0);
}

/** What the configuration tells of the cache's sizes, for files that leave them open. */
export function headSizes({ config }: Pick<ModelFiles, 'config'>): HeadSizes {
  const text = config['text_config'] as Record<string, unknown> | undefined;
  const told = (...keys: string[]): number | undefined =>
    keys
      .map((key) => config[key] ?? text?.[key])
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
    const length = config[key] ?? text?.[key];
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
