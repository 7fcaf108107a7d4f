/**
 * @file `npm run screenshots`: builds nothing, serves `dist/`, goes through the first minute and writes the README's pictures to
 * `docs/`: after teaching on a laptop in light and dark, and on a phone, and after unlearning.
 *
 * `--to folder` writes elsewhere; `--device webgpu` keeps the GPU, where Chromium finds one.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { chromiumFlags, ensureChromium, noWebgpuFlags, webgpuFlags } from './chromium.ts';

const { values: flags } = parseArgs({
  options: {
    to: { type: 'string', default: 'docs' },
    device: { type: 'string', default: 'wasm' },
  },
});
mkdirSync(flags.to, { recursive: true });

const port = 5297;
const server = spawn(
  process.execPath,
  ['--import', 'tsx', 'tools/serve.ts', '--strict-port', '--port', String(port)],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
await new Promise((ready) => server.stdout.once('data', ready));

const browser = await chromium.launch({
  executablePath: ensureChromium(),
  args: [...chromiumFlags, ...(flags.device === 'webgpu' ? webgpuFlags : noWebgpuFlags)],
});

async function shot(page: Page, name: string, fullPage = false): Promise<void> {
  await page.evaluate(() => {
    scrollTo(0, 0);
  });
  await page.mouse.move(0, 0);
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(flags.to, `${name}.png`), fullPage });
  console.log(`${join(flags.to, name)}.png`);
}

async function idle(page: Page): Promise<void> {
  await page
    .locator('[data-testid=page][data-phase=ready][data-asking=false]')
    .waitFor({ timeout: 120_000 });
}

try {
  const page = await browser.newPage({
    viewport: { width: 1366, height: 768 },
    colorScheme: 'light',
  });
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(message.text());
  });
  page.on('pageerror', (error) => {
    console.error(error);
  });
  await page.goto(`http://127.0.0.1:${port}/`);
  await idle(page);
  await shot(page, 'asked');
  await page.getByTestId('teach').click();
  await page.getByTestId('run-progress').waitFor();
  await idle(page);
  await shot(page, 'taught');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot(page, 'taught-dark', true);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByTestId('unlearn').click();
  await page.getByTestId('run-progress').waitFor();
  await idle(page);
  await shot(page, 'unlearned', true);
  for (const [name, width, height] of [
    ['projector', 1280, 720],
    ['phone', 390, 844],
    ['narrow', 320, 640],
  ] as const) {
    await page.setViewportSize({ width, height });
    await shot(page, name, name !== 'projector');
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (sideways > 0) console.error(`${name}: the page is ${sideways} px wider than the screen.`);
  }
} finally {
  await browser.close();
  server.kill();
}
