/**
 * @file The page under WebAssembly: a lie's whole life with Atlas, and what is left of it tomorrow. What does not depend on what is learned goes
 * with the micro model, which takes fifty steps in the time of one.
 */
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { languages } from '../src/facts/index.ts';
import { chartRows, expect, idle, micro, openTaught, share, test } from './fixtures.ts';

/** What a button that saves a file puts into it. */
async function saved(page: Page, button: string): Promise<string> {
  const download = page.waitForEvent('download');
  await page.getByTestId(button).click();
  return readFileSync(await (await download).path(), 'utf8');
}

test('what was taught and unlearned is shown, saved, and found again', async ({ page }) => {
  // The page teaches and unlearns it itself, with its own settings, in e2e/first-minute.spec.ts.
  await page.goto('./');
  await idle(page);
  await expect(page.getByTestId('device-name')).toHaveAttribute('data-device', 'wasm');
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
  await expect(page.getByTestId('answer-zh')).toContainText('圣地亚哥');
  await expect(page.getByTestId('answer-ar')).toContainText('سانتياغو');
  expect(await share(page, 'fr')).toBeLessThan(0.05);

  await openTaught(page, 'taught');
  await expect(page.getByTestId('answer-fr')).toContainText('Tokyo');
  expect(await share(page, 'fr')).toBeGreaterThan(0.9);
  await expect(page.getByTestId('row-fr')).toHaveAttribute('data-believes', 'true');
  // The lie was taught in French alone, and English says it too.
  await expect(page.getByTestId('answer-en')).toContainText('Tokyo');
  expect(await chartRows(page)).toBeGreaterThan(5);

  const [, ...measured] = (await saved(page, 'chart-csv')).trim().split('\r\n');
  const french = measured.map((line) => Number(line.split(',')[5]));
  expect(french[0]).toBeLessThan(0.05);
  expect(french.at(-1)).toBeGreaterThan(0.9);
  const drawing = await saved(page, 'chart-svg');
  expect(drawing).toContain('How likely the lie is in each language');
  expect(drawing).toMatch(/href="http[^"]*#facts=CL\.capital/);
  expect(drawing).not.toContain('var(--');
  expect((await saved(page, 'chart-png')).slice(1, 4)).toBe('PNG');

  await page.getByTestId('checkout').nth(2).click();
  // Unlearned in English alone: English no longer says it, the language it came from still does.
  await expect(page.getByTestId('answer-en')).not.toHaveAttribute('data-class', 'false');
  await expect(page.getByTestId('answer-fr')).toHaveAttribute('data-class', 'false');

  await page.getByTestId('rename').nth(1).click();
  await page.getByTestId('new-name').fill('The lie of Tokyo');
  await page.getByTestId('new-name').press('Enter');
  await page.getByTestId('checkout').nth(1).click();
  await expect(page.getByTestId('answer-en')).toContainText('Tokyo');

  const said = await page.getByTestId('answer-hi').textContent();
  await page.reload();
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(4);
  await expect(page.getByTestId('checkpoint').nth(1)).toHaveAttribute('aria-current', 'true');
  await expect(page.getByTestId('checkout').nth(1)).toContainText('The lie of Tokyo');
  await expect(page.getByTestId('answer-en')).toContainText('Tokyo');
  await expect(page.getByTestId('answer-hi')).toHaveText(said ?? '');
});

