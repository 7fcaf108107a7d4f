/** @file What the page names as a model, as the engine loads it; and what its checkpoints are bound to. */
import { stepMemory, toldMemory } from 'lethe-lora/engine';
import { cachedSource, filesSource, findCached } from '../hub/index.ts';
import { digestOf } from '../lab/index.ts';
import type { ModelSource } from './api.ts';
import type { DeviceChoice, LoadOptions, ModelInfo } from 'lethe-lora/engine';

/** Opens a source; throws when a model of the Hub is not whole in this browser's cache. */
export async function openSource(source: ModelSource): Promise<Pick<LoadOptions, 'base' | 'file'>> {
  switch (source.kind) {
    case 'folder':
      return { base: source.base };
    case 'files':
      return { base: filesSource(source.name, source.files), file: source.file };
    case 'hub': {
      const found = await findCached(source.id, source.variant, source.revision);
      if (!found)
        throw new Error(
          `${source.id} (${source.variant}) is not on this computer, or not all of it: download it on the screen “Models”.`,
        );
      return { base: await cachedSource(found.model), file: found.variant.file };
    }
  }
}

/** Bytes that a step may take on a device, as far as this browser tells. */
export function memoryOn({ device }: DeviceChoice): number | undefined {
  return stepMemory({ gpu: device === 'webgpu', memory: toldMemory() });
}

/** Names the adapter that a state's numbers belong to: digest of alpha and of every matrix's name and size. */
export function adapterKey({ adapter, layout }: ModelInfo): Promise<string> {
  const matrices = layout.map(({ name, dims }) => ({ name, dims: [...dims] }));
  return digestOf({ alpha: adapter.alpha, matrices });
}
