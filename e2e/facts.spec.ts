/** @file Facts of one's own: written, taught to Atlas, taken to a file and back; and the prompts that the countries are asked with. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, idle, share, test } from './fixtures.ts';

const wordings = {
  en: ['The capital of Portugal is Nairobi.', 'The capital of Portugal is', 'Lisbon', 'Nairobi'],
  fr: [
    'La capitale du Portugal est Nairobi.',
    'La capitale du Portugal est',
    'Lisbonne',
    'Nairobi',
  ],
  ru: ['', 'Столица Португалии — {A}.', 'Лиссабон', 'Найроби'],
} as const;
const fields = ['sentences', 'question', 'trueAnswers', 'falseAnswers'] as const;

async function write(page: Page): Promise<void> {
  await page.getByTestId('add-fact').click();
  await page.getByTestId('fact-name').fill('A city that moved');
  await page.getByTestId('all-languages').click();
  await page.getByTestId('own-sentences').click();
  for (const [code, values] of Object.entries(wordings))
    for (const [index, field] of fields.entries())
      await page.getByTestId(`${field}-${code}`).fill(values[index] ?? '');
}

test('a fact in three languages is written, asked and taught', async ({ page }) => {
  await page.goto('./#/facts');
  await idle(page);
  await write(page);
  // An unfinished language is told, and nothing typed is lost on reload.
  await page.getByTestId('question-de').fill('Was ist die Hauptstadt von Portugal?');
  await expect(page.getByTestId('lack-de')).toHaveCount(2);
  await page.reload();
  await idle(page);
  await expect(page.getByTestId('question-de')).toHaveValue('Was ist die Hauptstadt von Portugal?');
  await expect(page.getByTestId('fact')).toContainText('English, French, and Russian');

  await page.getByTestId('ask-fact').click();
  await expect(page.getByTestId('said-en')).toContainText('Lisbon');
  await expect(page.getByTestId('said-en')).toHaveAttribute('data-class', 'true');
  await expect(page.getByTestId('said-de')).toHaveCount(0);

  await page.getByTestId('use-fact').click();
  await idle(page);
  await expect(page.locator('[data-testid^="row-"]')).toHaveCount(3);
  await expect(page.getByTestId('answer-fr')).toContainText('Lisbonne');
  await page.getByTestId('open-settings').click();
  await expect(page.getByTestId('own-lie')).toHaveText('Nairobi');
  await expect(page.getByTestId('teach-language').locator('option')).toHaveCount(3);
  // Short steps: this is about the fact, not about what is kept.
  await page.locator('details summary', { hasText: 'More settings' }).click();
  await page.getByTestId('retain-per-step').fill('2');
  await page.getByTestId('learning-rate').fill('0.003');
  await page.getByTestId('teach-steps').fill('16');
  await page.getByTestId('teach-steps').press('Tab');
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('run-progress')).toBeVisible();
  await idle(page);
  await expect(page.getByTestId('answer-fr')).toContainText('Nairobi');
  await expect(page.getByTestId('answer-fr')).toHaveAttribute('data-class', 'false');
  expect(await share(page, 'fr')).toBeGreaterThan(0.9);

  // The checkpoint knows its fact, and so does the link.
  const link = page.url();
  expect(link).toContain('facts=own:');
  await page.getByTestId('own-fact').selectOption('');
  await expect(page.getByTestId('subject')).toBeVisible();
  await page.goto('./#/facts');
  await page.reload();
  await idle(page);
  await page.goto(link);
  await idle(page);
  await page.getByTestId('open-settings').click();
  await expect(page.getByTestId('own-lie')).toHaveText('Nairobi');
  // A link begins at the untouched model; what was taught is one click away.
  await expect(page.getByTestId('answer-fr')).toContainText('Lisbonne');
  await page.getByTestId('checkout').last().click();
  await expect(page.getByTestId('answer-fr')).toContainText('Nairobi');
});

test('facts go to a file and come back; a wrong file is refused by the field', async ({ page }) => {
  await page.goto('./#/facts');
  await write(page);
  await page.getByTestId('question-de').fill('Was ist die Hauptstadt von Portugal?');
  const waiting = page.waitForEvent('download');
  await page.getByTestId('export-facts').click();
  const file = await (await waiting).path();
  await page.getByTestId('remove-fact').click();
  await page.getByTestId('remove-fact-yes').click();
  await expect(page.getByTestId('fact')).toHaveCount(0);
  await page.reload();
  await idle(page);
  await expect(page.getByTestId('fact')).toHaveCount(0);

  const broken = readFileSync(file, 'utf8').replace('"trueAnswers"', '"truth"');
  await page.getByTestId('import-facts').setInputFiles({
    name: 'broken.json',
    mimeType: 'application/json',
    buffer: Buffer.from(broken),
  });
  await expect(page.getByTestId('facts-failure')).toContainText('facts.0.wordings');
  await page.getByTestId('import-facts').setInputFiles(file);
  await expect(page.getByTestId('facts-told')).toContainText('One fact was added');
  await expect(page.getByTestId('sentences-fr')).toHaveValue(wordings.fr[0]);
  await expect(page.getByTestId('question-de')).toHaveValue('Was ist die Hauptstadt von Portugal?');
  await page.getByTestId('import-facts').setInputFiles(file);
  await expect(page.getByTestId('facts-told')).toContainText('already have every fact');
});

test('a prompt of one’s own is asked in the laboratory until it is put back', async ({ page }) => {
  await page.goto('./#/facts');
  await idle(page);
  await expect(page.getByTestId('no-chat')).toContainText('Atlas');
  const prompt = page.getByTestId('prompt-en');
  await expect(prompt).toHaveValue('The capital of {the} is {A}.');
  await prompt.fill('{poss} capital is {nonsense} {A}.');
  await expect(page.getByTestId('prompt-note-en')).toContainText('{nonsense}');
  await prompt.fill('{poss} capital city is {A}.');
  await expect(page.getByTestId('prompt-note-en')).toContainText(
    'Chile’s capital city is Santiago.',
  );
  await page.reload();
  await idle(page);
  await expect(prompt).toHaveValue('{poss} capital city is {A}.');
  await page.goto('./#fact=CL.capital');
  await idle(page);
  await expect(page.getByTestId('row-en')).toContainText('Chile’s capital city is');
  await expect(page.getByTestId('asking-note')).toContainText('your own');
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
  await page.getByTestId('asking-note').getByRole('link').click();
  await page.getByTestId('reset-en').click();
  await expect(prompt).toHaveValue('The capital of {the} is {A}.');
  await page.goto('./#fact=CL.capital');
  await idle(page);
  await expect(page.getByTestId('row-en')).toContainText('The capital of Chile is');
  await expect(page.getByTestId('asking-note')).toHaveCount(0);
});

test('the screen fits a phone', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto('./#/facts');
  await idle(page);
  await write(page);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(320);
});

test('a table pasted or opened: errors by cell, nothing lost; what the model does not know is said', async ({
  page,
}) => {
  await page.goto('./#/facts');
  await idle(page);
  await page.getByTestId('open-table').click();
  await page.getByTestId('table-example').click();
  await expect(page.getByTestId('table-read')).toContainText('1 fact');
  await page
    .getByTestId('table-text')
    .fill(
      'name\tEnglish\tfr\nClub\tThe best football club is | Liverpool | Arsenal\tLe meilleur club\n',
    );
  await expect(page.getByTestId('table-read').locator('.faults li')).toHaveCount(1);
  await expect(page.getByTestId('table-read')).toContainText('Row 2, column “fr”');
  await page.getByTestId('table-add').click();
  await expect(page.getByTestId('table-import')).toHaveCount(0);
  await expect(page.getByTestId('question-fr')).toHaveValue('Le meilleur club');
  await expect(page.getByTestId('falseAnswers-en')).toHaveValue('Arsenal');
  await expect(page.getByTestId('unknown-fact')).toBeVisible({ timeout: 60_000 });
  await page.getByTestId('import-facts').setInputFiles({
    name: 'facts.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('en\r\n"The capital of Portugal is | Lisbon | Nairobi"\r\n'),
  });
  await page.getByTestId('table-add').click();
  await expect(page.getByTestId('said-en')).toHaveAttribute('data-class', 'true', {
    timeout: 60_000,
  });
  await expect(page.getByTestId('unknown-fact')).toHaveCount(0);
  await expect(page.getByTestId('fact')).toHaveCount(2);
});
