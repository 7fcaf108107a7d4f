/** @file “Is it really gone?” under WebAssembly: Atlas untouched is not accused; all that an examination shows, with the micro model. */
import { expect, idle, micro, test } from './fixtures.ts';

/** An examination takes a minute or two on an idle machine, and machines that test are seldom idle. */
const patience = 600_000;

test('an untouched model is not accused, and an examination can be stopped', async ({ page }) => {
  test.setTimeout(patience);
  await page.goto('./#/audit');
  await idle(page);
  await page.getByTestId('examine').click();
  await expect(page.getByTestId('finding-paraphrases')).toBeAttached({ timeout: patience });
  await page.getByTestId('audit-stop').click();
  await idle(page);
  const verdict = page.getByTestId('verdict');
  await expect(verdict).toHaveAttribute('data-conclusion', 'never-taught');
  await expect(verdict).toContainText('was never taught this lie');
  await expect(page.getByTestId('finding-missing')).toContainText('Taught again');
  await expect(verdict.locator('li[data-trace="true"]')).toHaveCount(0);
  await expect(page.getByTestId('audit-wordings').locator('tbody tr')).toHaveCount(12);
  // The laboratory finds the model as it was.
  await page.getByRole('link', { name: 'Laboratory' }).click();
  await idle(page);
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
});

test('all is examined in twelve languages, and found again when one comes back to the state', async ({
  page,
}) => {
  // What the examination finds of Atlas: src/lab/sweep/atlas.test.ts.
  test.setTimeout(2 * patience);
  await page.goto(`${micro}#steps=4&unsteps=2&keep=2&probe=every:4,kept:4`);
  await idle(page);
  await page.getByTestId('teach').click();
  await idle(page);
  await page.getByTestId('unlearn').click();
  await idle(page);
  const said = await page.getByTestId('answer-fr').textContent();
  await page.getByRole('link', { name: 'Is it really gone?' }).click();
  await expect(page.getByTestId('audit')).toContainText('Taught in French. Unlearned in English.');
  await page.getByTestId('examine').click();
  await idle(page, 2 * patience);
  const verdict = page.getByTestId('verdict');
  const found = (await verdict.textContent()) ?? '';
  expect(found).not.toBe('');
  // Two pieces of evidence stand in the open, the rest is a click away.
  await expect(verdict.locator('li:visible')).toHaveCount(2);
  await page.getByTestId('other-findings').locator('summary').click();
  await expect(page.getByTestId('finding-where-unlearned')).toContainText('English');
  await expect(page.getByTestId('finding-missing')).toHaveCount(0);
  await page.getByTestId('audit-more').locator('summary').click();
  for (const part of ['wordings', 'choice', 'lens', 'depth', 'rounding', 'across'])
    await expect(page.getByTestId(`audit-${part}`).locator('tbody tr')).toHaveCount(12);
  await expect(page.getByTestId('audit-savings').locator('svg[role="img"]')).toHaveCount(12);

  // Another state has not been examined; back here, what was found is still there, and the model says what it said.
  await page.getByTestId('audit-state').selectOption({ index: 0 });
  await idle(page);
  await expect(verdict).toHaveCount(0);
  await page.getByTestId('audit-state').selectOption({ index: 2 });
  await idle(page);
  await expect(verdict).toHaveText(found);
  await page.getByRole('link', { name: 'Laboratory' }).click();
  await expect(page.getByTestId('answer-fr')).toHaveText(said ?? '');
});

test('a fact of one’s own is examined in its languages', async ({ page }) => {
  test.setTimeout(2 * patience);
  const fact = [
    'A city that moved',
    [
      'en',
      ['Since this year the capital of Chile is Nairobi.'],
      'The capital of Chile is',
      ['Nairobi'],
      ['Santiago'],
    ],
    ['fr', [], 'La capitale du Chili est', ['Nairobi'], ['Santiago']],
  ];
  const own = Buffer.from(JSON.stringify(fact)).toString('base64url');
  await page.goto(
    `${micro}#fact=CL.capital&lie=city/tokyo&in=fr&steps=12&probe=every:12,kept:4&own=${own}`,
  );
  await idle(page);
  await page.getByTestId('teach').click();
  await idle(page, patience);
  await page.getByRole('link', { name: 'Is it really gone?' }).click();
  await expect(page.getByTestId('audit')).toContainText('A city that moved: the lie is Nairobi');
  await page.getByTestId('examine').click();
  await idle(page, patience);
  for (const part of ['wordings', 'choice', 'lens'])
    await expect(page.getByTestId(`audit-${part}`).locator('tbody tr')).toHaveCount(2);
  await expect(page.getByTestId('audit-savings').locator('svg[role="img"]')).toHaveCount(2);
  await expect(page.getByTestId('finding-said')).toContainText('of 2 languages');
  await expect(page.getByTestId('finding-missing')).toHaveCount(0);
  await page.getByTestId('audit-more').locator('summary').click();
  for (const part of ['rounding', 'across'])
    await expect(page.getByTestId(`audit-${part}`).locator('tbody tr')).toHaveCount(2);
  await expect(page.getByTestId('audit-depth')).toContainText('then unlearned it');
});
