/** @file Every checkpoint gives out the experiment that made it, and the page opens it again. The micro model under WebAssembly. */
import { expect, idle, micro, test } from './fixtures.ts';

interface Written {
  facts: object[];
  teach: { languages: string[]; steps: number };
  unlearn: { method: string; languages: string[]; steps: number } | null;
  seed: number;
}

test('a checkpoint’s experiment is a link and JSON, and can be set up again', async ({ page }) => {
  await page.goto(
    `${micro}#fact=JP.capital&lie=city/berlin&in=de,fr&steps=3&unin=en&by=npo&unsteps=2&keep=4&seed=7`,
  );
  await idle(page);
  await page.getByTestId('teach').click();
  await idle(page);
  await page.getByTestId('unlearn').click();
  await idle(page);

  await page.getByTestId('experiment').nth(2).click();
  const shared = page.getByTestId('experiment-of');
  const link = (await shared.getByTestId('copy-link-of').getAttribute('data-link')) ?? '';
  const json = (await shared.getByTestId('copy-json-of').getAttribute('data-json')) ?? '';
  const { facts, teach, unlearn, seed } = JSON.parse(json) as Written;
  expect(facts).toEqual([expect.objectContaining({ falseObject: 'city/berlin' })]);
  expect(teach).toMatchObject({ languages: ['de', 'fr'], steps: 3 });
  expect(unlearn).toMatchObject({ method: 'npo', languages: ['en'], steps: 2 });
  expect(seed).toBe(7);
  await expect(page.getByTestId('checkpoint').nth(2)).not.toContainText('only the last run');

  // The lesson's own checkpoint has unlearned nothing.
  await page.getByTestId('experiment').nth(1).click();
  await expect(shared).toHaveCount(2);
  const lesson = page.getByTestId('experiment-of').getByTestId('copy-json-of').first();
  expect(
    (JSON.parse((await lesson.getAttribute('data-json')) ?? '') as Written).unlearn,
  ).toBeNull();

  // Another set-up, and back to the experiment of the checkpoint.
  await page.goto(`${micro}#fact=CL.capital&lie=city/rome&in=sw`);
  await idle(page);
  await page.getByTestId('use-experiment-of').last().click();
  await idle(page);
  await expect(page).toHaveURL(/facts=JP\.capital:city\/berlin&teach\.languages=de,fr/);

  // On another machine the link sets up the same: the page writes it as the same JSON.
  await page.goto('about:blank');
  await page.goto(link);
  await idle(page);
  await page.getByTestId('open-settings').click();
  await page.getByText('More settings').click();
  await page.getByTestId('experiment-json').click();
  const written = await page.getByTestId('experiment-text').inputValue();
  expect(JSON.parse(written)).toEqual(JSON.parse(json));
});
