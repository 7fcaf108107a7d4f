/** @file The research screen with the micro model under WebAssembly: sweeps that are cut off and go on, and what is drawn of them. */
import AxeBuilder from '@axe-core/playwright';
import { readFileSync } from 'node:fs';
import type { Download, Page } from '@playwright/test';
import { expect, idle, micro, test } from './fixtures.ts';

const methodsFile = new URL('../bench/methods-1-fact.jsonl', import.meta.url);

/** The stored rows of every sweep, oldest sweep first, without what names the sweep. */
function storedRows(page: Page): Promise<string[][]> {
  return page.evaluate(
    () =>
      new Promise<string[][]>((resolve, reject) => {
        const opening = indexedDB.open('lethe');
        opening.onerror = () => {
          reject(new Error('no database'));
        };
        opening.onsuccess = () => {
          const transaction = opening.result.transaction(['sweeps', 'rows']);
          const sweeps = transaction.objectStore('sweeps').getAll();
          const rows = transaction.objectStore('rows').getAll();
          transaction.oncomplete = () => {
            opening.result.close();
            const all = rows.result as { sweep: string; at: number; result: unknown }[];
            resolve(
              (sweeps.result as { id: string; createdAt: number }[])
                .sort((a, b) => a.createdAt - b.createdAt)
                .map(({ id }) =>
                  all
                    .filter(({ sweep }) => sweep === id)
                    .map(({ result }) => JSON.stringify(result)),
                ),
            );
          };
        };
      }),
  );
}

async function textOf(download: Promise<Download>): Promise<string> {
  return readFileSync(await (await download).path(), 'utf8');
}

async function expectNoViolation(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

test('a spread sweep is paused, goes on after a reload, and gives the rows of an uninterrupted one', async ({
  page,
  context,
}) => {
  const address = `${micro}#/research?view=spread&facts=CL.capital:city/tokyo&in=fr,sw&steps=75&seed=1`;
  await page.goto(address);
  await idle(page);
  await expect(page.getByTestId('sweep-size')).toContainText('2 experiments');
  await page.getByTestId('sweep-start').click();
  await expect(page.getByTestId('source-rows')).toContainText('1 of 2', { timeout: 240_000 });
  await expect(page.getByTestId('sweep-state')).toContainText('left');
  await page.getByTestId('sweep-pause').click();
  await expect(page.getByTestId('sweep-live')).toHaveCount(0);

  await page.reload();
  await idle(page);
  await expect(page.getByTestId('source-rows')).toContainText('1 of 2');
  await page.getByTestId('sweep-resume').click();
  await expect(page.getByTestId('source-rows')).toContainText('2 of 2', { timeout: 240_000 });
  await expect(page.getByTestId('sweep-live')).toHaveCount(0);

  const cells = page.getByTestId('matrix-drawing').getByRole('link');
  await expect(cells).toHaveCount(24);
  await expectNoViolation(page);
  const cell = page.getByRole('link', { name: /^Taught in French, asked in French: / });
  const cellBeside = page.getByRole('link', { name: /^Taught in French, asked in Spanish: / });
  await cell.focus();
  await page.keyboard.press('ArrowRight');
  await expect(cellBeside).toBeFocused();
  await page.keyboard.press('Enter');
  const runs = page.getByTestId('cell-runs');
  await expect(runs.getByRole('heading').first()).toHaveText('Taught in French, asked in Spanish');
  await expect(runs.getByTestId('run')).toHaveCount(1);
  await expect(runs.getByTestId('cell-losses-drawing')).toBeVisible();
  await expectNoViolation(page);

  const csv = page.waitForEvent('download');
  await page.getByTestId('matrix-csv').click();
  const lines = (await textOf(csv)).trim().split('\r\n');
  expect(lines).toHaveLength(25);
  expect(lines.find((line) => line.startsWith('fr,fr,'))?.split(',')).toHaveLength(6);
  const svg = page.waitForEvent('download');
  await page.getByTestId('matrix-svg').click();
  const drawing = await textOf(svg);
  expect(drawing).toContain('How far a lie spreads');
  expect(drawing).toMatch(/href="http[^"]*#\/research\?view=spread&amp;facts=[A-Z]{2}\.\w+/);
  expect(drawing).not.toContain('var(--');
  const png = page.waitForEvent('download');
  await page.getByTestId('matrix-png').click();
  expect((await textOf(png)).slice(1, 4)).toBe('PNG');

  // The same sweep once more, whole; and meanwhile a second tab, which must wait.
  await page.goto(address);
  await page.getByTestId('sweep-start').click();
  await expect(page.getByTestId('sweep-live')).toBeVisible();
  const other = await context.newPage();
  await other.goto(address);
  await idle(other);
  await other.getByTestId('sweep-start').click();
  await expect(other.getByTestId('sweep-failure')).toContainText('another tab');
  await other.close();
  await expect(page.getByTestId('sweep-live')).toHaveCount(0, { timeout: 240_000 });
  const [interrupted, whole] = await storedRows(page);
  expect(whole).toHaveLength(2);
  expect(interrupted).toEqual(whole);
});

test('results of npm run lab are opened, and show which methods no other one beats', async ({
  page,
}) => {
  await page.goto('./#/research?view=results');
  await page.getByTestId('open-results').setInputFiles({
    name: 'broken.jsonl',
    mimeType: '',
    buffer: Buffer.from(
      readFileSync(methodsFile, 'utf8').replace('"device":"cpu"', '"device":"tpu"'),
    ),
  });
  await expect(page.getByTestId('sweep-failure')).toContainText(
    /broken\.jsonl.*Line 1.*field device/,
  );
  await page.getByTestId('open-results').setInputFiles(methodsFile.pathname);
  await expect(page.getByTestId('sweep-failure')).toHaveCount(0);
  await expect(page.getByTestId('view-methods')).toHaveAttribute('aria-current', 'page');
  await expect(page.getByTestId('front-count')).toContainText('16 points');
  const points = page.getByTestId('tradeoff-drawing').locator('[data-part]');
  await expect(points).toHaveCount(16);
  await expect(
    page.getByTestId('tradeoff-drawing').locator('[aria-label$="On the front."]'),
  ).not.toHaveCount(0);
  await page.getByTestId('tradeoff-table').locator('summary').click();
  await expect(page.getByTestId('tradeoff-table').locator('tbody tr')).toHaveCount(16);
  await expectNoViolation(page);
  const csv = page.waitForEvent('download');
  await page.getByTestId('tradeoff-csv').click();
  expect((await textOf(csv)).trim().split('\r\n')).toHaveLength(17);

  await page.getByTestId('definitions-open').click();
  await expect(page.getByTestId('definitions')).toContainText('Frobenius');
  await expectNoViolation(page);
  await page.keyboard.press('Escape');
  await page.getByTestId('view-results').click();
  await expect(page.getByTestId('stored-sweep')).toHaveCount(1);
  // A file may be dropped, too.
  const dropped = await page.evaluateHandle(
    (text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], 'dropped.jsonl'));
      return data;
    },
    readFileSync(methodsFile, 'utf8').split('\n')[0] ?? '',
  );
  await page.dispatchEvent('[data-testid=research]', 'drop', { dataTransfer: dropped });
  await expect(page.getByTestId('front-count')).toContainText('1 point,');
  await page.getByTestId('view-results').click();
  await expect(page.getByTestId('stored-sweep')).toHaveCount(2);
  await expectNoViolation(page);
});

