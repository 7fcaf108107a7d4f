/** @file The script that the engine's worker starts with, as a test answers it; other chunks are called worker, too. */
import type { Page, Route } from '@playwright/test';

export const workerScripts = /assets\/worker-[^/]*\.js$/;

/** Answers requests for the worker's script by `answer`, which is given what the site has there. */
export async function routeWorker(
  page: Page,
  answer: (route: Route, script: string) => Promise<void>,
): Promise<void> {
  await page.route(workerScripts, async (route) => {
    const response = await route.fetch();
    const body = await response.text();
    const isEntry = /import\([`"']\.\/laboratory-/.test(body);
    await (isEntry ? answer(route, body) : route.fulfill({ response, body }));
  });
}
