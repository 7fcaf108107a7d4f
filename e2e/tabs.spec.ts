/** @file Two tabs of one browser: they share a history, take turns, and tell each other. With the micro model. */
import { expect, idle, test } from './fixtures.ts';

test('one tab runs at a time, the other is told so and sees what came of it', async ({
  page: first,
  context,
}) => {
  const link = './?model=micro/&device=wasm&threads=1#steps=2000&rate=0.0001';
  await first.goto(link);
  // In a window of its own: a tab behind another draws no frames, and neither a click nor a key may reach it.
  const opened = context.waitForEvent('page');
  await first.evaluate((url) => window.open(url, '', 'popup,noopener,width=1366,height=768'), link);
  const second = await opened;
  await idle(first);
  await idle(second);
  // Both made sure that there is an untouched model to begin with: there is one.
  await expect(first.getByTestId('checkpoint')).toHaveCount(1);
  await expect(second.getByTestId('checkpoint')).toHaveCount(1);

  await first.getByTestId('teach').click();
  await expect(first.getByTestId('run-progress')).toContainText('Step');
  await second.getByTestId('teach').click();
  await expect(second.getByTestId('notice')).toContainText('Another tab');
  await idle(second);
  await second.getByTestId('dismiss').click();
  await second.getByTestId('rename').first().click();
  await second.getByTestId('new-name').fill('Mine');
  await second.getByTestId('new-name').press('Enter');
  await expect(second.getByTestId('notice')).toContainText('Another tab');

  await first.getByTestId('stop').click();
  await idle(first);
  await expect(second.getByTestId('checkpoint')).toHaveCount(2);

  // A stopped run goes on in one tab only.
  await second.getByTestId('resume').click();
  await expect(second.getByTestId('run-progress')).toContainText('Step');
  await first.getByTestId('resume').click();
  await expect(first.getByTestId('notice')).toContainText('Another tab');
  await second.getByTestId('stop').click();
  await idle(second);

  await first.getByTestId('rename').first().click();
  await first.getByTestId('new-name').fill('Where it began');
  await first.getByTestId('new-name').press('Enter');
  await expect(second.getByTestId('checkout').first()).toContainText('Where it began');
  await second.reload();
  await idle(second);
  await expect(second.getByTestId('checkpoint')).toHaveCount(2);
  await expect(second.getByTestId('damaged')).toHaveCount(0);
});

test('an experiment goes to another browser as text, and gives the same numbers there', async ({
  page,
  browser,
  baseURL,
}) => {
  const link = '?model=micro/&device=wasm&threads=1#steps=6&rate=0.01&keep=2';
  await page.goto(`./${link}`);
  await idle(page);
  await page.getByTestId('open-settings').click();
  await page.getByText('More settings').click();
  await page.getByTestId('also-de').check({ force: true });
  await page.getByTestId('truthful-language').selectOption('en');
  await page.getByTestId('truthful-share').fill('25');
  await page.getByTestId('truthful-share').blur();
  await page.getByTestId('add-fact').click();
  await expect(page.getByTestId('other-fact')).toHaveCount(1);
  await page.getByTestId('experiment-json').click();
  const text = await page.getByTestId('experiment-text').inputValue();
  expect(JSON.parse(text)).toMatchObject({
    together: true,
    teach: { languages: ['fr', 'de'], truthful: { language: 'en', share: 0.25 } },
  });
  const shares = (from: typeof page) =>
    from
      .locator('[data-share]')
      .evaluateAll((bars) => bars.map((bar) => bar.getAttribute('data-share')));
  await page.getByTestId('teach').click();
  await idle(page);
  await expect(page.getByTestId('other-facts').locator('li')).toHaveCount(1);
  const measured = await shares(page);
  expect(measured.length).toBeGreaterThan(5);

  const elsewhere = await (await browser.newContext({ baseURL: baseURL ?? '' })).newPage();
  await elsewhere.goto('./?model=micro/&device=wasm&threads=1');
  await idle(elsewhere);
  await elsewhere.getByTestId('open-settings').click();
  await elsewhere.getByText('More settings').click();
  await elsewhere.getByTestId('experiment-json').click();
  await elsewhere.getByTestId('experiment-text').fill(text.replace('"steps": 6', '"steps": 0'));
  await elsewhere.getByTestId('use-experiment').click();
  await expect(elsewhere.getByTestId('experiment-refused')).toContainText('teach.steps');
  await elsewhere.getByTestId('experiment-text').fill(text);
  await elsewhere.getByTestId('use-experiment').click();
  expect(new URL(elsewhere.url()).hash).toBe(new URL(page.url()).hash);
  await idle(elsewhere);
  await elsewhere.getByTestId('teach').click();
  await idle(elsewhere);
  expect(await shares(elsewhere)).toEqual(measured);
});
