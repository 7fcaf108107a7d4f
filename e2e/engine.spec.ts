/** @file The engine in Chromium on WebAssembly, against PyTorch's and transformers' numbers. */
import { readFileSync } from 'node:fs';
import { expect, openHarness, test } from './fixtures.ts';

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
    const all = JSON.parse(
      readFileSync(new URL('models/greedy.json', import.meta.url), 'utf8'),
    ) as Record<string, { prompts: number[][]; base: number[][] }>;
    const reference = all[name];
    if (!reference) throw new Error(`greedy.json has no ${name}`);
    await openHarness(page);
    const tokens = await page.evaluate(
      async ({ fixture, prompts, length }) => {
        const model = await window.engine.load(fixture, 'wasm');
        const generations = await model.generateTokens(prompts, { maxNewTokens: length });
        await model.dispose();
        return generations.map((generation) => generation.tokens);
      },
      {
        fixture: name,
        prompts: reference.prompts,
        length: reference.base[0]?.length ?? 0,
      },
    );
    expect(tokens).toEqual(reference.base);
  });
}
