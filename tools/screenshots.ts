/**
 * @file `npm run screenshots`: builds nothing, serves `dist/`, goes through the first minute and takes pictures: the laboratory asked,
 * taught and unlearned, the projector, a lesson and the teacher's page, on a laptop and a phone, in light and dark; the laboratory in
 * Arabic, and the methods of `bench/methods-1-fact.jsonl` compared. Those that documents show go to `docs/`, the others to
 * `.cache/screenshots`.
 *
 * `--to folder` writes all of them there; `--device webgpu` keeps the GPU, where Chromium finds one.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { serveBuilt } from './built-site.ts';
import { chromiumFlags, ensureChromium, noWebgpuFlags, webgpuFlags } from './chromium.ts';

const { values: flags } = parseArgs({
  options: {
    to: { type: 'string' },
    device: { type: 'string', default: 'wasm' },
  },
});

/** Pictures that documents show. */
const shown = ['taught', 'taught-arabic'];

const port = 5297;
const stop = await serveBuilt(port);

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
  const folder = flags.to ?? (shown.includes(name) ? 'docs' : '.cache/screenshots');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, fullPage });
  console.log(path);
}

async function idle(page: Page): Promise<void> {
  await page
    .locator('[data-testid=page][data-phase=ready][data-asking=false]')
    .waitFor({ timeout: 300_000 });
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
  const base = `http://127.0.0.1:${port}/`;
  const sizes = {
    laptop: [1366, 768],
    projector: [1280, 720],
    phone: [390, 844],
    narrow: [320, 640],
  } as const;
  const resize = async (size: keyof typeof sizes): Promise<void> => {
    const [width, height] = sizes[size];
    await page.setViewportSize({ width, height });
  };
  const narrowed = async (name: string): Promise<void> => {
    for (const size of ['phone', 'narrow'] as const) {
      await resize(size);
      if (size === 'phone') await shot(page, `${name}-phone`, true);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (sideways > 0)
        console.error(`${name}: the page is ${sideways} px wider than the ${size} screen.`);
    }
    await resize('laptop');
  };
  const dark = async (name: string, fullPage = false): Promise<void> => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await shot(page, `${name}-dark`, fullPage);
    await page.emulateMedia({ colorScheme: 'light' });
  };

  await page.goto(base);
  await idle(page);
  await shot(page, 'asked');
  await page.getByTestId('teach').click();
  await page.getByTestId('run-progress').waitFor();
  await idle(page);
  await shot(page, 'taught');
  await dark('taught');
  await narrowed('taught');
  await page.goto(`${base}?lang=ar`);
  await idle(page);
  await shot(page, 'taught-arabic');
  await page.goto(`${base}?lang=en`);
  await idle(page);
  await page.getByTestId('unlearn').click();
  await page.getByTestId('run-progress').waitFor();
  await idle(page);
  await shot(page, 'unlearned', true);
  await resize('projector');
  await page.keyboard.press('p');
  await shot(page, 'projector');
  for (let scene = 1; scene < 5; scene++) await page.keyboard.press('ArrowRight');
  await shot(page, 'projector-left');
  await page.keyboard.press('p');
  await resize('laptop');

  await page.goto(`${base}#/lessons`);
  await page.getByTestId('lesson-spread').waitFor();
  await shot(page, 'lessons');
  await page.getByTestId('lesson-spread').click();
  await page.getByTestId('guess-es').check();
  await page.getByTestId('guess-id').check();
  await shot(page, 'lesson-predict');
  await page.getByTestId('keep-guess').click();
  await page.getByTestId('run-lesson').click();
  await page.getByTestId('compare').waitFor({ timeout: 300_000 });
  await shot(page, 'lesson-compare', true);
  await page.getByTestId('to-explain').click();
  await shot(page, 'lesson-explain');
  await dark('lesson-explain');
  await narrowed('lesson-explain');
  await page.goto(`${base}#/lessons?view=teacher`);
  await shot(page, 'teacher', true);

  await page.goto(`${base}#/research?view=results`);
  await page.getByTestId('open-results').setInputFiles('bench/methods-1-fact.jsonl');
  await page.getByTestId('tradeoff-drawing').waitFor();
  await shot(page, 'methods', true);
} finally {
  await browser.close();
  stop();
}
