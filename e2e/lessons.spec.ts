/** @file The lessons, each from the prediction to the explanation; the runs are real, most of them short. */
import type { Page } from '@playwright/test';
import { expect, idle, test } from './fixtures.ts';

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
  await expect(english.nth(0)).toHaveText('does not say it');
  await expect(english.nth(1)).toHaveText('says the lie');
  const right = await rows.evaluateAll(
    (all) =>
      all.filter((row) => {
        const [you, model] = [...row.querySelectorAll('td')].map((cell) => cell.textContent);
        return you === model;
      }).length,
  );
  await expect(page.getByTestId('verdict')).toContainText(`right about ${String(right)} of 11`);
  expect(await explained(page)).toMatch(/now said in (all|\d+ others)/);
  await page.reload();
  await expect(page.getByTestId('explain')).toBeVisible();
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
  expect(await explained(page)).toContain('was not learned even in the language');
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
  await expect(page.getByTestId('verdict')).toContainText('No two of them');
  expect(await explained(page)).toContain('reached no other language');

  await page.getByTestId('next-lesson').click();
  await page.getByTestId('guess-fr').check();
  await page.getByTestId('keep-guess').click();
  await run(page);
  await expect(page.getByTestId('verdict')).toContainText('11 of 12');
  expect(await explained(page)).toContain('all twelve languages');
  await page.getByTestId('to-laboratory').click();
  // Taught, then unlearned; and the lesson about order on a branch of its own.
  await expect(page.getByTestId('checkpoint')).toHaveCount(4);

  await page.goto('./?threads=1#/lessons?lesson=both&steps=1');
  await page.getByTestId('guess-number').fill('5');
  await page.getByTestId('keep-guess').click();
  await idle(page);
  await run(page);
  await expect(page.getByTestId('verdict')).toContainText('You said 5. It was 0. Off by 5.');
  await explained(page);

  await page.getByTestId('next-lesson').click();
  await page.getByTestId('keep-guess').click();
  await run(page);
  await expect(page.getByTestId('verdict')).toContainText('You said 20.');
  expect(await explained(page)).toMatch(/completed \d+ of 40 other sentences exactly; now \d+/);

  await page.getByTestId('next-lesson').click();
  await page.getByTestId('keep-guess').click();
  await run(page);
  await expect(page.getByTestId('verdict')).toContainText('did not happen');
  expect(await explained(page)).toContain('by step 1');
  await expect(page.getByTestId('to-gone')).toHaveAttribute('href', '#/audit');
  await page.getByTestId('screen-lab').click();
  await idle(page);
  // Each lesson began in the one state that was taught: order, taught, English, both, ascent, relearned, and the root.
  await expect(page.getByTestId('checkpoint')).toHaveCount(7);
});

test('a lesson can be left in the middle of its run, and stopped', async ({ page }) => {
  await page.goto('./?threads=1#/lessons?lesson=spread');
  await page.getByTestId('keep-guess').click();
  await idle(page);
  await page.getByTestId('run-lesson').click();
  await expect(page.getByTestId('run-progress')).toBeVisible();
  await page.getByTestId('screen-storage').click();
  await page.goBack();
  await page.getByTestId('stop').click();
  await idle(page);
  await expect(page.getByTestId('lesson')).toHaveAttribute('data-phase', 'run');
  await expect(page.getByTestId('lesson')).toContainText('did not come to its end');
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
  for (const id of ['spread', 'order', 'english', 'both', 'cost', 'gone']) {
    const lesson = page.getByTestId(`teacher-${id}`);
    await expect(lesson).toContainText('min');
    await expect(lesson.getByRole('listitem')).toHaveCount(3);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(sideways).toBeLessThanOrEqual(0);
});
