/** @file For tests: Atlas on the processor, loaded once for the tests that stand beside the call. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { loadCausalLM, type CausalLM } from 'lethe-lora/engine';
import { defaultAdapter } from '../experiment/defaults.ts';

/** Loads it before these tests, hands it over, and gives it up after them. */
export function useAtlas(onLoaded: (model: CausalLM) => void, threads?: number): void {
  let model: CausalLM;
  beforeAll(async () => {
    model = await loadCausalLM({
      base: fileURLToPath(new URL('../../../models/atlas/', import.meta.url)),
      device: 'cpu',
      adapter: defaultAdapter,
      ...(threads !== undefined && { threads }),
    });
    onLoaded(model);
  });
  afterAll(() => model.dispose());
}
