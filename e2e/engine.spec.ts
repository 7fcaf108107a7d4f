/** @file The engine in Chromium on WebAssembly, against PyTorch's and transformers' numbers. */
import { expect, generated, greedy, openHarness, test } from './fixtures.ts';

// Why two of them are less exact: see src/model/fixtures.test.ts.
const fixtures = [
  { name: 'qwen2-fp32', gradients: 1e-4, stepped: 4e-4 },
  { name: 'gpt2-fp32', gradients: 1e-4, stepped: 1e-4 },
  { name: 'bloom-fp32', gradients: 1e-4, stepped: 1e-4 },
  { name: 'qwen2-q4', gradients: 1e-4, stepped: 1e-4 },
  { name: 'qwen3-q4', gradients: 1e-4, stepped: 1e-4 },
  { name: 'qwen2-q4f16', gradients: 2e-3, stepped: 2e-3 },
];

for (const { name, gradients, stepped } of fixtures) {
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
