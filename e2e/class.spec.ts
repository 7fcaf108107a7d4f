/** @file For a class: the link as a QR code, hands and codes counted beside the result, the result as a picture, and a surprise. */
import { readFileSync } from 'node:fs';
import { expect, idle, micro, test } from './fixtures.ts';

test('on the projector: QR code, hands, codes, the result beside the guess, and its picture', async ({
  page,
}) => {
  await page.goto(`${micro}#fact=CL.capital&lie=city/tokyo&in=fr&steps=2&keep=0&probe=kept:4`);
  await idle(page);
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('checkout').nth(1)).toBeVisible();
  await idle(page);
  await page.getByTestId('projector').click();
  await page.getByTestId('open-class').click();
  const sheet = page.getByTestId('class');
  await expect(sheet.getByTestId('qr').locator('path')).toHaveAttribute('d', /^M4 4h1/);
  await expect(sheet.getByTestId('class-link')).toContainText('#facts=CL.capital');
  await sheet.getByTestId('pupils').fill('30');
  await sheet.getByTestId('hands-en').fill('20');
  await sheet.getByTestId('hands-en').press('Tab');
  await expect(sheet.getByTestId('class-verdict')).toContainText('of 12 languages');
  await sheet.getByTestId('codes').fill('2222 XXXX');
  await sheet.getByTestId('add-codes').click();
  await expect(sheet.getByTestId('codes-told')).toContainText('XXXX');
  const saved = page.waitForEvent('download');
  await sheet.getByTestId('save-card').click();
  const bytes = readFileSync(await (await saved).path());
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  expect(bytes.readUInt32BE(16)).toBe(1200);
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
  // What was counted is still there.
  await page.getByTestId('open-class').click();
  await expect(sheet.getByTestId('hands-en')).toHaveValue('20');
  // Also when the page is loaded again, until it is cleared.
  await page.reload();
  await idle(page);
  await page.getByTestId('projector').click();
  await page.getByTestId('open-class').click();
  await expect(sheet.getByTestId('hands-en')).toHaveValue('20');
  await expect(sheet.getByTestId('pupils')).toHaveValue('30');
  await sheet.getByTestId('clear-tally').click();
  await expect(sheet.getByTestId('hands-en')).toHaveValue('0');
  await page.reload();
  await idle(page);
  await page.getByTestId('projector').click();
  await page.getByTestId('open-class').click();
  await expect(sheet.getByTestId('hands-en')).toHaveValue('0');
});

test('a pupil’s guess has a code, and a surprise sets a fact up that the model knows', async ({
  page,
}) => {
  await page.goto('./?threads=1#/lessons?lesson=spread');
  await idle(page);
  await page.getByTestId('guess-en').check();
  await page.getByTestId('keep-guess').click();
  await expect(page.getByTestId('guess-code')).toContainText(/[2-9A-HJ-NP-Z]{4}$/);
  await page.goto('./?threads=1#');
  await idle(page);
  const before = page.url();
  await page.getByTestId('open-settings').click();
  await page.getByTestId('surprise').click();
  await expect.poll(() => page.url(), { timeout: 60_000 }).not.toBe(before);
  await idle(page);
  await expect(page.getByTestId('finding')).toContainText('the truth');
});
