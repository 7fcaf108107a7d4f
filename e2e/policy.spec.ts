/** @file The Content-Security-Policy: everything that a visitor does goes on under it, and what it is there for is refused. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, idle, test as served } from './fixtures.ts';
import { test as hosted } from './site.ts';

/** Directives that were violated in the page, as the browser reports them; a worker's stand on the console, which every test watches. */
async function watch(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const record = window as unknown as { violations: string[] };
    record.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      record.violations.push(`${event.effectiveDirective}: ${event.blockedURI}`);
    });
  });
  return () => page.evaluate(() => (window as unknown as { violations: string[] }).violations);
}

/** Asks, teaches, draws, exports a picture and opens every screen. */
async function visit(page: Page): Promise<void> {
  await page.goto('./?threads=2#steps=2');
  await idle(page);
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
  await page.getByTestId('teach').click();
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  await expect(page.getByTestId('chart').locator('svg[viewBox]').last()).toBeVisible();
  const [picture] = await Promise.all([
    page.waitForEvent('download'),
    page.getByTestId('chart-png').click(),
  ]);
  expect(picture.suggestedFilename()).toMatch(/png$/);
  for (const screen of ['lessons', 'gone', 'research', 'facts', 'models', 'storage', 'lab']) {
    await page.evaluate((id) => (location.hash = `#/${id}`), screen);
    await expect(page.locator('main').first()).toBeVisible();
    await expect(page.locator('.coming')).toHaveCount(0);
  }
}

for (const [host, test] of [
  ['a server that sends it', served],
  ['a static host', hosted],
] as const)
  test(`nothing that a visitor does violates it, on ${host}`, async ({ page }) => {
    const violations = await watch(page);
    await visit(page);
    expect(await violations()).toEqual([]);
    const policies = await page.evaluate(
      () => document.querySelectorAll('meta[http-equiv=Content-Security-Policy]').length,
    );
    expect(policies).toBe(1);
    const worker = await page.evaluate(async () => {
      const [script] = performance
        .getEntriesByType('resource')
        .map(({ name }) => name)
        .filter((name) => /worker-[^/]*\.js$/.test(name));
      return (await fetch(script ?? '')).headers.get('content-security-policy');
    });
    expect(worker).toContain("script-src 'self' 'wasm-unsafe-eval'");
  });

served(
  'a figure that is saved runs nothing when it is opened alone',
  async ({ page, context }, testInfo) => {
    await page.goto('./?threads=1#steps=2');
    await idle(page);
    await page.getByTestId('teach').click();
    await idle(page);
    const chart = page.getByTestId('chart');
    await expect(chart.locator('svg[viewBox]').last()).toBeVisible();
    // As if something had been smuggled into the drawing; the page's own policy keeps it from running here.
    await chart.evaluate((section) => {
      const drawing = [...section.querySelectorAll('svg')].sort(
        (a, b) => b.clientWidth - a.clientWidth,
      )[0];
      const add = (name: string, attributes: Record<string, string>, text = ''): void => {
        const element = document.createElementNS('http://www.w3.org/2000/svg', name);
        for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
        element.append(text);
        drawing?.append(element);
      };
      add('a', { href: 'javascript:top.ran=1' }, 'click');
      add('rect', { ONLOAD: 'ran=1', width: '5', height: '5' });
      add('animate', { attributeName: 'href', to: 'javascript:1' });
      add('foreignObject', { width: '9', height: '9' }, 'page');
    });
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByTestId('chart-svg').click(),
    ]);
    const path = testInfo.outputPath('figure.svg');
    await saved.saveAs(path);
    const text = readFileSync(path, 'utf8');
    expect(text).toMatch(/^<svg/);
    expect(text).not.toMatch(/<script|<animate|foreignObject|javascript:|\son\w+=/i);
    const alone = await context.newPage();
    await alone.goto(`file://${path}`);
    expect(await alone.evaluate(() => 'ran' in window)).toBe(false);
  },
);

served.describe('what it refuses', () => {
  served.use({ forgiven: [/Content Security Policy|violates|requires 'Trusted/] });
  served('scripts in the page, evaluated text and frames of others', async ({ page }) => {
    await page.goto('./?threads=1');
    const violations = await watch(page);
    await page.reload();
    const refused = await page.evaluate(async () => {
      const refused: string[] = [];
      const script = document.createElement('script');
      try {
        script.textContent = 'window.ran = true';
        document.head.append(script);
      } catch {
        // Trusted Types refuse the text itself.
      }
      if (!('ran' in window)) refused.push('script');
      // Not at once: what a test evaluates may do so.
      await new Promise<void>((resolve) =>
        setTimeout(() => {
          try {
            new Function('return 1')();
          } catch {
            refused.push('eval');
          }
          try {
            new Worker('https://lethe.invalid/worker.js');
          } catch {
            refused.push('worker');
          }
          resolve();
        }),
      );
      const frame = document.createElement('iframe');
      frame.src = 'https://lethe.invalid/';
      document.body.append(frame);
      await fetch('http://lethe.invalid/').catch(() => refused.push('fetch'));
      await new Promise((resolve) => setTimeout(resolve, 200));
      return refused;
    });
    expect(refused).toEqual(['script', 'eval', 'worker', 'fetch']);
    expect((await violations()).join(' ')).toMatch(/connect-src.*lethe\.invalid/);
    expect((await violations()).join(' ')).toMatch(/frame-src.*lethe\.invalid/);
  });
});
