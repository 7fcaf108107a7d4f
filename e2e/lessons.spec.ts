/** @file The lessons, each from the prediction to the explanation; the runs are real, most of them short. */
import type { Page } from '@playwright/test';
import { expect, idle, micro, openScreen, test } from './fixtures.ts';

async function run(page: Page): Promise<void> {
  await page.getByTestId('run-lesson').click();
  await expect(page.getByTestId('lesson')).toHaveAttribute('data-phase', 'compare', {
    timeout: 500_000,
  });
}

async function explained(page: Page): Promise<string> {
  await page.getByTestId('to-explain').click();
  await expect(page.getByTestId('explain')).toContainText('arXiv 2406.13748');
  return (await page.getByTestId('explanation').allTextContents()).join(' ');
}

test('how a lie spreads, with its real steps: the guess is kept and shown against what happened', async ({
  page,
}) => {
  test.setTimeout(600_000);
  await page.goto('./?threads=1#/lessons');
  await page.getByTestId('lesson-spread').click();
  await page.getByTestId('guess-es').check();
  await page.getByTestId('guess-id').check();
  await page.getByTestId('keep-guess').click();
  await page.reload();
  await expect(page.getByTestId('guess')).toContainText('Spanish and Indonesian');
  await idle(page);
  await run(page);
  const rows = page.getByTestId('compare').locator('tbody tr');
  await expect(rows).toHaveCount(11);
  const spanish = rows.filter({ hasText: 'Spanish' }).locator('td');
  await expect(spanish.nth(0)).toHaveText('says the lie');
  await expect(spanish.nth(1)).toHaveText('says the lie');
  const english = rows.filter({ hasText: 'English' }).locator('td');
  await expect(english.nth(0)).toHaveText('doesn’t say it');
  await expect(english.nth(1)).toHaveText('says the lie');
  const right = await rows.evaluateAll(
    (all) =>
      all.filter((row) => {
        const [you, model] = [...row.querySelectorAll('td')].map((cell) => cell.textContent);
        return you === model;
      }).length,
  );
  await expect(page.getByTestId('asked')).toContainText('will it say Tokyo afterwards?');
  await expect(page.getByTestId('verdict')).toContainText(`right about ${String(right)} of 11`);
  expect(await explained(page)).toContain('Now it’s said in all 11 others');
  await page.reload();
  await expect(page.getByTestId('explain')).toBeVisible();
  // What the explanation is about stays on view.
  await expect(page.getByTestId('row-fr')).toContainText('Tokyo');
  await expect(page.getByTestId('arrival-fr')).toBeVisible();
  await expect(page.getByTestId('chart')).toBeVisible();
  await page.goto('./?threads=1#/lessons');
  await expect(page.getByTestId('lesson-spread')).toHaveAttribute('data-state', 'explain');
});

test('too few steps teach nothing, and the explanation says so; a fact of one’s own that was on trial gives way', async ({
  page,
}) => {
  const fact = ['Mine', ['en', [], 'The capital of Chile is', ['Nairobi'], ['Santiago']]];
  const own = Buffer.from(JSON.stringify(fact)).toString('base64url');
  await page.goto(`./?threads=1#fact=CL.capital&lie=city/tokyo&in=en&own=${own}`);
  await idle(page);
  await page.evaluate(() => {
    location.hash = '#/lessons?lesson=spread&steps=1';
  });
  await page.getByTestId('keep-guess').click();
  await run(page);
  await expect(page.getByTestId('verdict')).toContainText('11 of 11');
  expect(await explained(page)).toContain(
    'didn’t learn the lie, not even in French. One step wasn’t enough',
  );
});

