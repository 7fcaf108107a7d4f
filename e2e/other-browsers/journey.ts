/** @file The journey that every browser must carry a visitor through: each part begins where the one before has ended. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { serveSite } from '../site.ts';
import { byTestId, counts, idle, runBy, saved, says, textOf, type Visitor } from './visitor.ts';

type Site = Awaited<ReturnType<typeof serveSite>>;

/** Atlas is asked, taught, and unlearns. */
export async function teachAndUnlearn(visitor: Visitor, base: string): Promise<void> {
  await visitor.goto(`${base}?threads=1#steps=30&keep=30`);
  await idle(visitor);
  await says(visitor, /Santiago/);
  await runBy(visitor, 'teach');
  await says(visitor, /Tokyo/);
  await runBy(visitor, 'unlearn');
  await says(visitor, /^(?!.*Tokyo).+/);
}

/** A run that is stopped goes on after a reload, to its end. */
export async function stopAndResume(visitor: Visitor, base: string): Promise<void> {
  await visitor.goto(`${base}?threads=1&again#steps=14&keep=1`);
  await idle(visitor);
  // The two runs before, and where they began.
  await counts(visitor, 'checkpoint', 3);
  await visitor.click(byTestId('teach'));
  await expect
    .poll(() => textOf(visitor, 'run-progress'), { timeout: 60_000, intervals: [50] })
    .toMatch(/Step [2-9]/);
  await visitor.click(byTestId('stop'));
  await idle(visitor);
  await counts(visitor, 'resume', 1);
  await visitor.reload();
  await idle(visitor);
  await counts(visitor, 'checkpoint', 4);
  await visitor.click(byTestId('resume'));
  await counts(visitor, 'resume', 0);
  await idle(visitor);
  await counts(visitor, 'checkpoint', 4);
}

const last = 'li[data-testid="checkpoint"]:last-of-type';

/** A checkpoint goes out as a file, is deleted, and comes back from it. */
export async function exportAndImport(visitor: Visitor): Promise<void> {
  const file = join(mkdtempSync(join(tmpdir(), 'lethe-')), 'checkpoint.safetensors');
  writeFileSync(file, await saved(visitor, `${last} ${byTestId('export')}`));
  await visitor.click(byTestId('checkout'));
  await idle(visitor);
  await visitor.click(`${last} ${byTestId('remove')}`);
  await visitor.click(byTestId('remove-yes'));
  await counts(visitor, 'checkpoint', 3);
  await visitor.choose(byTestId('import'), file);
  await counts(visitor, 'checkpoint', 4);
}

/** The Arabic page runs from right to left, and each answer begins where its own language does. */
export async function readArabic(visitor: Visitor): Promise<void> {
  const sides = (): Promise<Record<string, string>> =>
    visitor.evaluate(() => {
      const side = (code: string): string => {
        const answer = document.querySelector(`[data-testid="answer-${code}"]`)?.closest('.said');
        if (!answer) return 'absent';
        const parts = [...answer.children].filter((part) => !part.classList.contains('unseen'));
        const rects = parts.map((part) => part.getBoundingClientRect()).filter((r) => r.width > 0);
        const outer = answer.getBoundingClientRect();
        const before = Math.min(...rects.map(({ left }) => left)) - outer.left;
        const behind = outer.right - Math.max(...rects.map(({ right }) => right));
        return before <= behind ? 'left' : 'right';
      };
      return { ar: side('ar'), en: side('en'), page: document.documentElement.dir };
    });
  await expect.poll(sides).toEqual({ ar: 'right', en: 'left', page: 'ltr' });
  await speak(visitor, 'ar');
  await expect.poll(sides).toEqual({ ar: 'right', en: 'left', page: 'rtl' });
  // Numbers of the page's language are written in one way: Western digits, or Arabic-Indic ones.
  const heading = await visitor.evaluate(() => document.body.innerText);
  expect(heading).not.toMatch(/[٠-٩]/);
  await speak(visitor, 'en');
}

async function speak(visitor: Visitor, code: string): Promise<void> {
  await visitor.evaluate((language) => {
    const select = document.querySelector<HTMLSelectElement>('[data-testid="page-language"]');
    if (!select) throw new Error('The page offers no languages.');
    select.value = language;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  }, code);
  await expect.poll(() => visitor.evaluate(() => document.documentElement.lang)).toBe(code);
}

/** After the first visit the page teaches without its server. */
export async function goOffline(visitor: Visitor, site: Site): Promise<void> {
  await visitor.goto(site.url);
  await idle(visitor);
  await expect
    .poll(
      () =>
        visitor.evaluate(
          () =>
            document.querySelector<HTMLElement>('[data-testid="offline"]')?.dataset['state'] ?? '',
        ),
      { timeout: 60_000 },
    )
    .toBe('kept');
  await site.close();
  await visitor.goto(`${site.url}?threads=1#steps=2`);
  await idle(visitor);
  expect(await visitor.evaluate(() => crossOriginIsolated)).toBe(true);
  await runBy(visitor, 'teach');
}

/** Every screen opens, and none is wider than its window. */
export async function openScreens(visitor: Visitor): Promise<void> {
  await visitor.evaluate(() => {
    const keep = window as unknown as { thrown: string[] };
    keep.thrown = [];
    addEventListener('error', ({ message }) => keep.thrown.push(message));
  });
  for (const screen of ['models', 'storage', 'research', 'facts', 'lessons', 'lab']) {
    await visitor.evaluate((id) => {
      location.hash = id === 'lab' ? '' : `#/${id}`;
    }, screen);
    await expect
      .poll(() => visitor.evaluate(() => document.querySelector('main')?.innerText.length ?? 0))
      .toBeGreaterThan(100);
    expect(await overflow(visitor), screen).toBeLessThanOrEqual(0);
  }
  expect(await visitor.evaluate(() => (window as unknown as { thrown: string[] }).thrown)).toEqual(
    [],
  );
}

/** CSS pixels by which the page is wider than its window. */
export function overflow(visitor: Visitor): Promise<number> {
  return visitor.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}
