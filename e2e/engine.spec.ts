/** @file The engine in Chromium on WebAssembly, against PyTorch's and transformers' numbers. */
import {
  engineFixtures,
  engineTest as test,
  expect,
  generated,
  greedy,
  ownKernels,
  scored,
} from './fixtures.ts';

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

  test(`${name} says and scores the same by its own kernels`, async ({ harness }) => {
    const { prompts, base } = greedy(name);
    const length = base[0]?.length ?? 0;
    expect(await generated(harness, name, 'wasm', prompts, length, ownKernels)).toEqual(base);
    const adapted = await scored(harness, name, 'wasm');
    const own = await scored(harness, name, 'wasm', ownKernels);
    adapted.forEach((logProb, index) => {
      // Half precision rounds more, and so do the activations of 8-bit files.
      expect(Math.abs((own[index] ?? NaN) - logProb)).toBeLessThan(
        /(f16|q8)$/.test(name) ? 0.03 : 1e-3,
      );
    });
  });
}
