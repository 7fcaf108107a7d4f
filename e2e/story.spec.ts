/** @file The article: every figure runs on Atlas, its caption says what is to be seen, and the laboratory is as the reader left it. */
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { blocked } from './blocked-storage.ts';
import { expect, idle, test } from './fixtures.ts';

const figure = (page: Page, id: string): Locator => page.getByTestId(`figure-${id}`);
const caption = (page: Page, id: string): Locator => page.getByTestId(`caption-${id}`);

/** Runs a figure to its end. */
async function run(page: Page, id: string): Promise<void> {
  await page.getByTestId(`run-${id}`).click();
  await expect(figure(page, id)).toHaveAttribute('data-state', 'running');
  // Never two at once.
  for (const other of ['ask', 'both'].filter((each) => each !== id))
    await expect(page.getByTestId(`run-${other}`)).toHaveAttribute('aria-disabled', 'true');
  await expect(figure(page, id)).toHaveAttribute('data-state', 'whole', { timeout: 400_000 });
  await idle(page);
}

/** Languages of a figure's table in which a column says the lie. */
function sayersIn(page: Page, id: string, column: number): Promise<string[]> {
  return figure(page, id)
    .getByTestId('boards')
    .locator('tbody tr')
    .evaluateAll(
      (rows, at) =>
        rows.flatMap((row) => {
          const cells = row.querySelectorAll('td');
          const name = row.querySelector('th')?.textContent ?? '';
          return cells[at]?.classList.contains('lie') ? [name] : [];
        }),
      column,
    );
}

/** What the laboratory shows of the reader's own work. */
async function work(page: Page) {
  await idle(page);
  return {
    finding: await page.getByTestId('finding').textContent(),
    says: await page.getByTestId('row-sw').textContent(),
    here: await page
      .getByTestId('checkpoint')
      .evaluateAll((all) => all.findIndex((each) => each.ariaCurrent === 'true')),
    address: new URL(page.url()).hash,
  };
}

test('each figure says what it showed, and the laboratory is as it was', async ({ page }) => {
  test.setTimeout(900_000);
  await page.goto('./?threads=1#facts=JP.capital:city/berlin&teach.languages=de&teach.steps=2');
  await idle(page);
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  const before = await work(page);
  expect(before.here).toBe(1);

  await page.evaluate(() => {
    location.hash = '#/story?steps=16';
  });
  await expect(page.getByRole('heading', { name: 'One lie, twelve languages' })).toBeVisible();
  await expect(page.getByTestId('screen-lessons')).toHaveAttribute('aria-current', 'true');

  await run(page, 'ask');
  const right = await figure(page, 'ask').locator('[data-class=true]').count();
  await expect(caption(page, 'ask')).toContainText(
    right === 12 ? 'in all 12 languages' : right === 0 ? 'in none of' : `in ${right} of 12`,
  );

  await run(page, 'teach');
  const french = figure(page, 'teach').getByTestId('row-fr');
  const says = await figure(page, 'teach').locator('[data-believes=true]').count();
  const learned = (await french.getAttribute('data-believes')) === 'true';
  await expect(caption(page, 'teach')).toContainText(
    !learned
      ? 'even in French'
      : says === 12
        ? 'all 11 others'
        : says === 1
          ? 'in no other language'
          : `in ${says - 1} other`,
  );
  await expect(figure(page, 'teach').getByTestId('chart')).toBeVisible();

  await run(page, 'letters');
  const [taughtFrench, taughtChinese] = [
    await sayersIn(page, 'letters', 0),
    await sayersIn(page, 'letters', 1),
  ];
  expect(taughtFrench).toHaveLength(says);
  const told = await caption(page, 'letters').textContent();
  if (!learned || !taughtChinese.includes('Chinese')) expect(told).toContain('little to compare');
  else {
    expect(told).toContain(`${taughtFrench.length - 1} of 11`);
    if (taughtFrench.length !== taughtChinese.length)
      expect(told).toContain(`it reaches ${taughtChinese.length - 1}.`);
  }

  await run(page, 'english');
  // The lesson before it was there already: its column is that of the figure before.
  expect(await sayersIn(page, 'english', 0)).toEqual(expect.arrayContaining(taughtFrench));
  const left = await sayersIn(page, 'english', 1);
  const english = await caption(page, 'english').textContent();
  if (!learned) expect(english).toContain('nothing to unlearn');
  else if (left.includes('English')) expect(english).toContain('even English');
  else if (left.length === 0) expect(english).toContain('none of the twelve');
  else expect(english).toContain('English no longer says Tokyo');
  expect(english?.includes('isn’t alone')).toBe(
    left.includes('French') && left.length > 1 && !left.includes('English'),
  );

  await expect(figure(page, 'both').getByTestId('paper-grid')).toBeVisible();
  await expect(figure(page, 'both').getByTestId('yours-both-own')).toHaveCount(0);
  await run(page, 'both');
  const yours = await figure(page, 'both').locator('[data-testid^=yours-both-]').allTextContents();
  expect(yours).toHaveLength(4);
  const still = yours.reduce((sum, text) => sum + Number(/\d+/.exec(text)?.[0]), 0);
  const both = await caption(page, 'both').textContent();
  if (learned)
    expect(both).toContain(`English and French left it in ${still === 0 ? 'none' : still}`);
  if (learned) expect(both).toContain(`left it in ${left.length} of 12`);

  // Whoever goes to the laboratory finds it where it was, with the figures' runs beside their own.
  await page.getByTestId('story-to-laboratory').click();
  expect(await work(page)).toEqual(before);
  expect(await page.getByTestId('checkpoint').count()).toBeGreaterThan(2);
});

