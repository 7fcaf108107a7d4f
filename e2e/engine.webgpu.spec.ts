/** @file The engine in Chromium on WebGPU (SwiftShader where there is no GPU), against PyTorch's numbers. */
import { expect, generated, greedy, openHarness, test } from './fixtures.ts';

for (const { name, stepped } of [
  { name: 'qwen2-fp32', stepped: 4e-4 },
  { name: 'gpt2-fp32', stepped: 1e-4 },
]) {
  test(`${name} trains as in PyTorch`, async ({ page }) => {
    await openHarness(page);
    const result = await page.evaluate((fixture) => window.engine.compare(fixture, 'webgpu'), name);
    expect(result.loss).toBeLessThan(1e-5);
    expect(result.gradients).toBeLessThan(1e-4);
    expect(result.stepped).toBeLessThan(stepped);
  });
}

test('gpt2-fp32 generates as in transformers', async ({ page }) => {
  const { prompts, base } = greedy('gpt2-fp32');
  await openHarness(page);
  expect(await generated(page, 'gpt2-fp32', 'webgpu', prompts, base[0]?.length ?? 0)).toEqual(base);
});

test('a step reads back a few numbers, not the adapter', async ({ page }) => {
  await openHarness(page);
  const { perStep, adapter, losses } = await page.evaluate(async () => {
    const model = await window.engine.load('gpt2-fp32', 'webgpu');
    const examples = [{ prompt: 'a', completion: 'b', role: 0 as const }];
    const step = () =>
      model.trainStep(examples, { objective: 'cross-entropy', learningRate: 1e-2 });
    const first = await step();
    const before = model.info.readBack;
    const second = await step();
    const result = {
      perStep: model.info.readBack - before,
      adapter: 4 * model.info.adapterParameters,
      losses: [first.loss, second.loss],
    };
    await model.dispose();
    return result;
  });
  expect(perStep).toBeGreaterThan(0);
  expect(perStep).toBeLessThan(300);
  expect(adapter).toBeGreaterThan(1000);
  expect(losses[1]).toBeLessThan(losses[0] as number);
});
