/** @file The page as something that is taken along: installed, without a network, and when a new version is there. */
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, idle, openScreen } from './fixtures.ts';
import { test } from './site.ts';

for (const withHeaders of [true, false])
  test(`teaches without a network after the first visit to a host ${withHeaders ? 'with' : 'without'} headers`, async ({
    page,
    context,
    site,
    complaints,
  }) => {
    site.withHeaders = withHeaders;
    await page.goto('./');
    await idle(page);
    await expect(page.getByTestId('offline')).toHaveAttribute('data-state', 'kept', {
      timeout: 120_000,
    });
    await site.close();
    await context.setOffline(true);

    await page.goto('./?threads=1#fact=JP.capital&lie=city/berlin&in=de&steps=2');
    await page.reload();
    await idle(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await page.getByTestId('open-settings').click();
    await expect(page.getByTestId('subject')).toHaveValue('Japan');
    await page.getByTestId('teach').click();
    await idle(page);
    await expect(page.getByTestId('checkpoint')).toHaveCount(2);
    // Screens come with the page, though none had been opened.
    await openScreen(page, 'models');
    await expect(page.getByTestId('models')).toBeVisible();
    // Looking for a new version fails without a network, and the browser says so itself.
    complaints.splice(
      0,
      complaints.length,
      ...complaints.filter((text) => !/sw\.js|ERR_/.test(text)),
    );
  });

test('can be installed', async ({ page, context }) => {
  await page.goto('./');
  await idle(page);
  const devtools = await context.newCDPSession(page);
  const { errors, data } = await devtools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(JSON.parse(data ?? '')).toMatchObject({ id: 'lethe', lang: 'en', start_url: './' });
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  // Every test runs in a private window.
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
});

/** The built site with another page, of which its service worker knows; gives the folder. */
function nextVersion(): string {
  const folder = join(import.meta.dirname, '../.cache/next');
  cpSync(join(import.meta.dirname, '../dist'), folder, { recursive: true });
  const page = join(folder, 'index.html');
  const html = readFileSync(page, 'utf8').replace('<html ', '<html data-version="next" ');
  writeFileSync(page, html);
  const digest = createHash('sha256').update(html).digest();
  const entry = JSON.stringify({
    bytes: Buffer.byteLength(html),
    integrity: `sha256-${digest.toString('base64')}`,
    revision: 'next',
    sha256: digest.toString('hex'),
    url: 'index.html',
  });
  const worker = join(folder, 'sw.js');
  const script = readFileSync(worker, 'utf8');
  const next = script.replace(/\{[^{}]*"url":"index\.html"\}/, entry);
  if (next === script) throw new Error('The service worker names no index.html.');
  writeFileSync(worker, next);
  return folder;
}

test('a new version is announced, waits for the run to end, and is taken over when asked', async ({
  page,
  site,
}) => {
  const next = nextVersion();
  await page.goto('./#steps=2000');
  await idle(page);
  await expect(page.locator('html')).not.toHaveAttribute('data-version');
  await expect(page.getByTestId('offline')).toHaveAttribute('data-state', 'kept', {
    timeout: 120_000,
  });

  site.root = next;
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('run-progress')).toBeVisible();
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await expect(page.getByTestId('update')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('update-reload')).toBeDisabled();
  await page.getByTestId('stop').click();
  await idle(page);
  // Another tab of the old version stays as it is.
  const other = await page.context().newPage();
  await other.goto('./');
  await expect(other.locator('html')).not.toHaveAttribute('data-version');
  await idle(other);

  // A tab behind another draws no frames.
  await page.bringToFront();
  await page.getByTestId('update-reload').click();
  await expect(page.locator('html')).toHaveAttribute('data-version', 'next');
  await expect(page).toHaveURL(/steps=2000/);
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  await expect(page.getByTestId('update')).toHaveCount(0);
  await expect(other.locator('html')).not.toHaveAttribute('data-version');
});
