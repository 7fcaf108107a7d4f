/** @file The Content-Security-Policy: everything that a visitor does goes on under it, and what it is there for is refused. */
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
