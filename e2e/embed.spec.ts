/** @file `?embed` in a frame of another origin: not isolated, without storage, without masthead; it asks and teaches all the same. */
import { blocked } from './blocked-storage.ts';
import { expect, test } from './fixtures.ts';

const port = process.env['E2E_PORT'] ?? '5199';
/** Another origin than the page's 127.0.0.1, and trusted as that is. */
const elsewhere = `http://localhost:${port}`;

test.use({ friends: [elsewhere] });

test('in a frame of another origin, with storage blocked, it asks, teaches and draws', async ({
  page,
  context,
  baseURL,
}) => {
  await context.addInitScript(blocked);
  await context.route(/\/assets\/worker-.*\.js/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${blocked}\n${await response.text()}` });
  });
  const source = `${baseURL ?? ''}?embed&model=micro/&threads=1#steps=2&keep=0&probe=kept:4`;
  await context.route(`${elsewhere}/around.html`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>Around</title><iframe src="${source}" width="1000" height="900"></iframe>`,
    }),
  );
  await page.goto(`${elsewhere}/around.html`);
  const frame = page.frameLocator('iframe');
  const ready = frame.locator('[data-testid=page][data-phase=ready][data-asking=false]');
  await ready.waitFor({ timeout: 120_000 });
  const own = page.frames().find((each) => each.url().includes('embed'));
  expect(await own?.evaluate(() => [crossOriginIsolated, location.origin === origin])).toEqual([
    false,
    true,
  ]);
  await expect(own?.evaluate(() => localStorage.length) ?? Promise.resolve()).rejects.toThrow(
    /insecure/,
  );
  await expect(frame.locator('.masthead')).toBeHidden();
  await expect(frame.locator('nav')).toBeHidden();
  await frame.getByTestId('teach').click();
  await expect(frame.getByTestId('scrub')).toHaveAttribute('aria-valuenow', '2', {
    timeout: 120_000,
  });
  await ready.waitFor();
  await expect(frame.getByTestId('row-fr')).toBeVisible();
  await expect(frame.locator('.canvas svg').first()).toBeVisible();
});
