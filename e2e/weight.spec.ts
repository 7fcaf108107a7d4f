/** @file What the page weighs before it is usable, and that it is usable with no more than that. */
import { join } from 'node:path';
import { locales } from '../tools/messages/catalogue.ts';
import { budget, total, weigh } from '../tools/weigh.ts';
import { expect, idle, test } from './fixtures.ts';

const { before, languages } = weigh(join(import.meta.dirname, '../dist'));

test('at most 200 kB of compressed code and styles come before the page is usable', () => {
  const english = languages['assets/messages-en.js']?.gzip ?? NaN;
  const heaviest = Math.max(...Object.values(languages).map(({ gzip }) => gzip));
  expect(Object.keys(languages)).toHaveLength(locales().length);
  expect(total(before).gzip - english + heaviest).toBeLessThanOrEqual(budget);
});

test('with those files alone the page is drawn and its controls work', async ({ page }) => {
  const withoutDigest = (url: string): string =>
    new URL(url).pathname.slice(1).replace(/-[\w-]{8}(\.\w+)$/, '$1') || 'index.html';
  const held: string[] = [];
  await page.route('**/*', async (route) => {
    const name = withoutDigest(route.request().url());
    if (name in before) await route.continue();
    else held.push(name);
  });
  await page.goto('./');
  await expect(page.getByTestId('page')).toHaveAttribute('data-phase', 'loading');
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('soon')).toBeVisible();
  await page.getByTestId('theme').click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', /dark|light/);
  await expect.poll(() => held).toContain('assets/laboratory.js');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

test('nothing moves while the page loads', async ({ page }) => {
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      })[])
        if (!entry.hadRecentInput) shifts.push(entry.value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  for (const [width, height] of [
    [1366, 768],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.goto('./');
    await page.reload();
    await idle(page);
    const sum = await page.evaluate(() =>
      (window as unknown as { shifts: number[] }).shifts.reduce((all, each) => all + each, 0),
    );
    // Half of what Web Vitals calls good: on a phone a few lines settle as answers come.
    expect(sum, `${width} × ${height}`).toBeLessThan(0.05);
  }
});
