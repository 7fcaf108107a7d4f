/** @file Databases that an earlier version of the page left behind, and a browser that stores nothing. */
import type { Page } from '@playwright/test';
import { failingStorage } from '../src/failing-storage.ts';
import { makeOldDatabases } from '../src/storage/old-layout.ts';
import { expect, idle, micro, openScreen, test } from './fixtures.ts';
import { blocked } from './blocked-storage.ts';

/** Everything in the database of today, as earlier versions kept it in three; then that is deleted. */
async function backToOldLayout(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('lethe');
        opening.onsuccess = () => {
          const stores = ['checkpoints', 'states', 'settings', 'facts'];
          const transaction = opening.result.transaction(stores);
          const content: Record<string, [string, unknown][]> = {};
          for (const store of stores) {
            const entries: [string, unknown][] = (content[store] = []);
            transaction.objectStore(store).openCursor().onsuccess = (event) => {
              const cursor = (event.target as IDBRequest<IDBCursorWithValue | null>).result;
              if (!cursor) return;
              entries.push([String(cursor.key), cursor.value]);
              cursor.continue();
            };
          }
          transaction.oncomplete = () => {
            opening.result.close();
            (globalThis as { content?: object }).content = content;
            const removing = indexedDB.deleteDatabase('lethe');
            removing.onsuccess = () => {
              resolve();
            };
            removing.onerror = () => {
              reject(new Error('It could not be deleted.'));
            };
          };
        };
      }),
  );
  await page.evaluate(`(async () => {
    const { checkpoints, states, settings, facts } = globalThis.content;
    await (${makeOldDatabases.toString()})({
      lethe: {
        checkpoints: checkpoints.map(([key, { record }]) => [key, record]),
        states,
        settings: settings.filter(([key]) => !key.startsWith('internal/') && key !== 'manner'),
      },
      'lethe-facts': { facts, settings: settings.filter(([key]) => key === 'manner') },
      'lethe-sweeps': { sweeps: [], rows: [] },
    });
  })()`);
}

const names = (page: Page): Promise<string[]> =>
  page.evaluate(async () =>
    (await indexedDB.databases()).map(({ name }) => name ?? '').filter((name) => name !== 'probe'),
  );

test('whoever comes with the databases of an earlier version keeps everything, and has one', async ({
  page,
}) => {
  await page.goto(`${micro}#steps=2&keep=2`);
  await idle(page);
  await page.getByTestId('teach').click();
  await idle(page);
  await openScreen(page, 'storage');
  await page.getByTestId('notes').fill('What we saw on Tuesday');
  await page.getByTestId('notes').blur();
  await page.getByTestId('screen-lab').click();
  const said = await page.getByTestId('answer-hi').textContent();
  // The page is left, so that it does not open the database meanwhile.
  await page.route('**/nothing', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<link rel="icon" href="data:,">' }),
  );
  await page.goto('./nothing');
  await backToOldLayout(page);
  expect((await names(page)).sort()).toEqual(['lethe', 'lethe-facts', 'lethe-sweeps']);

  await page.goto(micro);
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  await expect(page.getByTestId('checkpoint').nth(1)).toHaveAttribute('aria-current', 'true');
  await expect(page.getByTestId('answer-hi')).toHaveText(said ?? '');
  await openScreen(page, 'storage');
  await expect(page.getByTestId('notes')).toHaveValue('What we saw on Tuesday');
  await expect.poll(() => names(page)).toEqual(['lethe']);
});

test.describe('in a browser that lets the page store nothing', () => {
  test('it says so once, teaches, offers the file, and goes back', async ({ page, context }) => {
    // What blocked site data do: every one of these throws.
    await context.route(/\/assets\/worker-.*\.js/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${blocked}\n${await response.text()}` });
    });
    await page.addInitScript(blocked);
    await page.goto(`${micro}#steps=2&keep=2`);
    await idle(page);
    await expect(page.getByTestId('notice')).toContainText('lets the page store nothing');
    await expect(page.getByTestId('unsaved')).toHaveCount(0);
    await page.getByTestId('teach').click();
    await idle(page);
    const unsaved = page.getByTestId('unsaved');
    await expect(unsaved).toContainText('lets the page store nothing');
    const said = await page.getByTestId('answer-hi').textContent();
    const waiting = page.waitForEvent('download');
    await page.getByTestId('unsaved-download').click();
    const file = await (await waiting).path();
    await page.getByTestId('checkout').first().click();
    await expect(page.getByTestId('checkpoint').first()).toHaveAttribute('aria-current', 'true');
    await page.getByTestId('import').setInputFiles(file);
    await expect(page.getByTestId('checkpoint')).toHaveCount(2);
    await expect(page.getByTestId('answer-hi')).toHaveText(said ?? '');

    await openScreen(page, 'storage');
    await expect(page.getByTestId('stored-checkpoints')).toContainText('store nothing');
    await page.getByTestId('persist').click();
    await expect(page.getByText('This browser can’t promise to keep anything.')).toBeVisible();
    await openScreen(page, 'models');
    await expect(page.getByText('Cannot read properties')).toHaveCount(0);
    await openScreen(page, 'facts');
    await expect(page.getByTestId('facts-failure')).toContainText('store nothing');
  });
});

test('whichever call of the browser’s storage fails, the page teaches, and has it after a reload or says that it has not', async ({
  page,
  context,
}) => {
  let failAt = 0;
  const code = (): string =>
    `{ const failing = (${failingStorage.toString()})(); failing.arm(${failAt}, 'UnknownError'); }`;
  await context.route(/\/assets\/worker-.*\.js/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${code()}\n${await response.text()}` });
  });
  for (const number of [2, 8, 21]) {
    failAt = number;
    await page.goto(`./?model=micro/&turn=${number}#steps=1&keep=2`);
    await idle(page);
    const before = await page.getByTestId('checkpoint').count();
    await page.getByTestId('teach').click();
    await idle(page);
    await expect(page.getByTestId('checkpoint')).toHaveCount(before + 1);
    const isSaved = (await page.getByTestId('unsaved').count()) === 0;
    failAt = 0;
    await page.goto(`./?model=micro/&turn=${number}-again#steps=1&keep=2`);
    await idle(page);
    if (isSaved) expect(await page.getByTestId('checkpoint').count()).toBeGreaterThan(before);
  }
});
