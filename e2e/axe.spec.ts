/** @file Nothing for axe to find, in any state of any screen, light and dark; and no sideways scrolling at 320 px. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { screens } from '../src/ui/address/screens.ts';
import { expect, idle, micro, test } from './fixtures.ts';

/** What axe finds in both colour schemes, in words. */
async function findings(page: Page, state: string): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    // Colours that fade from one scheme to the other are none of either.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const axe = new AxeBuilder({ page });
    // In the dark nothing differs but the colours.
    if (colorScheme === 'dark') axe.withRules('color-contrast');
    const { violations } = await axe.analyze();
    for (const { id, nodes } of violations)
      for (const { target, failureSummary } of nodes)
        found.push(
          `${state}, ${colorScheme}: ${id} at ${target.join(' ')}: ${failureSummary ?? ''}`,
        );
  }
  return found;
}

for (const { id: screen } of screens)
  test(`the screen “${screen}”, ready, and at 320 px`, async ({ page }) => {
    // What Atlas says stands on the laboratory's screen alone; the others are looked at beside a model that is loaded faster.
    await page.goto(screen === 'lab' ? './' : `./?model=micro/#/${screen}`);
    await idle(page);
    await expect(page.locator('#content')).toBeVisible();
    expect(await findings(page, 'ready')).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await findings(page, '320 px')).toEqual([]);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(sideways).toBeLessThanOrEqual(0);
  });

test('the laboratory while it loads, when it cannot, and when a link is bad', async ({
  page,
  complaints,
}) => {
  await page.route('**/model.onnx', () => undefined);
  await page.goto('./#fact=XX.capital');
  await expect(page.getByTestId('loading')).toBeVisible();
  expect(await findings(page, 'loading, with a notice')).toEqual([]);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.goto('./?model=nothing-here/');
  await expect(page.getByTestId('load-failure')).toBeVisible();
  expect(await findings(page, 'failed')).toEqual([]);
  // The browser itself reports a failed request.
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes('404')));
});

test('the laboratory during a run, after it, and with all that can be opened open', async ({
  page,
}) => {
  await page.goto(`${micro}#steps=2000&rate=0.0001`);
  await idle(page);
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('run-progress')).toBeVisible();
  expect(await findings(page, 'running')).toEqual([]);
  await page.getByTestId('stop').click();
  await idle(page);
  await page.getByTestId('open-settings').click();
  await page.getByTestId('open-methods').click();
  for (const summary of await page.locator('summary').all()) await summary.click();
  expect(await findings(page, 'after, all open')).toEqual([]);
  await page.getByTestId('checkout').first().click();
  await expect(page.getByTestId('checkpoint').first()).toHaveAttribute('aria-current', 'true');
  await page.getByTestId('remove').nth(1).click();
  await page.getByTestId('rename').first().click();
  expect(await findings(page, 'about to delete and to rename')).toEqual([]);
  await page.getByTestId('open-knowledge').click();
  await expect(page.getByTestId('knowledge-summary')).toContainText('right', { timeout: 60_000 });
  expect(await findings(page, 'what it knows')).toEqual([]);
});

test('the storage screen with a question open', async ({ page }) => {
  await page.goto('./?model=micro/#/storage');
  await idle(page);
  await page.getByTestId('remove-all-settings').click();
  for (const summary of await page.locator('summary').all()) await summary.click();
  expect(await findings(page, 'about to delete')).toEqual([]);
});
