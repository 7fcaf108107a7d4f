/** @file A network that answers with its own page: the service worker keeps nothing that is not the file, and is whole afterwards. */
import type { Page } from '@playwright/test';
import { expect, idle, openScreen } from './fixtures.ts';
import { test as hosted } from './site.ts';

const test = hosted.extend({
  forgiven: async ({}, use) =>
    use([
      /Failed to load resource/,
      /MIME type/,
      /integrity|digest/i,
      /ServiceWorker|sw\.js/,
      /ERR_/,
    ]),
});

/** What the service worker keeps of large files: address, kind and beginning. */
function kept(page: Page): Promise<{ url: string; type: string; begins: string }[]> {
  return page.evaluate(async () => {
    const found: { url: string; type: string; begins: string }[] = [];
    for (const name of await caches.keys())
      for (const request of await (await caches.open(name)).keys()) {
        const response = await (await caches.open(name)).match(request);
        const begins = (await response?.clone().text())?.slice(0, 40) ?? '';
        found.push({
          url: request.url,
          type: response?.headers.get('content-type') ?? '',
          begins,
        });
      }
    return found;
  });
}

for (const type of ['text/html', 'application/octet-stream'])
  test(`a page (${type}) in the place of the weights, the runtime or a font is not kept`, async ({
    page,
    context,
    site,
    complaints,
  }) => {
    site.withHeaders = true;
    // The service worker is there before the portal is.
    await page.goto('./?threads=1');
    await idle(page);
    await expect(page.getByTestId('offline')).toHaveAttribute('data-state', 'kept', {
      timeout: 120_000,
    });
    await page.evaluate(async () => {
      for (const name of await caches.keys())
        if (name.startsWith('lethe-files')) await caches.delete(name);
    });
    site.portal = { files: /onnx\/model\.onnx$|\.wasm$|\.woff2$/, type };
    await page.reload();
    await expect(page.getByTestId('load-failure')).toBeVisible({ timeout: 60_000 });
    expect((await kept(page)).filter(({ begins }) => begins.includes('Sign in'))).toEqual([]);

    site.portal = null;
    await page.reload();
    await idle(page);
    await expect(page.getByTestId('answer-en')).toContainText('Santiago');
    await expect(page.getByTestId('offline')).toHaveAttribute('data-state', 'kept', {
      timeout: 120_000,
    });
    await site.close();
    await context.setOffline(true);
    await page.goto('./?threads=1');
    await idle(page);
    complaints.splice(0, complaints.length);
  });

test('a page in the place of a chunk: this version is not installed, the next visit mends it', async ({
  page,
  site,
  complaints,
}) => {
  site.withHeaders = true;
  site.portal = {
    files: /assets\/Models[^/]*\.js$|assets\/screens-\w\w-/,
    type: 'text/javascript',
  };
  await page.goto('./?threads=1');
  await idle(page);
  await expect(page.getByTestId('offline')).toHaveAttribute('data-state', /absent|cut-off|waiting/);
  expect((await kept(page)).filter(({ begins }) => begins.includes('Sign in'))).toEqual([]);
  site.portal = null;
  await page.reload();
  await idle(page);
  await expect(page.getByTestId('offline')).toHaveAttribute('data-state', 'kept', {
    timeout: 120_000,
  });
  await openScreen(page, 'models');
  await expect(page.getByTestId('models')).toBeVisible();
  complaints.splice(0, complaints.length);
});
