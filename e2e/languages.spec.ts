/** @file The page in other languages than English: Arabic from the right, switching in the middle of a run, and all twelve without overflow. */
import AxeBuilder from '@axe-core/playwright';
import { languageCodes } from '../src/facts/index.ts';
import { faults } from '../tools/overflow/faults.ts';
import { expect, idle, micro, openTaught, test } from './fixtures.ts';

test('the first minute in Arabic', async ({ page }) => {
  await page.goto('./?lang=ar');
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
  await expect(page.locator('html')).toHaveAttribute('lang', 'ar');
  await idle(page);
  await openTaught(page, 'taught');
  await expect(page.getByTestId('row-en')).toHaveAttribute('data-believes', 'true');
  // A little more of the same: a run that is stopped ends, too.
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('run-progress')).toBeVisible();
  await page.getByTestId('stop').click();
  await idle(page);
  await expect(page.getByTestId('row-en')).toHaveAttribute('data-believes', 'true');
  // The end of a run is told to a screen reader in Arabic.
  await expect(page.getByTestId('announcement')).toHaveText(/\p{Script=Arabic}/u);
  await expect(page.getByTestId('finding')).toContainText('طوكيو');
  // The set-up stands on the right, the order of arrival on the left; time in the chart still runs to the right.
  const left = async (id: string) => (await page.getByTestId(id).first().boundingBox())?.x ?? NaN;
  expect(await left('teach')).toBeGreaterThan(await left('chart'));
  await expect(page.getByTestId('chart').locator('.canvas')).toHaveCSS('direction', 'ltr');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  expect(await page.evaluate(faults)).toEqual([]);
});

test('the language changes during a run: the run goes on, the choice is kept', async ({ page }) => {
  await page.goto(`${micro}#steps=2000&rate=0.0001`);
  await idle(page);
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('page')).toHaveAttribute('data-phase', 'running');
  await page.getByTestId('page-language').selectOption('de');
  await expect(page.getByTestId('screen-lab')).toHaveText('Labor');
  await expect(page.getByTestId('page-language')).toBeFocused();
  await expect(page.getByTestId('page')).toHaveAttribute('data-phase', 'running');
  await page.getByTestId('stop').click();
  await idle(page);
  await page.reload();
  await expect(page.getByTestId('screen-lab')).toHaveText('Labor');
});

test.describe('in a browser that asks for Swahili', () => {
  test.use({ locale: 'sw-KE' });

  test('the first visit is in Swahili', async ({ page }) => {
    await page.goto('./');
    await expect(page.locator('html')).toHaveAttribute('lang', 'sw');
  });
});

test.describe('a language that cannot be fetched', () => {
  test.use({ forgiven: [/Failed to load resource/] });

  test('leaves the page as it was, and this is said', async ({ page }) => {
    await page.goto('./');
    await idle(page);
    const before = await page.getByTestId('screen-lab').textContent();
    // Whatever chunk is fetched from now on is lost.
    await page.route('**/assets/*.js', (route) => route.abort());
    await page.getByTestId('page-language').selectOption('tr');
    await expect(page.getByTestId('notice')).toBeVisible();
    await expect(page.getByTestId('screen-lab')).toHaveText(before ?? '');
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    await expect(page.getByTestId('page-language')).toHaveValue('en');
  });
});

test('in every language the laboratory fits a laptop and a narrow phone', async ({ page }) => {
  // What is looked at here is the page around the model; `npm run overflow` looks at all of it.
  await page.route('**/model.onnx', () => undefined);
  const found: string[] = [];
  for (const code of languageCodes) {
    await page.goto(`./?lang=${code}`);
    await expect(page.locator('html')).toHaveAttribute('lang', code);
    await page.locator('#content').waitFor();
    // A letter whose font is still on its way has another width.
    await page.evaluate(() => Promise.all([...document.fonts].map((face) => face.load())));
    for (const width of [1366, 320]) {
      await page.setViewportSize({ width, height: 768 });
      // What is drawn by its size follows a frame later.
      await page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
      );
      for (const fault of await page.evaluate(faults)) found.push(`${code}, ${width} px: ${fault}`);
    }
  }
  expect(found).toEqual([]);
});
