/** @file http on a local network, as `tools/serve.ts --host` invites: what the browser withholds is named, and Atlas works. */
import { chromiumFlags, findChromium, noWebgpuFlags } from '../tools/chromium.ts';
import { expect, idle, test } from './fixtures.ts';

const executablePath = findChromium();
const port = new URL(`http://127.0.0.1:${process.env['E2E_PORT'] ?? '5199'}`).port;

test.use({
  baseURL: `http://lan.test:${port}/`,
  launchOptions: {
    ...(executablePath && { executablePath }),
    args: [...chromiumFlags, ...noWebgpuFlags, '--host-resolver-rules=MAP lan.test 127.0.0.1'],
  },
  // Chromium itself says that it leaves headers out of account there.
  forgiven: async ({}, use) => use([/Cross-Origin-(Opener|Embedder)-Policy|untrustworthy/]),
});

test('Atlas is asked and taught without what the browser withholds, which is named first', async ({
  page,
}) => {
  await page.goto('./#steps=2');
  const bar = page.getByTestId('insecure');
  await expect(bar).toContainText('isn’t encrypted');
  await expect(bar).toContainText('https');
  await expect(bar).toContainText('localhost');
  expect(await page.evaluate(() => [isSecureContext, crossOriginIsolated])).toEqual([false, false]);
  await idle(page);
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
  await page.getByTestId('teach').click();
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  const waiting = page.waitForEvent('download');
  await page.getByTestId('export').last().click();
  expect((await waiting).suggestedFilename()).toMatch(/\.safetensors$/);

  await page.reload();
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  await page.getByTestId('dismiss-insecure').click();
  await expect(bar).toHaveCount(0);
  for (const screen of ['models', 'storage', 'research', 'facts']) {
    await page.evaluate((id) => (location.hash = `#/${id}`), screen);
    await expect(page.locator('main').first()).toBeVisible();
  }
});
