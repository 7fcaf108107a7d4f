/** @file A graphics card that is lost: idle, in a run, while a model is loaded, and with its whole process (SwiftShader's emulation). */
import type { Page } from '@playwright/test';
import { expect, idle, test as base } from './fixtures.ts';
import { routeWorker } from './worker-script.ts';

const test = base.extend({
  // Chromium's own words about a device or a process that is gone.
  forgiven: async ({}, use) => use([/device|GPU|lost/i]),
});

/** Keeps the devices that the engine opens, and can lose the next one before anything is computed on it. */
const hook = `{
  const open = GPUAdapter.prototype.requestDevice;
  self.devices = [];
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await open.call(this, descriptor);
    self.devices.push(device);
    if (DOOMED) setTimeout(() => device.destroy(), 50);
    return device;
  };
}`;

/** A worker of an isolated page must ask for isolation itself. */
const isolated = {
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** How many of the engines that start are to lose their card at once. */
async function watchDevices(page: Page, doomed = 0): Promise<void> {
  let left = doomed;
  await routeWorker(page, async (route, script) => {
    const body = hook.replace('DOOMED', String(left-- > 0)) + script;
    await route.fulfill({ contentType: 'text/javascript', headers: isolated, body });
  });
}

async function loseCard(page: Page): Promise<void> {
  await page
    .workers()
    .at(-1)
    ?.evaluate(() => {
      for (const device of (self as unknown as { devices: GPUDevice[] }).devices) device.destroy();
    });
}

const address = './?device=webgpu&model=micro#steps=6&keep=1&rate=0.01';

test('lost while idle and lost in a run: the engine starts again on it, and the run ends as it should', async ({
  page,
}) => {
  await watchDevices(page);
  await page.goto(address);
  await idle(page);
  await loseCard(page);
  await expect(page.getByTestId('notice')).toContainText('started on it again', {
    timeout: 60_000,
  });
  await idle(page);
  await page.getByTestId('dismiss').click();

  await page.getByTestId('teach').click();
  await expect(page.getByTestId('run-progress')).toContainText(/Step [2-5]/, { timeout: 120_000 });
  await loseCard(page);
  await expect(page.getByTestId('notice')).toContainText(/lost the graphics card/, {
    timeout: 60_000,
  });
  await idle(page, 200_000);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  await expect(page.getByTestId('notice')).not.toContainText(/GPUDevice|destroy|Instance/);
});

test('lost while the model is loaded: it is loaded again', async ({ page }) => {
  await watchDevices(page, 1);
  await page.goto(address);
  await idle(page, 120_000);
  await expect(page.getByTestId('device-name')).toHaveAttribute('data-device', 'webgpu');
});

test('lost again and again: the processor takes over', async ({ page }) => {
  await watchDevices(page, 2);
  await page.goto(address);
  await idle(page, 120_000);
  await expect(page.getByTestId('device-name')).toHaveAttribute('data-device', 'wasm');
  await page.getByTestId('teach').click();
  await idle(page, 120_000);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
});

test('lost with its whole process: the engine starts again', async ({ page, browser }) => {
  await page.goto(address);
  await idle(page);
  const devtools = await browser.newBrowserCDPSession();
  // Its answer never comes: what would give it is gone.
  void devtools.send('Browser.crashGpuProcess').catch(() => undefined);
  await expect(page.getByTestId('notice')).toContainText(/lost the graphics card/, {
    timeout: 60_000,
  });
  await idle(page, 120_000);
  await page.getByTestId('teach').click();
  await idle(page, 200_000);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
});
