/** @file The model of the Hub that was used last, remembered from visit to visit. */
import type { ModelSource } from '../../worker/index.ts';
import { SettingStore } from '../../storage/index.ts';

export type HubSource = Extract<ModelSource, { kind: 'hub' }>;

const key = 'last-model';
const settings = new SettingStore();

export async function rememberModel({ id, variant, revision }: HubSource): Promise<void> {
  await settings.put(key, JSON.stringify({ id, variant, revision }));
}

/** Null where none was used, or what was remembered cannot be read. */
export async function lastModel(): Promise<HubSource | null> {
  try {
    const text = await settings.get(key);
    if (typeof text !== 'string') return null;
    const { id, variant, revision } = (JSON.parse(text) ?? {}) as Partial<
      Record<'id' | 'variant' | 'revision', unknown>
    >;
    if (typeof id !== 'string' || typeof variant !== 'string') return null;
    return { kind: 'hub', id, variant, ...(typeof revision === 'string' && { revision }) };
  } catch {
    return null;
  }
}
