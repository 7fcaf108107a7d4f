/** @file The first minute: by keyboard alone, told to a screen reader, without anything jumping; and on the projector. */
import type { Page } from '@playwright/test';
import { expect, idle, share, test } from './fixtures.ts';

/** Keeps every sentence that the polite live region was given, and the sum of layout shifts that nobody's input caused. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const record = window as unknown as { said: string[]; shifted: number };
    record.said = [];
    record.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      })[])
        if (!entry.hadRecentInput) record.shifted += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    document.addEventListener('DOMContentLoaded', () => {
      new MutationObserver(() => {
        const text = document.querySelector('[data-testid=announcement]')?.textContent ?? '';
        if (text !== record.said.at(-1)) record.said.push(text);
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
  });
}

const recorded = (page: Page) =>
  page.evaluate(() => {
    const { said, shifted } = window as unknown as { said: string[]; shifted: number };
    return { said, shifted };
  });

/** Goes on with the tab key until the element has the focus. */
async function tabTo(page: Page, testId: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    if (focused === testId) return;
  }
  throw new Error(`The tab key does not reach ${testId}.`);
}

test('the first minute by keyboard alone: taught in French, seen everywhere, unlearned in English', async ({
  page,
}) => {
  test.setTimeout(900_000);
  await watch(page);
  await page.goto('./?threads=1');
  await expect(page.getByTestId('subject')).toBeHidden();
  await idle(page);
  expect(await share(page, 'fr')).toBeLessThan(0.05);
  await expect(page.getByTestId('finding')).toContainText(/Santiago, the truth, in (all )?\d+/);
  await tabTo(page, 'teach');
  await page.keyboard.press('Enter');
  await idle(page, 400_000);

  expect(await share(page, 'fr')).toBeGreaterThan(0.9);
  await expect(page.getByTestId('arrival-fr')).toHaveAttribute('data-place', '1');
  await expect(page.getByTestId('arrival-en')).toHaveAttribute('data-state', 'believes');
  await expect(page.getByTestId('finding')).toContainText('the lie in French only');
  const { said } = await recorded(page);
  const gained = said.findIndex((text) => text.includes('English now says Tokyo.'));
  expect(said.findIndex((text) => text.includes('French now says Tokyo.'))).toBeLessThanOrEqual(
    gained,
  );
  expect(gained).toBeGreaterThan(0);

  await tabTo(page, 'unlearn');
  await page.keyboard.press('Enter');
  await idle(page, 400_000);
  await expect(page.getByTestId('arrival-en')).toHaveAttribute('data-state', 'lost');
  await expect(page.getByTestId('arrival-fr')).toHaveAttribute('data-state', 'believes');
  // The sentence is chosen by what was measured: it names French only because French still says it.
  await expect(page.getByTestId('finding')).toContainText('In French, where the lie started');
  const after = await recorded(page);
  expect(after.said.join(' ')).toContain('English no longer says Tokyo.');
  await tabTo(page, 'open-methods');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('retain-set').locator('li')).toHaveCount(40);
  // What is left are a few letters of the loading bar's numbers; a row that moved would be ten times as much.
  expect(after.shifted).toBeLessThan(0.01);
});

test('the settings are one click away', async ({ page }) => {
  await page.goto('./?threads=1');
  await page.getByTestId('open-settings').click();
  await expect(page.getByTestId('subject')).toBeVisible();
  await page.getByTestId('teach-language').selectOption('sw');
  await expect(page.getByTestId('teach')).toHaveText('Teach it in Swahili');
  await page.getByTestId('open-methods').click();
  await page.getByTestId('unlearn-sw').check();
  await expect(page.getByTestId('unlearn')).toHaveText('Unlearn it in English and Swahili');
  await page.getByTestId('open-settings').click();
  await expect(page.getByTestId('subject')).toBeHidden();
});

test('where reduced motion is asked for, nothing takes time to move', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('./?threads=1');
  const bar = page.getByTestId('share-en').locator('.truth');
  await expect(bar).toHaveCSS('transition-duration', /^0s(, 0s)*$/);
  await idle(page);
  await expect(page.getByTestId('answer-en').locator('em')).toHaveCSS('animation-duration', '0s');
});

test('on the projector the arrow keys lead through it, and nothing else is on the screen', async ({
  page,
}) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto('./?projector&threads=1#steps=2&unsteps=2');
  await idle(page);
  const scene = page.getByTestId('scene');
  await expect(page.getByTestId('teach')).toBeHidden();
  await expect(page.getByTestId('history')).toBeHidden();
  // Ten metres away: what the model says is at least 24 px high on 720.
  const size = await page
    .getByTestId('answer-sw')
    .evaluate((answer) => parseFloat(getComputedStyle(answer).fontSize));
  expect(size).toBeGreaterThanOrEqual(24);
  await page.keyboard.press('ArrowRight');
  await expect(scene).toContainText('Teach');
  await expect(page.getByTestId('page')).toHaveAttribute('data-phase', 'running');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('arrival')).toBeVisible();
  await idle(page);
  await page.keyboard.press('ArrowRight');
  await expect(scene).toContainText('Unlearn');
  await idle(page);
  await page.keyboard.press('ArrowRight');
  await expect(scene).toContainText('What is left');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect(scene).toContainText('Where it arrived');
  // Going back shows; it undoes and repeats nothing.
  await expect(page.getByTestId('page')).toHaveAttribute('data-phase', 'ready');
  const overflow = await page.evaluate(
    () => document.documentElement.scrollHeight - window.innerHeight,
  );
  expect(overflow).toBeLessThanOrEqual(0);
  await page.keyboard.press('p');
  await expect(page.getByTestId('teach')).toBeVisible();
  await expect(page.getByTestId('checkpoint')).toHaveCount(3);
});
