/** @file The engine in Chromium on WebAssembly, against PyTorch's and transformers' numbers. */
import { engineFixtures, expect, generated, greedy, openHarness, test } from './fixtures.ts';

for (const { name, gradients, stepped } of engineFixtures) {
  test(`${name} trains as in PyTorch`, async ({ page }) => {
    await openHarness(page);
    const result = await page.evaluate((fixture) => window.engine.compare(fixture, 'wasm'), name);
    expect(result.loss).toBeLessThan(1e-5);
    expect(result.gradients).toBeLessThan(gradients);
    expect(result.stepped).toBeLessThan(stepped);
  });

  test(`${name} generates as in transformers`, async ({ page }) => {
    const { prompts, base } = greedy(name);
    await openHarness(page);
    expect(await generated(page, name, 'wasm', prompts, base[0]?.length ?? 0)).toEqual(base);
  });
}