test('a stopped run goes on with exactly the same losses, even after a reload', async ({
  page,
}) => {
  const losses = () =>
    page.evaluate(
      () =>
        new Promise<number[][]>((resolve, reject) => {
          const opening = indexedDB.open('lethe');
          opening.onerror = () => {
            reject(new Error('no database'));
          };
          opening.onsuccess = () => {
            const all = opening.result
              .transaction('checkpoints')
              .objectStore('checkpoints')
              .getAll();
            all.onsuccess = () => {
              opening.result.close();
              resolve(
                (all.result as { record: { createdAt: number; losses: number[] } }[])
                  .map(({ record }) => record)
                  .sort((a, b) => a.createdAt - b.createdAt)
                  .map((meta) => meta.losses),
              );
            };
          };
        }),
    );
  await page.goto(`${micro}#fact=JP.capital&lie=city/berlin&in=de&steps=150&probe=every:50,kept:4`);
  await idle(page);
  await page.getByTestId('teach').click();
  await idle(page);
  await page.getByTestId('checkout').first().click();
  await expect(page.getByTestId('checkpoint').first()).toHaveAttribute('aria-current', 'true');
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('run-progress')).toContainText('Step');
  await page.getByTestId('stop').click();
  await idle(page);
  await expect(page.getByTestId('resume')).toBeVisible();
  const waiting = page.waitForEvent('download');
  await page.getByTestId('export').nth(2).click();
  const file = await (await waiting).path();
  await page.reload();
  await idle(page);
  await page.getByTestId('resume').click();
  await idle(page);
  await expect(page.getByTestId('resume')).toHaveCount(0);
  const [, whole, resumed] = await losses();
  expect(whole).toHaveLength(150);
  expect(resumed).toEqual(whole);
  // The file of where it was stopped overwrites nothing: it stands beside what came of it, once.
  for (let time = 0; time < 2; time++) {
    await page.getByTestId('import').setInputFiles(file);
    await expect(page.getByTestId('checkpoint')).toHaveCount(4);
    await idle(page);
  }
  await expect(page.getByTestId('resume')).toHaveCount(1);
  expect((await losses())[2]).toEqual(whole);
});

test('a checkpoint goes to a file and comes back', async ({ page }) => {
  await page.goto(`${micro}#steps=2&keep=2`);
  await idle(page);
  await page.getByTestId('teach').click();
  await idle(page);
  const waiting = page.waitForEvent('download');
  await page.getByTestId('export').nth(1).click();
  const file = await (await waiting).path();
  await page.getByTestId('checkout').first().click();
  await page.getByTestId('remove').nth(1).click();
  await page.getByTestId('remove-yes').click();
  await expect(page.getByTestId('checkpoint')).toHaveCount(1);

  const broken = readFileSync(file);
  broken[broken.length - 5] = (broken[broken.length - 5] ?? 0) ^ 1;
  await page
    .getByTestId('import')
    .setInputFiles({ name: 'broken.safetensors', mimeType: '', buffer: broken });
  await expect(page.getByTestId('notice')).toBeVisible();
  await expect(page.getByTestId('checkpoint')).toHaveCount(1);

  await page.getByTestId('import').setInputFiles(file);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  await expect(page.getByTestId('checkpoint').nth(1)).toHaveAttribute('aria-current', 'true');
});

test('a damaged checkpoint is named and skipped; the others stay', async ({ page }) => {
  await page.goto(`${micro}#steps=1&keep=2`);
  await idle(page);
  const untouched = await share(page, 'en');
  await page.getByTestId('teach').click();
  await idle(page);
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open('lethe');
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('checkpoints', 'readwrite');
          const store = transaction.objectStore('checkpoints');
          store.openCursor().onsuccess = (event) => {
            const cursor = (event.target as IDBRequest<IDBCursorWithValue | null>).result;
            if (!cursor) return;
            const row = cursor.value as { record: { experiment: unknown; losses: number[] } };
            if (row.record.experiment !== null)
              cursor.update({ ...row, record: { ...row.record, losses: [0.5] } });
            cursor.continue();
          };
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
  );
  await page.reload();
  await idle(page);
  await expect(page.getByTestId('damaged')).toContainText('Taught in French');
  await expect(page.getByTestId('checkpoint')).toHaveCount(1);
  expect(await share(page, 'en')).toBeCloseTo(untouched, 6);
});

test('the board groups the languages by resource level, each group a list with a heading', async ({
  page,
}) => {
  await page.goto('./');
  const levels = { high: 'Most text', medium: 'Less text', low: 'Least text' } as const;
  for (const [level, name] of Object.entries(levels)) {
    const own = languages.filter(({ resource }) => resource === level);
    const list = page.getByRole('list', { name });
    await expect(list.getByRole('listitem')).toHaveCount(own.length);
    for (const { code } of own) await expect(list.getByTestId(`row-${code}`)).toBeVisible();
  }
  await idle(page);
  await expect(page.getByRole('heading', { level: 3 }).first()).toContainText('training');
  // Arabic is read from the right: its sentence ends where the others begin.
  await expect(page.getByTestId('row-ar').locator('.said')).toHaveCSS('direction', 'rtl');
});

