/** @file The engine in Chromium on WebGPU (SwiftShader where there is no GPU), against PyTorch's numbers. */
import {
  gpuFixtures,
  engineTest as test,
  expect,
  generated,
  greedy,
  ownKernels,
  scored,
} from './fixtures.ts';

// All in one process: what the runtime compiled for one model serves the next.
test.describe.configure({ mode: 'default' });

for (const { name, gradients, stepped } of gpuFixtures) {
  test(`${name} trains as in PyTorch`, async ({ harness }) => {
    const result = await harness.evaluate(
      (fixture) => window.engine.compare(fixture, 'webgpu'),
      name,
    );
    expect(result.loss).toBeLessThan(1e-5);
    expect(result.sequenceLogProb).toBeLessThan(1e-5);
    expect(result.gradients).toBeLessThan(gradients);
    expect(result.stepped).toBeLessThan(stepped);
  });

  test(`${name} generates as in transformers`, async ({ harness }) => {
    const { prompts, base } = greedy(name);
    // Few tokens: the emulation of WebGPU is slow, and one token after the cache is used is as telling as ten.
    expect(await generated(harness, name, 'webgpu', prompts, 4)).toEqual(
      base.map((tokens) => tokens.slice(0, 4)),
    );
  });
}

for (const name of ['qwen2-fp32', 'bloom-fp32', 'qwen2-q4'])
  test(`${name} says and scores the same by its own kernels`, async ({ harness }) => {
    const { prompts, base } = greedy(name);
    expect(await generated(harness, name, 'webgpu', prompts, 4, ownKernels)).toEqual(
      base.map((tokens) => tokens.slice(0, 4)),
    );
    const adapted = await scored(harness, name, 'webgpu');
    const own = await scored(harness, name, 'webgpu', ownKernels);
    adapted.forEach((logProb, index) => {
      expect(Math.abs((own[index] ?? NaN) - logProb)).toBeLessThan(1e-2);
    });
  });

test('a step reads back a few numbers, not the adapter', async ({ harness }) => {
  const { perStep, adapter, losses } = await harness.evaluate(async () => {
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
