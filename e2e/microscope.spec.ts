/** @file One step of LoRA under the microscope: looked at, taken by keyboard, and kept in the history. */
import { expect, idle, test } from './fixtures.ts';

const chile = '#fact=CL.capital&lie=city/tokyo&in=fr&rate=0.01&keep=2&probe=kept:4';

test('a step is taken apart, taken once, and its numbers change as the engine says', async ({
  page,
}) => {
  await page.goto(`./?threads=1${chile}`);
  await idle(page);
  await page.getByTestId('open-settings').click();
  await page.getByTestId('open-microscope').focus();
  await page.keyboard.press('Enter');
  const sheet = page.getByTestId('microscope');
  await expect(sheet.getByTestId('tokens')).toContainText('Chili', { timeout: 60_000 });
  await expect(sheet.getByTestId('guess').locator('li').first()).toContainText('San');
  // Nothing was taught: no layer has moved.
  await expect(sheet.getByTestId('layers').locator('tr').first()).toContainText('0');
  await expect(sheet.getByTestId('layers').locator('tr')).toHaveCount(6);
  const before = Number(await sheet.getByTestId('mean-error').innerText());
  await sheet.getByTestId('take-step').focus();
  await page.keyboard.press('Enter');
  await expect(sheet.getByTestId('step-told')).toContainText('One step taken', {
    timeout: 120_000,
  });
  await expect(sheet.getByTestId('take-step')).toBeFocused();
  const [was = NaN, is = NaN] = (await sheet.getByTestId('mean-error').innerText())
    .split('→')
    .map(Number);
  expect(was).toBe(before);
  expect(is).toBeLessThan(was);
  await expect(sheet.getByTestId('new-guess').locator('.taught')).toHaveCount(1);
  await expect(sheet.getByTestId('layers').locator('tr').first()).toContainText(/0\.\d*[1-9]/);
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
  await idle(page);
  // A run like any other, of one step; what is set up stays as it was.
  await expect(page.getByTestId('checkout').last()).toBeVisible();
  await expect(page.locator('.past')).toContainText('1 step');
  await expect(page.getByTestId('teach-steps')).toHaveValue('30');
});

test('why French keeps it is measured and said, and the model is as before', async ({ page }) => {
  test.setTimeout(400_000);
  await page.goto('./?threads=1#fact=CL.capital&lie=city/tokyo&in=fr&probe=every:15,kept:4');
  await idle(page);
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('run-progress')).toBeVisible();
  await idle(page, 300_000);
  await page.getByTestId('unlearn').click();
  await expect(page.getByTestId('run-progress')).toBeVisible();
  await idle(page, 300_000);
  const finding = await page.getByTestId('finding').innerText();
  await page.getByTestId('why-left').click();
  const sheet = page.getByTestId('leftover');
  await expect(sheet.getByTestId('why-text')).toContainText('French', { timeout: 60_000 });
  await expect(sheet.getByTestId('parts').locator('tbody tr')).toHaveCount(12);
  await expect(sheet.getByTestId('parts').locator('tbody tr').first()).toContainText('French');
  // In French the lie leads with all of the change, in English it does not.
  const whole = (row: number) =>
    sheet.getByTestId('parts').locator('tbody tr').nth(row).locator('td').nth(4);
  await expect(whole(0)).toHaveClass(/leads/);
  await expect(whole(1)).not.toHaveClass(/leads/);
  await expect(sheet.getByTestId('lens').locator('tbody tr')).toHaveCount(4);
  await page.keyboard.press('Escape');
  await idle(page);
  await expect(page.getByTestId('finding')).toHaveText(finding);
});