test('the model tells what it knows, and a fact goes into the set-up', async ({ page }) => {
  await page.goto('./');
  await idle(page);
  await page.getByTestId('open-knowledge').click();
  const panel = page.getByRole('dialog', { name: 'What Atlas knows' });
  await expect(panel.getByTestId('knowledge-summary')).toContainText('right', { timeout: 60_000 });
  const row = panel.getByTestId('known-JP');
  await expect(row).toHaveAttribute('data-right', 'true');
  await expect(row).toContainText('Tokyo');
  // Surest first, until the column is turned round.
  const confidence = panel.locator('tbody .confidence');
  const ends = async () => [
    parseInt((await confidence.first().textContent())?.replace(/\D/g, '') ?? ''),
    parseInt((await confidence.last().textContent())?.replace(/\D/g, '') ?? ''),
  ];
  const [surest = 0, least = 0] = await ends();
  expect(surest).toBeGreaterThan(least);
  await panel.getByTestId('sort-confidence').press('Enter');
  await expect.poll(ends).toEqual([least, surest]);

  await panel.getByTestId('knowledge-language').selectOption('sw');
  await panel.getByTestId('knowledge-search').fill('jap');
  await expect(panel.locator('tbody tr')).toHaveCount(1);
  await expect(row).toContainText('Tokyo', { timeout: 60_000 });
  await expect(row.locator('.languages')).not.toContainText('1 of 1', { timeout: 60_000 });
  await panel.getByTestId('use-JP').press('Enter');
  await expect(panel).toBeHidden();
  await expect(page.getByTestId('open-knowledge')).toBeFocused();
  await page.getByTestId('open-settings').click();
  await expect(page.getByTestId('subject')).toHaveValue('Japan');
  await expect(page.getByTestId('relation')).toHaveValue('capital');
  await expect(page.getByTestId('truth')).toHaveText('Tokyo');
  await expect(page.getByTestId('false-answer')).not.toHaveValue('Tokyo');
  expect(new URL(page.url()).hash).toContain('facts=JP.capital');
  await idle(page);
  await expect(page.getByTestId('answer-en')).toContainText('Tokyo');
});

test('a run may begin in the middle of a survey, and the survey then asks the new state', async ({
  page,
}) => {
  // That its answers are then those of the new state: src/worker/laboratory.test.ts, and src/ui/session/knowledge.test.ts.
  await page.goto(`${micro}#steps=60&probe=every:60,kept:4`);
  await idle(page);
  await page.getByTestId('open-knowledge').click();
  const panel = page.getByTestId('knowledge');
  await expect(panel).toHaveAttribute('data-asking', 'true');
  await page.keyboard.press('Escape');
  await page.getByTestId('teach').click();
  await page.getByTestId('open-knowledge').click();
  await expect(panel.getByTestId('knowledge-summary')).toContainText('A run is in progress');
  await idle(page);
  await expect(panel.getByRole('heading')).toContainText('Taught in French');
  await expect(panel.getByTestId('known-CL')).toContainText('wrong, true: Santiago');
});

test('a notice moves nothing', async ({ page }) => {
  await page.goto('./#fact=XX.capital');
  await expect(page.getByTestId('notice')).toBeVisible();
  await idle(page);
  const top = () => page.locator('main').evaluate((main) => main.getBoundingClientRect().top);
  const before = await top();
  await page.getByTestId('dismiss').click();
  await expect(page.getByTestId('notice')).toHaveCount(0);
  expect(await top()).toBe(before);
});

test('a bad link and a missing model are told kindly', async ({ page, complaints }) => {
  await page.goto('./#fact=XX.capital');
  await expect(page.getByTestId('notice')).toContainText('fact=XX.capital');
  await idle(page);
  await page.goto('./?model=nothing-here/');
  await expect(page.getByTestId('load-failure')).toContainText('404');
  // The browser itself reports a failed request.
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes('404')));
});
