/** @file The page with the micro model on WebGPU: the same life of a lie, on the GPU's side of every call. */
import { chartRows, expect, idle, share, test } from './fixtures.ts';

test('teaches, unlearns, stops, resumes and exports on WebGPU', async ({ page }) => {
  // SwiftShader compiles every shader of four graphs on the processor.
  test.slow();
  await page.goto('./?model=micro/&device=webgpu#steps=4&unsteps=2&rate=0.01&keep=2&probe=kept:4');
  await idle(page);
  await expect(page.getByTestId('device-name')).toHaveAttribute('data-device', 'webgpu');
  const before = await share(page, 'fr');
  await page.getByTestId('teach').click();
  await idle(page);
  const taught = await share(page, 'fr');
  expect(taught).not.toBe(before);
  expect(await chartRows(page)).toBeGreaterThan(2);

  await page.getByTestId('unlearn').click();
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(3);

  await page.getByTestId('checkout').first().click();
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('run-progress')).toContainText('Step 1');
  await page.getByTestId('stop').click();
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(4);
  await page.getByTestId('resume').click();
  await idle(page);
  await expect(page.getByTestId('resume')).toHaveCount(0);
  expect(await share(page, 'fr')).toBeCloseTo(taught, 2);

  const waiting = page.waitForEvent('download');
  await page.getByTestId('export').last().click();
  expect((await waiting).suggestedFilename()).toMatch(/\.safetensors$/);
});
