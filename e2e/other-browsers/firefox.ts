/** @file Stock Firefox without a screen, by WebDriver BiDi: no driver is needed. */
import puppeteer from 'puppeteer-core';
import { isInstalled, type Visitor } from './visitor.ts';

const names = ['firefox-esr', 'firefox'];

export function findFirefox(): string | undefined {
  return names.find(isInstalled);
}

/** A new Firefox with a fresh profile, and `preferences` of `about:config`. */
export async function openFirefox(preferences: Record<string, unknown> = {}): Promise<Visitor> {
  const name = findFirefox();
  if (name === undefined) throw new Error('Firefox is not installed.');
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: `/usr/bin/${name}`,
    headless: true,
    extraPrefsFirefox: preferences,
    defaultViewport: { width: 1366, height: 768 },
  });
  const page = await browser.newPage();
  return {
    goto: async (url) => {
      await page.goto(url, { waitUntil: 'domcontentloaded' });
    },
    reload: async () => {
      await page.reload({ waitUntil: 'domcontentloaded' });
    },
    evaluate: async (work, ...given) => page.evaluate(work as never, ...given),
    click: async (selector) => {
      const element = await page.waitForSelector(selector, { visible: true, timeout: 20_000 });
      await element?.click();
    },
    tap: async (selector) => {
      const element = await page.waitForSelector(selector, { visible: true, timeout: 20_000 });
      await element?.tap();
    },
    choose: async (selector, ...paths) => {
      const input = await page.waitForSelector(selector, { timeout: 20_000 });
      await (input as unknown as { uploadFile: (...paths: string[]) => Promise<void> }).uploadFile(
        ...paths,
      );
    },
    resize: (width, height) => page.setViewport({ width, height }),
    close: () => browser.close(),
  };
}
