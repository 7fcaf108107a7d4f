/** @file `?embed` in a frame of another origin: not isolated, without storage, without masthead; it asks and teaches all the same. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { blocked } from './blocked-storage.ts';
import { expect, test } from './fixtures.ts';

/** A page around the frame, from a server of its own: a page that only the browser makes up may open none on this computer. */
async function around(source: string): Promise<{ origin: string; close: () => void }> {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(
      `<!doctype html><title>Around</title><link rel="icon" href="data:,"><iframe src="${source}" width="1000" height="900"></iframe>`,
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${String(port)}`, close: () => server.close() };
}

test('in a frame of another origin, with storage blocked, it asks, teaches and draws', async ({
  page,
  context,
  baseURL,
  friends,
}) => {
  await context.addInitScript(blocked);
  await context.route(/\/assets\/worker-.*\.js/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${blocked}\n${await response.text()}` });
  });
  const source = `${baseURL ?? ''}?embed&model=micro/&threads=1#steps=2&keep=0&probe=kept:4`;
  const outer = await around(source);
  friends.push(outer.origin);
  await page.goto(outer.origin);
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
  outer.close();
});
