/** @file An engine that does not start, or breaks down: nobody waits for ever, and what was measured is there. */
import type { Page, Route } from '@playwright/test';
import { expect, idle, test as base } from './fixtures.ts';
import { routeWorker, workerScripts } from './worker-script.ts';

const test = base.extend({
  forgiven: async ({}, use) =>
    use([/Failed to load resource/, /MIME type/, /unreachable/, /broken on purpose/]),
});

/** The engine breaks down as WebAssembly does that was aborted. */
async function breakDown(page: Page): Promise<void> {
  const worker = page.workers().at(-1);
  if (!worker) throw new Error('The page has no worker.');
  await worker.evaluate(() => {
    setTimeout(() => {
      throw new WebAssembly.RuntimeError('unreachable');
    });
  });
}

const answers: [what: string, files: RegExp, answer: (route: Route) => Promise<void>][] = [
  [
    'the worker is not there',
    workerScripts,
    (route) => route.fulfill({ status: 404, body: 'not found' }),
  ],
  [
    'its engine is not there, as after an update',
    /assets\/laboratory-[^/]*\.js$/,
    (route) => route.fulfill({ status: 404, body: 'not found' }),
  ],
  [
    'a web page stands in the place of its engine',
    /assets\/laboratory-[^/]*\.js$/,
    (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><p>Sign in' }),
  ],
  [
    'it throws while it starts',
    workerScripts,
    (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        body: 'throw new Error("broken on purpose")',
      }),
  ],
];

for (const [what, files, answer] of answers)
  test(`${what}: the page says so, and loads once it is there`, async ({ page, complaints }) => {
    if (files === workerScripts) await routeWorker(page, answer);
    else await page.route(files, answer);
    await page.goto('./?threads=1');
    const failure = page.getByTestId('load-failure');
    await expect(failure).toContainText('part of the page is missing');
    await page.unroute(files);
    await page.getByTestId('reload').click();
    await idle(page);
    await expect(page.getByTestId('answer-en')).toContainText('Santiago');
    // What the worker threw was thrown on purpose.
    complaints.splice(0, complaints.length);
  });

test('an engine that breaks down in a run is started anew, and the run goes on to its end', async ({
  page,
  complaints,
}) => {
  await page.goto('./?threads=1#steps=8&keep=2&probe=every:2,kept:4');
  await idle(page);
  await page.getByTestId('teach').click();
  // After a measurement that was stored, and before the end.
  await expect(page.getByTestId('run-progress')).toContainText(/Step [3-6]/, { timeout: 60_000 });
  await breakDown(page);
  await expect(page.getByTestId('notice')).toContainText('was started again', { timeout: 60_000 });
  await idle(page, 200_000);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  await expect(page.getByTestId('resume')).toHaveCount(0);
  complaints.splice(0, complaints.length);
});

test('an engine that breaks down while idle is there again for the next question', async ({
  page,
  complaints,
}) => {
  await page.goto('./?threads=1#steps=2');
  await idle(page);
  await breakDown(page);
  await expect(page.getByTestId('notice')).toContainText('was started again', { timeout: 60_000 });
  await page.getByTestId('teach').click();
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  complaints.splice(0, complaints.length);
});
