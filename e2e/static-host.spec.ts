/** @file The built site in a folder of a plain static host, which sends no headers: the service worker isolates the page. */
import { expect, idle, test } from './fixtures.ts';
import { serveSite, type Site } from './site.ts';

const port = 5196;
test.use({ baseURL: `http://127.0.0.1:${port}/deep/site/`, serviceWorkers: 'allow' });

let site: Site;
test.beforeAll(async () => {
  site = await serveSite(port);
});
test.afterAll(() => site.close());

test('works from a folder, isolated, after loading itself again once', async ({ page }) => {
  let loads = 0;
  page.on('load', () => loads++);
  await page.goto('./');
  await idle(page);
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(loads).toBe(2);
});
