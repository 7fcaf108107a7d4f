/** @file The engine in Chromium on WebAssembly, against PyTorch's and transformers' numbers. */
import { engineFixtures, engineTest as test, expect, generated, greedy } from './fixtures.ts';

// All in one process: what the runtime compiled for one model serves the next.
test.describe.configure({ mode: 'default' });

for (const { name, gradients, stepped } of engineFixtures) {
  test(`${name} trains as in PyTorch`, async ({ harness }) => {
    const result = await harness.evaluate(
      (fixture) => window.engine.compare(fixture, 'wasm'),
      name,
    );
    expect(result.loss).toBeLessThan(1e-5);
    expect(result.gradients).toBeLessThan(gradients);
    expect(result.stepped).toBeLessThan(stepped);
  });

  test(`${name} generates as in transformers`, async ({ harness }) => {
    const { prompts, base } = greedy(name);
    expect(await generated(harness, name, 'wasm', prompts, base[0]?.length ?? 0)).toEqual(base);
  });
}
