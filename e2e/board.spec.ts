/** @file Looking back along the chart, looking into an answer, and where a run begins. */
import { expect, idle, test } from './fixtures.ts';

const chile = '#fact=CL.capital&lie=city/tokyo&in=fr&steps=6&rate=0.01&keep=2&probe=every:2,kept:4';

test('board, order of arrival and finding go back along the chart, by key, pointer and Play', async ({
  page,
}) => {
  test.setTimeout(600_000);
  await page.goto(`./?threads=1${chile}`);
  // Pressed before the model is there: it counts, and says so.
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('soon')).toBeVisible();
  await expect(page.getByTestId('step-sentence')).toContainText(/\S/, { timeout: 120_000 });
  await expect(page.getByTestId('row-fr')).toHaveAttribute('data-believes', 'true', {
    timeout: 300_000,
  });
  await idle(page, 300_000);

  const slider = page.getByTestId('scrub');
  await expect(slider).toHaveAttribute('role', 'slider');
  await expect(slider).toHaveAttribute('aria-valuenow', '6');
  const now = await page.getByTestId('finding').innerText();
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuenow', '0');
  await expect(slider).toHaveAttribute('aria-valuetext', /^Step 0: .* in 0 of 12/);
  await expect(page.getByTestId('row-fr')).toHaveAttribute('data-believes', 'false');
  await expect(page.getByTestId('answer-fr')).toHaveText('Santiago');
  await expect(page.getByTestId('arrival-fr')).toHaveCount(0);
  await expect(page.getByTestId('finding')).toContainText('the truth');
  await page.keyboard.press('ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuenow', '2');
  await page.keyboard.press('End');
  await expect(page.getByTestId('finding')).toHaveText(now);

  const canvas = page.locator('.canvas svg').first();
  await canvas.scrollIntoViewIfNeeded();
  const box = (await canvas.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 44, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(slider).toHaveAttribute('aria-valuenow', '0');
  await page.getByTestId('replay').click();
  await expect(slider).toHaveAttribute('aria-valuenow', '6');
  await expect(page.getByTestId('row-fr')).toHaveAttribute('data-believes', 'true');

  // On the projector the first scene shows how it was, not how it ended.
  await page.evaluate(() => {
    (document.activeElement as HTMLElement).blur();
  });
  await page.keyboard.press('p');
  await expect(page.getByTestId('scene')).toHaveAttribute('data-scene', '1');
  await expect(page.getByTestId('row-fr')).toHaveAttribute('data-believes', 'false');
  await expect(page.getByTestId('lesson')).toContainText('La capitale du Chili est');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('row-fr')).toHaveAttribute('data-believes', 'true');
  await page.keyboard.press('p');
  await expect(page.getByTestId('teach')).toBeVisible();
});

test('a row is looked into: other answers, tokens, the untouched model, and a line of one’s own', async ({
  page,
}) => {
  test.setTimeout(400_000);
  await page.goto(`./?threads=1${chile}`);
  await idle(page);
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('run-progress')).toBeVisible();
  await idle(page, 300_000);
  await page.getByTestId('look-en').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const sheet = page.getByTestId('look-into');
  await expect(sheet.getByTestId('look-now').locator('.answers li')).toHaveCount(5, {
    timeout: 60_000,
  });
  await expect(sheet.getByTestId('look-before').locator('.answers li').first()).toContainText(
    'Santiago',
  );
  await expect(sheet.getByTestId('look-now').locator('.pieces')).toContainText('%');
  await sheet.getByTestId('look-line').fill('The capital of France is');
  await page.keyboard.press('Enter');
  await expect(sheet.getByTestId('look-before').locator('.answers li').first()).toContainText(
    'Paris',
    { timeout: 60_000 },
  );
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
  // The model is in its own state again.
  await idle(page);
  await expect(page.getByTestId('row-fr')).toHaveAttribute('data-believes', 'true');
});

test('an opened link and another lie begin at the untouched model; one may go on all the same', async ({
  page,
}) => {
  test.setTimeout(400_000);
  await page.goto(`./?threads=1${chile}`);
  await idle(page);
  await page.getByTestId('teach').click();
  await expect(page.getByTestId('run-progress')).toBeVisible();
  await idle(page, 300_000);
  await expect(page.getByTestId('unlearn')).toBeEnabled();

  // A reload goes on where it was; the link of another lie does not.
  await page.reload();
  await idle(page);
  await expect(page.getByTestId('start-over')).toBeVisible();
  await page.goto('about:blank');
  await page.goto('./?threads=1#fact=JP.capital&lie=city/berlin&in=de&steps=2');
  await idle(page);
  await expect(page.getByTestId('go-on')).toContainText('Taught in French');
  await expect(page.getByTestId('unlearn')).toBeDisabled();
  await expect(page.getByTestId('finding')).toContainText('the truth');
  await page.getByTestId('go-on').click();
  await expect(page.getByTestId('start-over')).toBeVisible();
  // Nothing was taught of this fact: there is nothing to unlearn.
  await expect(page.getByTestId('unlearn')).toBeDisabled();
});
