/** @file The engine in Chromium on WebAssembly, against PyTorch's and transformers' numbers. */
import { expect, generated, greedy, openHarness, test } from './fixtures.ts';

// One entry of qwen2-fp32 is rounding noise: see src/model/fixtures.test.ts.
const fixtures = [
  { name: 'qwen2-fp32', stepped: 4e-4 },
  { name: 'gpt2-fp32', stepped: 1e-4 },
];

for (const { name, stepped } of fixtures) {
  test(`${name} trains as in PyTorch`, async ({ page }) => {
    await openHarness(page);
    const result = await page.evaluate((fixture) => window.engine.compare(fixture, 'wasm'), name);
    expect(result.loss).toBeLessThan(1e-5);
    expect(result.gradients).toBeLessThan(1e-4);
    expect(result.stepped).toBeLessThan(stepped);
  });

  test(`${name} generates as in transformers`, async ({ page }) => {
    const { prompts, base } = greedy(name);
    await openHarness(page);
    expect(await generated(page, name, 'wasm', prompts, base[0]?.length ?? 0)).toEqual(base);
  });
}