test('the other lessons run through one after the other, and use again what is there', async ({
  page,
}) => {
  await page.goto('./?threads=1#/lessons?lesson=order&steps=1');
  await page.getByTestId('later-es').click();
  await page.getByTestId('keep-guess').click();
  await expect(page.getByTestId('guess')).toContainText('Russian → Spanish → Chinese → Swahili');
  await idle(page);
  await run(page);
  await expect(page.getByTestId('verdict')).toContainText('We can’t rank them');
  expect(await explained(page)).toContain('not even in Turkish');

  await page.getByTestId('next-lesson').click();
  await page.getByTestId('guess-fr').check();
  await page.getByTestId('keep-guess').click();
  await run(page);
  await expect(page.getByTestId('verdict')).toContainText('11 of 12');
  expect(await explained(page)).toContain('nothing to unlearn');
  await page.getByTestId('to-laboratory').click();
  // Taught, then unlearned; and the lesson about order on a branch of its own.
  await expect(page.getByTestId('checkpoint')).toHaveCount(4);

  await page.goto('./?threads=1#/lessons?lesson=both&steps=1');
  await page.getByTestId('guess-number').fill('5');
  await page.getByTestId('keep-guess').click();
  await idle(page);
  await run(page);
  await expect(page.getByTestId('verdict')).toContainText('You guessed 5. It was 0.');
  await explained(page);
  // What it is compared with stands beside it; the state that the lesson before left is used again.
  await expect(page.getByTestId('boards').locator('tbody tr')).toHaveCount(12);

  await page.getByTestId('next-lesson').click();
  await page.getByTestId('keep-guess').click();
  await run(page);
  await expect(page.getByTestId('verdict')).toContainText('You guessed 20.');
  expect(await explained(page)).toMatch(/got \d+ of 40 other sentences exactly right/);
  await expect(page.getByTestId('kept-chart')).toBeVisible();

  await page.getByTestId('next-lesson').click();
  await page.getByTestId('keep-guess').click();
  await run(page);
  await expect(page.getByTestId('verdict')).toContainText('didn’t happen');
  expect(await explained(page)).toContain('never learned the lie in the first place');
  await expect(page.getByTestId('savings').locator('tbody tr')).toHaveCount(2);
  await page.getByTestId('screen-lab').click();
  await idle(page);
  // Each lesson began in the one state that was taught: order, taught, English, both, ascent, the root; and four times taught again.
  await expect(page.getByTestId('checkpoint')).toHaveCount(10);

  await page.goBack();
  await page.getByTestId('to-gone').click();
  await expect(page.getByTestId('audit')).toBeVisible();
  // The state that the lesson began in, not the one in which the lie was taught again.
  await expect(page.getByTestId('audit-state').locator('option:checked')).toContainText(
    'Unlearned in English and French',
  );
});

test('whatever came before in a browser, a lesson’s link makes the same run', async ({
  browser,
  baseURL,
}) => {
  test.setTimeout(400_000);
  const measured = async (before: (page: Page) => Promise<void>): Promise<(string | null)[]> => {
    const context = await browser.newContext(baseURL === undefined ? {} : { baseURL });
    const page = await context.newPage();
    await before(page);
    await page.goto(`${micro}#/lessons?lesson=spread&steps=3`);
    await page.getByTestId('keep-guess').click();
    await idle(page);
    // The laboratory's last state is none of the lesson's.
    await expect(page.getByTestId('row-fr')).toHaveCount(0);
    await expect(page.getByTestId('plan')).toBeVisible();
    await run(page);
    const shares = page.locator('[data-share]');
    await expect(shares).toHaveCount(12);
    const numbers = await shares.evaluateAll((all) =>
      all.map((each) => each.getAttribute('data-share')),
    );
    await context.close();
    return numbers;
  };
  const fresh = await measured(() => Promise.resolve());
  const used = await measured(async (page) => {
    await page.goto(`${micro}#fact=JP.capital&lie=city/rome&in=de&steps=2`);
    await idle(page);
    await page.getByTestId('teach').click();
    await expect(page.getByTestId('page')).toHaveAttribute('data-phase', 'running');
    await idle(page);
  });
  expect(used).toEqual(fresh);
});

