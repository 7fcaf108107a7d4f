/** @file The built site in a folder of a plain static host, which sends no headers: the service worker isolates the page. */
import { expect, idle } from './fixtures.ts';
import { test } from './site.ts';

test('works from a folder, isolated, after loading itself again once', async ({ page }) => {
  let loads = 0;
  page.on('load', () => loads++);
  await page.goto('./');
  await idle(page);
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(loads).toBe(2);
});