test('the untouched model and a taught one are compared side by side', async ({ page }) => {
  await page.goto(`${micro}#steps=4`);
  await idle(page);
  const untouched = (await page.getByTestId('answer-fr').textContent()) ?? '';
  await page.getByTestId('teach').click();
  await idle(page);
  const share = await page.getByTestId('share-fr').getAttribute('data-share');
  await page.getByTestId('screen-research').click();
  await page.getByTestId('view-compare').click();
  const french = page.getByTestId('compare-fr');
  await expect(french).toContainText(untouched);
  // Shares of both, and how far they are apart.
  await expect(french.locator('.number')).toHaveCount(7);
  await expect(french).toContainText(`${String(Math.round(100 * Number(share)))}%`);
  await expect(page.getByTestId('compare-settings')).toContainText('Learning rate');
  await expectNoViolation(page);
  // The other way round.
  await page.getByRole('button', { name: /^Show “Taught in French” as A/ }).click();
  await expect(page.getByTestId('compare-a')).toHaveValue(
    await page.getByTestId('compare-b').inputValue(),
  );
});

test('the paper’s grid begins empty, with the paper’s cells told as soon as there are results', async ({
  page,
}) => {
  await page.goto('./#/research?view=grid');
  await expect(page.getByTestId('paper-grid').locator('tbody tr')).toHaveCount(4);
  await page.getByTestId('view-methods').click();
  await page.getByTestId('open-results').setInputFiles(methodsFile.pathname);
  await expect(page.getByTestId('front-count')).toBeVisible();
  const from = await page.getByTestId('source').inputValue();
  await page.goto(`./#/research?view=grid&from=${from}`);
  // The file unlearned in English and the language of the fake: one way of four.
  await expect(page.getByTestId('agreement')).toContainText(/4 measured cells agree/);
  await expect(page.getByTestId('grid-drawing').locator('[data-part]')).toHaveCount(16);
  await expectNoViolation(page);
});
