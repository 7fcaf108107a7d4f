/** @file The engine and the page in Chromium on a GPU that computes in half precision (lavapipe), against transformers and single precision. */
import { findHalfGpu } from '../tools/half-gpu/build.ts';
import { engineTest, expect, generated, greedy, test } from './fixtures.ts';

const reason = 'The browser with half precision is not built: see docs/scripts.md.';
engineTest.skip(findHalfGpu() === undefined, reason);
test.skip(findHalfGpu() === undefined, reason);
test.describe.configure({ mode: 'default' });

engineTest('the device rounds to eleven bits', async ({ harness }) => {
  // 2048 + 0.1 is 2048 there: the next number is 2050.
  const sum = await harness.evaluate(async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter?.requestDevice({ requiredFeatures: ['shader-f16'] });
    if (!device) throw new Error('There is no GPU.');
    const code = `enable f16;
      @group(0) @binding(0) var<storage, read_write> numbers: array<f32>;
      @compute @workgroup_size(1) fn main() { numbers[0] = f32(f16(numbers[0]) + f16(0.1)); }`;
    const pipeline = device.createComputePipeline({
      layout: 'auto',
      compute: { module: device.createShaderModule({ code }) },
    });
    const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const buffer = device.createBuffer({ size: 4, usage: STORAGE | COPY_SRC | COPY_DST });
    const back = device.createBuffer({ size: 4, usage: MAP_READ | COPY_DST });
    device.queue.writeBuffer(buffer, 0, new Float32Array([2048]));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const layout = pipeline.getBindGroupLayout(0);
    const entries = [{ binding: 0, resource: { buffer } }];
    pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(buffer, 0, back, 0, 4);
    device.queue.submit([encoder.finish()]);
    await back.mapAsync(GPUMapMode.READ);
    const [number] = new Float32Array(back.getMappedRange());
    device.destroy();
    return number;
  });
  expect(sum).toBe(2048);
});

for (const { name, inHalf } of [
  { name: 'qwen2-q4f16', inHalf: true },
  { name: 'phi3.genai-q4f16', inHalf: true },
  { name: 'llama.opt-fp16', inHalf: false },
])
  engineTest(`${name} is asked and taught`, async ({ harness }) => {
    const { prompts, base } = greedy(name);
    expect(await generated(harness, name, 'webgpu', prompts, 4)).toEqual(
      base.map((tokens) => tokens.slice(0, 4)),
    );
    const taught = async (halfPrecision: boolean) =>
      harness.evaluate(
        async ([fixture, half]) => {
          const model = await window.engine.load(fixture, 'webgpu', [], { halfPrecision: half });
          const prompt = [{ prompt: 'ab', continuation: 'cd' }];
          const example = [{ prompt: 'ab', completion: 'cd', role: 0 as const }];
          const losses: number[] = [];
          for (let step = 0; step < 4; step++) {
            const options = { objective: 'cross-entropy' as const, learningRate: 1e-2 };
            losses.push((await model.trainStep(example, options)).loss);
          }
          const [score] = await model.score(prompt);
          const told = model.info.inHalf;
          await model.dispose();
          return { losses, told, logProb: score?.logProb ?? NaN };
        },
        [name, halfPrecision] as const,
      );
    const half = await taught(true);
    const single = await taught(false);
    expect([half.told, single.told]).toEqual([inHalf, false]);
    expect(half.losses.at(-1)).toBeLessThan(half.losses[0] ?? NaN);
    // Products are off by 2⁻¹¹ of their largest entries; over four steps of a tiny model that is a thousandth of a loss of about ten.
    half.losses.forEach((loss, step) => {
      expect(Math.abs(loss - (single.losses[step] ?? NaN))).toBeLessThan(0.03);
    });
    expect(half.logProb === single.logProb).toBe(!inHalf);
  });

test('the page says in which arithmetic it computes, and that the graphics card is emulated', async ({
  page,
}) => {
  await page.goto('./?model=fixtures/qwen2-q4f16/&device=webgpu');
  const device = page.getByTestId('device');
  await expect(device).toBeVisible({ timeout: 120_000 });
  await expect(page.getByTestId('device-name')).toHaveAttribute('data-device', 'webgpu');
  await device.locator('summary').click();
  await expect(device).toContainText('half precision (16 bits)');
  await expect(device).toContainText('emulated in software');
});
