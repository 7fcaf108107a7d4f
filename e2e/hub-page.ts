/** @file The screen of models beside a server that speaks the Hub's paths. */
import type { Page } from '@playwright/test';
import { idle, test as base } from './fixtures.ts';
import { HubServer } from './hub-server.ts';

export const test = base.extend<{ hub: HubServer }>({
  hub: async ({ context, friends, forgiven }, use) => {
    const hub = new HubServer();
    await hub.start();
    friends.push(hub.origin);
    // As if the visitor had agreed to it; `origins.spec.ts` tests that nothing is asked before.
    await context.addInitScript((origin) => {
      sessionStorage.setItem('lethe/origins', JSON.stringify([origin]));
    }, hub.origin);
    // Chromium writes every failed request to the console; the tests bring such about.
    forgiven.push(/^Failed to load resource/);
    await use(hub);
    await hub.stop();
  },
});

export async function openModels(page: Page, hub: HubServer, query = ''): Promise<void> {
  await page.goto(`./?hub=${hub.origin}&threads=1&model=micro${query}#/models`);
  await idle(page);
}

export async function lookUp(page: Page, id: string): Promise<void> {
  await page.getByTestId('hub-id').fill(id);
  await page.getByTestId('look-up').click();
}
