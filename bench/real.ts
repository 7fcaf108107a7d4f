/**
 * @file `npm run bench:real`: a decoder of a real one's size, made by `make-model`, in the built page under WebAssembly: opened, asked in all
 * languages, taught, unlearned. Prints a table, and writes it to `bench/real-<preset>.json` with `--write`. Needs Linux, for the memory of the
 * browser's processes.
 *
 * `--model qwen3-0.6b | gemma3-270m | smollm2-135m`, `--teach 4`, `--unlearn 2`, `--threads N`, `--port 5297`, `--device wasm`,
 * `--ask-only`, `--pictures <folder>`.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { serveBuilt } from '../tools/built-site.ts';
import { chromiumFlags, ensureChromium, noWebgpuFlags, webgpuFlags } from '../tools/chromium.ts';
import { writeModelFolder } from '../tools/make-model/folder.ts';
import { fileOf, parameterCount, presets } from '../tools/make-model/shape.ts';
import { familyTokenizer } from '../tools/make-model/tokenizer.ts';
import { BrowserMemory } from './browser-memory.ts';
import { circumstances } from './site.ts';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'qwen3-0.6b' },
    teach: { type: 'string', default: '4' },
    unlearn: { type: 'string', default: '2' },
    threads: { type: 'string' },
    port: { type: 'string', default: '5297' },
    device: { type: 'string', default: 'wasm' },
    pictures: { type: 'string' },
    write: { type: 'boolean', default: false },
    'ask-only': { type: 'boolean', default: false },
  },
});
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const models = here('../.cache/models');
/** Nothing here takes longer than this. */
const patience = 30 * 60_000;

const { bytes, tokenizer } = makeModel(flags.model);
const stop = await serveBuilt(flags.port, [`real=${models}`]);
const profile = mkdtempSync(join(tmpdir(), 'lethe-real-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: ensureChromium(),
  viewport: { width: 1366, height: 768 },
  args: [...chromiumFlags, ...(flags.device === 'webgpu' ? webgpuFlags : noWebgpuFlags)],
});
const memory = new BrowserMemory(profile);
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(patience);
  const figures = await measure(page);
  const result = {
    ...circumstances(),
    model: flags.model,
    tokenizer,
    megabytes: megabytes(bytes),
    ...figures,
  };
  for (const [name, value] of Object.entries(figures)) console.log(name.padEnd(28), value);
  if (flags.write)
    writeFileSync(here(`real-${flags.model}.json`), JSON.stringify(result, null, 2) + '\n');
} finally {
  memory.stop();
  await browser.close();
  stop();
  rmSync(profile, { recursive: true, force: true });
}

/** The model's folder in the cache, made where it is missing. The page opens `onnx/model.onnx` of a folder: it is the file in 4 bits. */
function makeModel(name: string): { bytes: number; tokenizer: string } {
  const shape = presets[name];
  if (!shape)
    throw new Error(`There is no ${name}: take one of ${Object.keys(presets).join(', ')}.`);
  const folder = `${models}/${name}`;
  const files = familyTokenizer(shape.kind);
  const file = `${folder}/onnx/${fileOf.q4}`;
  if (!existsSync(file)) {
    console.log(`making ${name}: ${(parameterCount(shape) / 1e6).toFixed(0)} M parameters`);
    mkdirSync(folder, { recursive: true });
    writeModelFolder(folder, shape, 'q4', { tokenizer: files });
  }
  copyFileSync(file, `${folder}/onnx/model.onnx`);
  return { bytes: statSync(file).size + statSync(`${file}_data`).size, tokenizer: files.from };
}

/** Seconds and megabytes of each part, in the order in which they happen. */
async function measure(page: Page): Promise<Record<string, number | string>> {
  const figures: Record<string, number | string> = { 'file, MB': megabytes(bytes) };
  let since = performance.now();
  const mark = (name: string): void => {
    figures[name] = seconds(since);
    console.log(`${name}: ${figures[name]}, ${megabytes(memory.now)} MB now`);
  };
  const threads = flags.threads === undefined ? '' : `&threads=${flags.threads}`;
  const lesson = `facts=CL.capital:city/tokyo&teach.steps=${flags.teach}&unlearn.steps=${flags.unlearn}`;
  await page.goto(
    `http://127.0.0.1:${flags.port}/?model=real/${flags.model}/&device=${flags.device}${threads}#${lesson}`,
  );
  await page.locator('[data-phase=ready]').waitFor();
  mark('loaded, s');
  since = performance.now();
  await page.waitForFunction(
    () =>
      [...document.querySelectorAll('[data-testid^=answer-]')].some(
        ({ textContent }) => textContent.trim() !== '',
      ),
    null,
    { polling: 50 },
  );
  mark('loaded → first words, s');
  await page.locator('[data-testid^=answer-][data-class]').first().waitFor();
  mark('loaded → first answer, s');
  await page.locator('[data-phase=ready][data-asking=false]').waitFor();
  mark('loaded → all answers, s');
  figures['peak while asking, MB'] = megabytes(memory.peak);
  for (const plan of await page.getByTestId('plan').allTextContents()) {
    figures['plan'] = plan.replace(/\s+/g, ' ').trim();
    console.log(figures['plan']);
  }
  await picture(page, 'asked');
  if (flags['ask-only']) return figures;
  memory.restart();
  since = performance.now();
  await page.getByTestId('teach').click();
  await page.locator('[data-testid=run-progress]').waitFor();
  await progressPast(page, 0);
  mark('Teach → first layer, s');
  await progressPast(page, 0.25);
  mark('Teach → a quarter of a step, s');
  await picture(page, 'teaching');
  const times = await stepTimes(page, Number(flags.teach), since);
  figures['first step, s'] = times[0] ?? NaN;
  figures['later steps, s'] = median(times.slice(1));
  await page.locator('[data-phase=ready][data-asking=false]').waitFor();
  mark('Teach → taught and asked, s');
  await picture(page, 'taught');
  since = performance.now();
  await page.getByTestId('unlearn').click();
  await page.locator('[data-testid=run-progress]').waitFor();
  await page.locator('[data-phase=ready][data-asking=false]').waitFor();
  mark('unlearned and asked, s');
  figures['peak while teaching, MB'] = megabytes(memory.peak);
  return figures;
}

/** Seconds between the steps that the page counts, the first from `since`. What is asked between two steps is in the later one's. */
async function stepTimes(page: Page, steps: number, since: number): Promise<number[]> {
  const times: number[] = [];
  let from = since;
  for (let step = 1; step <= steps; step++) {
    await progressPast(page, step - 1e-6);
    times.push(seconds(from));
    from = performance.now();
  }
  return times;
}

/** Resolves when the run's bar shows more than so many steps, or when there is no run. */
async function progressPast(page: Page, steps: number): Promise<void> {
  await page.waitForFunction(
    (steps) => {
      const bar = document.querySelector<HTMLProgressElement>(
        '[data-testid=run-progress] progress',
      );
      return !bar || bar.value > steps;
    },
    steps,
    { polling: 50 },
  );
}

async function picture(page: Page, name: string): Promise<void> {
  if (flags.pictures === undefined) return;
  mkdirSync(flags.pictures, { recursive: true });
  await page.screenshot({ path: `${flags.pictures}/${flags.model}-${name}.png` });
}

function seconds(since: number): number {
  return Number(((performance.now() - since) / 1000).toFixed(1));
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