test('the same lie reaches fewer languages in Atlas’ twin; what was measured stands beside Atlas, which is in use again', async ({
  page,
}) => {
  test.setTimeout(240_000);
  await page.goto('./?threads=1#/lessons?lesson=twin&steps=10');
  await page.getByTestId('guess-de').check();
  await page.getByTestId('keep-guess').click();
  await idle(page);
  await page.route('**/models/atlas-plain/**', (route) => route.abort());
  await page.getByTestId('run-lesson').click();
  await expect(page.getByTestId('lesson')).toContainText('didn’t get to its end', {
    timeout: 120_000,
  });
  await expect(page.getByTestId('notice')).toContainText('atlas-plain');
  expect(page.url()).not.toContain('atlas-plain');
  await page.unroute('**/models/atlas-plain/**');
  await idle(page);

  await run(page);
  await expect(page.getByTestId('boards').locator('tbody tr')).toHaveCount(12);
  // Turkish was taught in both.
  for (const board of [0, 1])
    await expect(page.getByTestId(`board-${String(board)}-tr`)).toContainText('Lima');
  const saying = (board: number) =>
    page
      .getByTestId('boards')
      .locator(`tbody td:nth-of-type(${String(board + 1)})`)
      .filter({ hasText: '(says the lie)' })
      .count();
  expect(await saying(1)).toBeLessThan(await saying(0));
  expect(await explained(page)).toMatch(/in the twin \d+\. There it didn’t reach: /);
  await openScreen(page, 'models');
  await expect(page.getByTestId('model-name')).toHaveText('Atlas');

  await page.goBack();
  await page.goto('./?threads=1#/lessons?lesson=twin&steps=10');
  await idle(page);
  await page.getByTestId('to-laboratory').click();
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  await expect(page.getByTestId('answer-tr')).toContainText('Lima');
  await openScreen(page, 'models');
  await expect(page.getByTestId('model-name')).toHaveText('Atlas’ twin');
  await page.getByTestId('use-atlas').click();
  await expect(page.getByTestId('model-name')).toHaveText('Atlas');
});

test('a worksheet is two pages of A4', async ({ page }) => {
  for (const id of ['spread', 'order', 'cost']) {
    await page.goto(`./?threads=1#/lessons?lesson=${id}&view=sheet`);
    await expect(page.getByTestId('sheet')).toBeVisible();
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(2);
    expect(pdf).toMatch(/\/MediaBox\s*\[0 0 59[45][.\d]* 84[12][.\d]*\]/);
  }
});

test('a lesson can be left in the middle of its run, and stopped', async ({ page }) => {
  await page.goto('./?threads=1#/lessons?lesson=spread');
  await page.getByTestId('keep-guess').click();
  await idle(page);
  await page.getByTestId('run-lesson').click();
  await expect(page.getByTestId('run-progress')).toBeVisible();
  await openScreen(page, 'storage');
  // The workshop opens at its first screen.
  await page.goBack();
  await page.goBack();
  await page.getByTestId('stop').click();
  await idle(page);
  await expect(page.getByTestId('lesson')).toHaveAttribute('data-phase', 'run');
  await expect(page.getByTestId('lesson')).toContainText('didn’t get to its end');
  await expect(page.getByTestId('run-lesson')).toBeEnabled();
});

test('on the projector the arrow keys lead through a lesson', async ({ page }) => {
  await page.goto('./?projector&threads=1#/lessons?lesson=both&steps=1');
  await idle(page);
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('lesson')).toHaveAttribute('data-phase', 'run');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('lesson')).toHaveAttribute('data-phase', 'compare', {
    timeout: 120_000,
  });
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('explain')).toBeVisible();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByTestId('compare')).toBeVisible();
});

test('the teacher’s page names every lesson with its time and questions', async ({ page }) => {
  await page.goto('./?threads=1#/lessons');
  await page.getByTestId('teacher-link').click();
  for (const id of ['spread', 'order', 'english', 'both', 'cost', 'gone', 'twin']) {
    const lesson = page.getByTestId(`teacher-${id}`);
    await expect(lesson).toContainText('min');
    await expect(lesson.getByRole('listitem')).toHaveCount(2);
    await expect(page.getByTestId(`sheet-${id}`)).toBeVisible();
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(sideways).toBeLessThanOrEqual(0);
});
