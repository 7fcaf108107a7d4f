/** @file The model of the Hub that was used last, remembered from visit to visit. */
import type { ModelSource } from '../../worker/index.ts';
import { CheckpointStore } from '../../storage/index.ts';

export type HubSource = Extract<ModelSource, { kind: 'hub' }>;

const key = 'last-model';

export async function rememberModel({ id, variant, revision }: HubSource): Promise<void> {
  const store = await CheckpointStore.open();
  await store.remember(key, JSON.stringify({ id, variant, revision }));
  store.close();
}

/** Null where none was used, or what was remembered cannot be read. */
export async function lastModel(): Promise<HubSource | null> {
  const store = await CheckpointStore.open();
  const text = await store.remembered(key);
  store.close();
  try {
    const { id, variant, revision } = JSON.parse(text ?? '{}') as Partial<HubSource>;
    if (id === undefined || variant === undefined) return null;
    return { kind: 'hub', id, variant, ...(revision !== undefined && { revision }) };
  } catch {
    return null;
  }
}