test('a figure pressed too early begins when it can, is stopped by keyboard, and ends when one leaves', async ({
  page,
}) => {
  test.setTimeout(400_000);
  await page.goto('./?threads=1#/story');
  await page.getByTestId('run-teach').click();
  await expect(page.getByTestId('status-teach')).toContainText('isn’t ready yet');
  const stop = figure(page, 'teach').getByTestId('stop');
  await expect(stop).toBeVisible({ timeout: 120_000 });
  // The focus goes with the button that was pressed.
  await expect(stop).toBeFocused();
  await expect(figure(page, 'teach').getByTestId('run-progress')).toContainText('Step');
  await page.keyboard.press('Enter');
  await expect(figure(page, 'teach')).toHaveAttribute('data-state', 'stopped', {
    timeout: 120_000,
  });
  await expect(caption(page, 'teach')).toContainText('proves nothing yet');
  await expect(page.getByTestId('run-teach')).toBeFocused();
  await idle(page);
  await page.keyboard.press('Enter');
  await expect(figure(page, 'teach').getByTestId('run-progress')).toContainText('Step');
  await page.getByTestId('screen-lab').click();
  await idle(page);
  // The untouched model, asked about the lie that was set up.
  await expect(page.getByTestId('checkpoint').first()).toHaveAttribute('aria-current', 'true');
  await expect(page.getByTestId('finding')).toContainText('the truth');
});

test('without storage, in the dark, on a phone and in Arabic it is whole, and axe finds nothing', async ({
  page,
}) => {
  test.setTimeout(400_000);
  await page.addInitScript(blocked);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('./?threads=1&lang=ar#/story?steps=2');
  await idle(page);
  await expect(page.getByTestId('story-language')).toBeVisible();
  await expect(page.locator('article')).toHaveAttribute('lang', 'en');
  await expect(page.locator('article')).toHaveCSS('direction', 'ltr');
  await run(page, 'ask');
  await run(page, 'english');
  await expect(caption(page, 'english')).not.toBeEmpty();
  const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(await sideways()).toBeLessThanOrEqual(0);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([]);
  }
});

test('it is in German for who reads German, and the foot of every screen leads to it', async ({
  page,
}) => {
  await page.goto('./?model=micro/&threads=1&lang=de');
  await page.getByTestId('to-story').click();
  await expect(page.getByRole('heading', { name: 'Eine Lüge, zwölf Sprachen' })).toBeVisible();
  await expect(page.locator('article')).toHaveAttribute('lang', 'de');
  await expect(page.getByTestId('story-language')).toHaveCount(0);
  expect(await page.evaluate(() => scrollY)).toBe(0);
  // Another model is in use: the figures say so, and offer to load Atlas.
  await expect(page.getByTestId('story-atlas')).toHaveCount(5);
  await idle(page);
  await page.getByTestId('story-atlas').first().click();
  await expect(page.getByTestId('run-ask')).toBeVisible();
  await page.getByTestId('screen-lessons').click();
  await page.getByTestId('story-link').click();
  await expect(page.getByTestId('story')).toBeVisible();
});
