/**
 * @file `npm run overflow [-- --languages ar,de --widths 390 --pictures folder]`: serves `dist/`, which `npm run build` made, and goes through
 * every screen in all twelve languages at the widths of a laptop, a phone and a narrow phone, with the model loaded, a lie taught and unlearned,
 * and everything unfolded; with `--bare` while the model is still being fetched, which takes seconds. Lists what does not fit (`overflow/faults.ts`); ends with 1 where something does not.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { languageCodes } from '../src/facts/index.ts';
import { serveBuilt } from './built-site.ts';
import { chromiumFlags, ensureChromium, noWebgpuFlags } from './chromium.ts';
import { faults } from './overflow/faults.ts';
import { places as all } from './overflow/places.ts';

const { values: flags } = parseArgs({
  options: {
    languages: { type: 'string', default: languageCodes.join(',') },
    widths: { type: 'string', default: '1366,390,320' },
    only: { type: 'string', default: '' },
    port: { type: 'string', default: '5296' },
    bare: { type: 'boolean', default: false },
    pictures: { type: 'string' },
  },
});
if (flags.pictures) mkdirSync(flags.pictures, { recursive: true });

const places = all.filter((place) => place.includes(flags.only));

/** Results to draw: the charts of the research screen have words of their own. */
const results = ['bench/methods-1-fact.jsonl', 'bench/defaults-1-fact.jsonl'];

const stop = await serveBuilt(flags.port);
const browser = await chromium.launch({
  executablePath: ensureChromium(),
  args: [...chromiumFlags, ...noWebgpuFlags],
});
let count = 0;

/** Looks at what is on the page at every width, folded and unfolded. */
async function look(page: Page, state: string): Promise<void> {
  for (const width of flags.widths.split(',').map(Number)) {
    await page.setViewportSize({ width, height: width > 800 ? 768 : 844 });
    await page.waitForTimeout(150);
    const all = await page.evaluate(faults);
    count += all.length;
    for (const fault of all) console.log(`${state}, ${String(width)} px: ${fault}`);
    if (flags.pictures) {
      const name = `${state}-${String(width)}`.replace(/[^\p{L}\p{N}]+/gu, '-');
      await page.screenshot({ path: join(flags.pictures, `${name}.png`), fullPage: true });
    }
  }
}

async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('main details'))
      details.setAttribute('open', '');
  });
}

async function idle(page: Page): Promise<void> {
  await page
    .locator('[data-testid=page][data-phase=ready][data-asking=false]')
    .waitFor({ timeout: 300_000 });
}

try {
  for (const code of flags.languages.split(',')) {
    const since = Date.now();
    const page = await browser.newPage({ reducedMotion: 'reduce', serviceWorkers: 'block' });
    // esbuild, which runs this file, wraps functions in a helper of this name.
    await page.addInitScript('globalThis.__name = (each) => each;');
    page.on('pageerror', (error) => {
      count++;
      console.log(`${code}: ${error.message}`);
    });
    if (flags.bare) await page.route('**/model.onnx', () => undefined);
    await page.goto(`http://127.0.0.1:${flags.port}/?lang=${code}#steps=30&unsteps=4`);
    if (flags.bare) {
      await page.locator('#content').waitFor();
      await look(page, `${code}, loading`);
    } else await idle(page);
    if (!flags.bare && 'lab'.includes(flags.only)) {
      await look(page, `${code}, asked`);
      await page.getByTestId('teach').click();
      await idle(page);
      await page.getByTestId('unlearn').click();
      await idle(page);
      await look(page, `${code}, unlearned`);
      await page.getByTestId('open-settings').click();
      await page.getByTestId('open-methods').click();
      await unfold(page);
      await look(page, `${code}, settings`);
      await page.setViewportSize({ width: 1366, height: 768 });
      await page.getByTestId('open-knowledge').click();
      await look(page, `${code}, knowledge`);
      await page.keyboard.press('Escape');
      await page.keyboard.press('p');
      for (let scene = 0; scene < 5; scene++) {
        await page.setViewportSize({ width: 1280, height: 720 });
        await page.waitForTimeout(150);
        const all = await page.evaluate(faults);
        count += all.length;
        for (const fault of all) console.log(`${code}, projector ${String(scene + 1)}: ${fault}`);
        await page.keyboard.press('PageDown');
      }
      await page.keyboard.press('p');
    }
    for (const place of places) {
      await page.evaluate((hash) => (location.hash = hash), place);
      await page.locator('#content').waitFor();
      await page.waitForTimeout(200);
      if (place === '#/facts' && !flags.bare && (await page.getByTestId('fact-name').count()) === 0)
        await page.getByTestId('add-fact').click();
      if (place === '#/research?view=spread') {
        await page.locator('[data-testid=view-results]').click();
        await page.getByTestId('open-results').setInputFiles(results);
        await page.locator('main figure').first().waitFor();
        await page.waitForTimeout(500);
        await page.evaluate((hash) => (location.hash = hash), place);
      }
      await unfold(page);
      await look(page, `${code}, ${place}`);
    }
    await page.close();
    console.log(`${code}: ${((Date.now() - since) / 1000).toFixed(0)} s`);
  }
} finally {
  await browser.close();
  stop();
}
console.log(count === 0 ? 'All fits.' : `${String(count)} faults`);
process.exitCode = count === 0 ? 0 : 1;
