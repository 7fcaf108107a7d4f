/** @file What the browser stores: taken to another one in a file, and what happens when there is no room for more. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, idle, micro, openScreen, test } from './fixtures.ts';

async function teach(page: Page): Promise<void> {
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('run-progress')).toBeVisible();
  await idle(page);
}

test('a session goes into a file and into another browser, and a damaged record spoils no other', async ({
  page,
  browser,
  baseURL,
}) => {
  await page.goto(`${micro}#steps=2&keep=2`);
  await idle(page);
  await teach(page);
  const said = await page.getByTestId('answer-hi').textContent();
  await openScreen(page, 'storage');
  await page.getByTestId('notes').fill('What we saw on Tuesday');
  await page.getByTestId('notes').blur();
  const waiting = page.waitForEvent('download');
  await page.getByTestId('save-session').click();
  const path = await (await waiting).path();
  await expect(page.getByTestId('session-digest')).toHaveText(/^[0-9a-f]{64}$/);
  const bytes = readFileSync(path);

  const elsewhere = await browser.newContext({ baseURL: baseURL ?? '', serviceWorkers: 'block' });
  const other = await elsewhere.newPage();
  await other.goto(micro);
  await idle(other);
  await openScreen(other, 'storage');

  const broken = Buffer.from(bytes);
  // In the list at the front first, then before its content.
  const at = broken.indexOf('Taught in French', broken.indexOf('PK\u0007\u0008')) + 2000;
  broken[at] = (broken[at] ?? 0) ^ 1;
  const open = other.getByTestId('open-session');
  await open.setInputFiles({ name: 'broken.zip', mimeType: '', buffer: broken });
  await expect(other.getByTestId('session-damaged')).toContainText('Taught in French');
  await expect(other.getByTestId('session-report')).toHaveAttribute('data-whole', 'false');
  await expect(other.getByTestId('notes')).toHaveValue('What we saw on Tuesday');

  await open.setInputFiles(path);
  await expect(other.getByTestId('session-report')).toHaveAttribute('data-whole', 'true');
  await expect(other.getByTestId('session-damaged')).toHaveCount(0);
  await other.getByTestId('screen-lab').click();
  await other.getByTestId('checkout').filter({ hasText: 'Taught in French' }).click();
  await expect(other.getByTestId('answer-hi')).toHaveText(said ?? '');
  await elsewhere.close();
});

test('what is stored can be deleted, one by one and all of a kind, but not what is in use', async ({
  page,
}) => {
  await page.goto(`${micro}#steps=1&keep=2`);
  await idle(page);
  await teach(page);
  await page.getByTestId('checkout').first().click();
  await expect(page.getByTestId('checkpoint').first()).toHaveAttribute('aria-current', 'true');
  await openScreen(page, 'storage');
  const kind = page.getByTestId('stored-checkpoints');
  await expect(kind).not.toHaveAttribute('data-bytes', '0');
  await kind.locator('summary').click();
  await expect(kind.getByRole('listitem')).toHaveCount(2);
  await kind.getByRole('button', { name: /Delete “Taught in French/ }).click();
  await kind.getByTestId('remove-yes').click();
  await expect(kind.getByRole('listitem')).toHaveCount(1);
  // What is left is in use: there is nothing to delete.
  await expect(page.getByTestId('remove-all-checkpoints')).toHaveCount(0);
  await page.getByTestId('screen-lab').click();
  await expect(page.getByTestId('checkpoint')).toHaveCount(1);
});

test('a long history can be thinned: what was named stays, and the ends', async ({ page }) => {
  await page.goto(`${micro}#steps=1&keep=2`);
  await idle(page);
  for (let run = 0; run < 5; run++) {
    await teach(page);
    await expect(page.getByTestId('checkpoint')).toHaveCount(run + 2);
  }
  await page.getByTestId('rename').nth(2).click();
  await page.keyboard.type('The one to keep');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('checkout').nth(2)).toContainText('The one to keep');
  await openScreen(page, 'storage');
  await page.getByTestId('thin-out').click();
  await expect(page.getByTestId('thin')).toContainText('States to delete: 3.');
  await page.getByTestId('thin-yes').click();
  await expect(page.getByTestId('thin')).toHaveCount(0);
  await page.getByTestId('screen-lab').click();
  await expect(page.getByTestId('checkpoint')).toHaveCount(3);
  await expect(page.getByTestId('checkpoint').nth(2)).toHaveAttribute('aria-current', 'true');
  await expect(page.getByTestId('checkout').nth(1)).toContainText('The one to keep');
});

test('that room runs out is said while there is some', async ({ page }) => {
  // Chromium's quota can be set in a test, but its estimate does not follow.
  await page.addInitScript(() => {
    navigator.storage.estimate = () => Promise.resolve({ usage: 900_000, quota: 1_000_000 });
  });
  await page.goto('./');
  await idle(page);
  await expect(page.getByTestId('notice')).toContainText('100 kB left for this page');
  await openScreen(page, 'storage');
  await expect(page.getByTestId('space')).toHaveText('900 kB used, 100 kB left');
});

test('a full quota loses nothing: the run is kept in memory, saved to a file, and stored when there is room', async ({
  page,
  context,
  baseURL,
}) => {
  const { origin } = new URL(baseURL ?? '');
  const devtools = await context.newCDPSession(page);
  // Little room from the start: Chromium goes by the room that it has seen within the last half minute, unless more is asked for.
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 2_000_000 });
  await page.goto(`${micro}#steps=2&keep=2`);
  await idle(page);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
  await expect(async () => {
    expect(await page.evaluate(storeSomething)).toBe('QuotaExceededError');
  }).toPass({ timeout: 90_000, intervals: [0] });
  await teach(page);
  const unsaved = page.getByTestId('unsaved');
  await expect(unsaved).toContainText('Taught in French');
  await expect(page.getByTestId('checkpoint').nth(1)).toHaveAttribute('aria-current', 'true');
  const said = await page.getByTestId('answer-en').textContent();

  const waiting = page.waitForEvent('download');
  await page.getByTestId('unsaved-download').click();
  const file = await (await waiting).path();
  await page.getByTestId('unsaved-retry').click();
  await expect(page.getByTestId('notice')).toContainText('no space left');
  await expect(unsaved).toBeVisible();
  // Another checkpoint and back: it is still there.
  await page.getByTestId('checkout').first().click();
  await expect(page.getByTestId('checkpoint').first()).toHaveAttribute('aria-current', 'true');
  await page.getByTestId('checkout').nth(1).click();
  await expect(page.getByTestId('answer-en')).toHaveText(said ?? '');

  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  await page.getByTestId('unsaved-retry').click();
  await expect(unsaved).toHaveCount(0);
  await page.reload();
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  await expect(page.getByTestId('checkpoint').nth(1)).toHaveAttribute('aria-current', 'true');
  await expect(page.getByTestId('answer-en')).toHaveText(said ?? '');
  // The file that was saved meanwhile is the same checkpoint.
  await page.getByTestId('import').setInputFiles(file);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
});

/** Runs in the page: stores a little in a database of its own, and tells how that went. */
function storeSomething(): Promise<string> {
  return new Promise((resolve) => {
    const opening = indexedDB.open('probe', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('store');
    opening.onerror = () => {
      resolve(opening.error?.name ?? '');
    };
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction('store', 'readwrite');
      transaction.objectStore('store').put(new Uint8Array(200_000), 'key');
      const end = (how: string) => () => {
        database.close();
        resolve(transaction.error?.name ?? how);
      };
      transaction.oncomplete = end('stored');
      transaction.onabort = end('ended');
    };
  });
}
