/** @file Lethe's optional fields in a model's `config.json`, validated; malformed ones are ignored. */
import type { ModelFiles } from './files.ts';
import type { AdapterConfig } from './types.ts';

/** Share of the training text by language code, from `training_text_shares`; empty where there is none. */
export function textShares({ config }: Pick<ModelFiles, 'config'>): Record<string, number> {
  const shares = record(config['training_text_shares']);
  return Object.fromEntries(
    Object.entries(shares).filter(
      (entry): entry is [string, number] =>
        typeof entry[1] === 'number' && entry[1] >= 0 && entry[1] <= 1,
    ),
  );
}

/**
 * The layers (from 0) and projections in which the model's authors found that an adapter works best, from `suggested_adapter`. An
 * experiment's own settings take precedence.
 */
export function suggestedAdapter({ config }: Pick<ModelFiles, 'config'>): Partial<AdapterConfig> {
  const { layers, modules } = record(config['suggested_adapter']);
  return {
    ...(isListOf(layers, isLayer) && { layers }),
    ...(isListOf(modules, isName) && { modules }),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}

function isLayer(item: unknown): item is number {
  return Number.isInteger(item) && (item as number) >= 0;
}

function isName(item: unknown): item is string {
  return typeof item === 'string' && item !== '';
}
