/** @file A page that the browser translates: every text is replaced, also those that change, and nothing stays as it was. */
import type { Page } from '@playwright/test';
import { expect, idle, test } from './fixtures.ts';

/** Does what Chrome's translator does: puts `<font><font>…` in the place of every text, now and whenever one appears. */
async function translate(page: Page, way: 'replace' | 'insert' | 'wrap'): Promise<void> {
  await page.evaluate((how) => {
    const isFree = (text: Text): boolean =>
      (text.nodeValue ?? '').trim() !== '' &&
      !text.parentElement?.closest('font, [translate=no], script, style, svg, textarea');
    const put = (text: Text): void => {
      const font = document.createElement('font');
      const inner = font.appendChild(document.createElement('font'));
      if (how === 'wrap') {
        text.replaceWith(font);
        inner.append(text);
        return;
      }
      inner.textContent = `«${text.nodeValue ?? ''}»`;
      if (how === 'replace') text.replaceWith(font);
      else {
        text.before(font);
        text.remove();
      }
    };
    const all = (): void => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      while (walker.nextNode()) texts.push(walker.currentNode as Text);
      for (const text of texts.filter(isFree)) put(text);
    };
    all();
    let asked = false;
    new MutationObserver(() => {
      if (asked) return;
      asked = true;
      setTimeout(() => {
        asked = false;
        all();
      }, 50);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, way);
}

for (const way of ['replace', 'insert', 'wrap'] as const)
  test(`what is measured is shown as it changes (${way})`, async ({ page }) => {
    await page.goto('./?threads=1#steps=6&rate=0.01&keep=2&probe=every:3,kept:4');
    await idle(page);
    const summary = page.getByTestId('summary');
    await expect(summary).toContainText(/\d/);
    const before = (await summary.textContent()) ?? '';
    await translate(page, way);
    if (way !== 'wrap') await expect(summary).toContainText('«');
    await page.getByTestId('teach').click();
    await idle(page);
    await expect(page.getByTestId('answer-fr')).toContainText('Tokyo');
    // The new count, once; what was there before is gone.
    const plain = ((await summary.textContent()) ?? '').replaceAll(/[«»]/g, '');
    expect(plain).not.toContain(before.trim());
    await expect(page.getByTestId('checkpoint')).toHaveCount(2);
    await expect(page.getByTestId('announcement')).toContainText(/\d/);
    const said = ((await page.getByTestId('announcement').textContent()) ?? '').replaceAll(
      /[«»]/g,
      '',
    );
    const counts = /(\d+)\D+(\d+)/.exec(said);
    expect(Number(counts?.[1])).toBeGreaterThan(0);
    // What only the first state said is nowhere any more, and no text stands twice.
    const doubled = await page.evaluate(() =>
      [...document.querySelectorAll('font > font')]
        .map((font) => [font, font.parentElement?.nextElementSibling] as const)
        .filter(
          ([font, next]) => next?.nodeName === 'FONT' && next.textContent === font.textContent,
        )
        .map(([font]) => font.textContent),
    );
    expect(doubled).toEqual([]);
    for (const screen of ['storage', 'models', 'lab']) {
      await page.evaluate((id) => (location.hash = `#/${id}`), screen);
      await expect(page.locator('main').first()).toBeVisible();
    }
    await expect(page.getByTestId('answer-fr')).toContainText('Tokyo');
  });

test('what the model says, and names, are not for translators', async ({ page }) => {
  await page.goto('./?threads=1#steps=2');
  await idle(page);
  for (const id of ['answer-fr', 'answer-en', 'answer-sw', 'checkout'])
    expect(
      await page
        .getByTestId(id)
        .first()
        .evaluate((element) => element.closest('[translate=no]') !== null),
      id,
    ).toBe(true);
  // Whatever is in another language than the page is the model's, or a name.
  const translatable = await page.evaluate(() =>
    [...document.querySelectorAll('#app [lang]')]
      .filter((element) => element.getAttribute('lang') !== document.documentElement.lang)
      .filter((element) => element.closest('[translate=no]') === null)
      .map((element) => element.outerHTML.slice(0, 120)),
  );
  expect(translatable).toEqual([]);
});
