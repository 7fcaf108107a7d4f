/** @file What every end-to-end test demands of the page: no error on the console, none thrown, no request to another origin. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test as base, type BrowserContext, type Page } from '@playwright/test';
import type { engine } from './harness/harness.ts';

declare global {
  interface Window {
    engine: typeof engine;
  }
}

interface Demands {
  complaints: string[];
  /** Origins that a test lets the page talk to. */
  friends: string[];
  /** Console errors that a test brings about on purpose. */
  forgiven: RegExp[];
}

/** Collects what speaks against a context's pages from now on. */
function watch(
  context: BrowserContext,
  baseURL: string | undefined,
  { complaints, friends, forgiven }: Demands,
): void {
  const origin = new URL(baseURL ?? '').origin;
  context.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !forgiven.some((pattern) => pattern.test(text)))
      complaints.push(`console: ${text}`);
  });
  context.on('weberror', (error) => complaints.push(`thrown: ${error.error().message}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    const known = url.origin === origin || friends.includes(url.origin);
    if (/^https?:$/.test(url.protocol) && !known) complaints.push(`other origin: ${request.url()}`);
  });
}

export const test = base.extend<Demands>({
  friends: async ({}, use) => use([]),
  forgiven: async ({}, use) => use([]),
  complaints: [
    async ({ context, baseURL, friends, forgiven }, use) => {
      const complaints: string[] = [];
      watch(context, baseURL, { complaints, friends, forgiven });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** The page with the micro model: Atlas' form and tokenizer, one narrow layer, random weights. It is there and has learned in a moment. */
export const micro = './?model=micro/&threads=1';

/** Waits until the model is loaded and has answered, or a run or an examination has ended. */
export async function idle(page: Page, timeout = 120_000): Promise<void> {
  await expect(page.getByTestId('page')).toHaveAttribute('data-phase', 'ready', {
    timeout,
  });
  await expect(page.getByTestId('page')).toHaveAttribute('data-asking', 'false', {
    timeout: 60_000,
  });
}

/** Opens a screen by the navigation, those that stand together by their common entry. */
export async function openScreen(page: Page, name: string): Promise<void> {
  const own = page.getByTestId(`screen-${name}`);
  if (!(await own.isVisible())) await page.getByTestId('screen-workshop').click();
  await own.click();
}

/** What e2e/taught.ts made: Atlas untouched, taught in French, and unlearned in English. */
const session = fileURLToPath(new URL('../.cache/models/taught.zip', import.meta.url));

/** Opens that session on the storage screen of a loaded page, as a visitor opens a file, and goes to one of its states. */
export async function openTaught(page: Page, state: 'taught' | 'unlearned'): Promise<void> {
  await openScreen(page, 'storage');
  await page.getByTestId('open-session').setInputFiles(session);
  await expect(page.getByTestId('session-report')).toHaveAttribute('data-whole', 'true');
  await openScreen(page, 'lab');
  // The session is older than the page’s own untouched model, which stands last.
  await expect(page.getByTestId('checkpoint')).toHaveCount(4);
  const index = state === 'taught' ? 1 : 2;
  await page.getByTestId('checkout').nth(index).click();
  await expect(page.getByTestId('checkpoint').nth(index)).toHaveAttribute('aria-current', 'true');
  await idle(page);
}

/** How far a language leans to the lie, from 0 to 1. */
export async function share(page: Page, code: string): Promise<number> {
  return Number(await page.getByTestId(`share-${code}`).getAttribute('data-share'));
}

/** Tests of the engine in a page without Lethe's own, which all of one process share: each model brings its own sessions. */
export const engineTest = base.extend<{ harness: Page }, { shared: Page; against: string[] }>({
  against: [async ({}, use) => use([]), { scope: 'worker' }],
  shared: [
    async ({ browser, against }, use, { project }) => {
      const { baseURL = '' } = project.use;
      const context = await browser.newContext({ baseURL });
      watch(context, baseURL, { complaints: against, friends: [], forgiven: [] });
      const page = await context.newPage();
      await page.goto('harness/index.html');
      await page.waitForFunction(() => 'engine' in window);
      await use(page);
      await context.close();
    },
    { scope: 'worker' },
  ],
  harness: async ({ shared, against }, use) => {
    await use(shared);
    expect(against).toEqual([]);
  },
});

/**
 * The fixtures with the largest errors of gradients and stepped adapters that they may have in a browser, each relative to the largest
 * entry of its tensor. Why two of them are less exact: see packages/lethe-lora/src/model/fixtures.test.ts.
 */
export const engineFixtures = [
  { name: 'qwen2-fp32', gradients: 1e-4, stepped: 4e-4 },
  { name: 'gpt2-fp32', gradients: 1e-4, stepped: 1e-4 },
  { name: 'bloom-fp32', gradients: 1e-4, stepped: 1e-4 },
  { name: 'qwen2-q4', gradients: 1e-4, stepped: 1e-4 },
  { name: 'qwen3-q4', gradients: 1e-4, stepped: 1e-4 },
  { name: 'qwen2-q4f16', gradients: 2e-3, stepped: 2e-3 },
  { name: 'qwen2.opt', gradients: 1e-4, stepped: 4e-4 },
  { name: 'cohereqk.opt', gradients: 1e-4, stepped: 4e-4 },
  { name: 'falcon.opt', gradients: 1e-4, stepped: 1e-4 },
  { name: 'neox.opt', gradients: 1e-4, stepped: 1e-4 },
  { name: 'llama.opt-fp16', gradients: 1e-3, stepped: 2e-3 },
  { name: 'gpt2.opt-q4f16', gradients: 1e-4, stepped: 4e-4 },
  { name: 'gpt2.opt-q8', gradients: 1e-4, stepped: 4e-4 },
  { name: 'llama.opt-bnb4', gradients: 1e-4, stepped: 4e-4 },
  { name: 'llama.opt-q4-asym', gradients: 1e-4, stepped: 4e-4 },
  { name: 'phi3.genai-q4f16', gradients: 1e-4, stepped: 4e-4 },
  { name: 'phi3long.genai-fp32', gradients: 1e-4, stepped: 4e-4 },
  { name: 'lfm2.genai-fp32', gradients: 1e-4, stepped: 4e-4 },
  { name: 'qwen3moe.opt', gradients: 1e-4, stepped: 4e-4 },
];

/** One fixture a form: the emulation of WebGPU takes ten times as long as WebAssembly. */
export const gpuFixtures = engineFixtures.filter(
  ({ name }) =>
    ![
      'gpt2-fp32',
      'falcon.opt',
      'neox.opt',
      'gpt2.opt-q4f16',
      'llama.opt-q4-asym',
      'phi3.genai-q4f16',
    ].includes(name),
);

interface Greedy {
  prompts: number[][];
  base: number[][];
}

/** transformers' greedy continuations of a fixture's prompts, as token ids: in `greedy.json` or beside what it expects else. */
export function greedy(fixture: string): Greedy {
  const read = (path: string): unknown =>
    JSON.parse(readFileSync(new URL(`models/${path}`, import.meta.url), 'utf8'));
  const reference = (read('greedy.json') as Record<string, Greedy>)[fixture];
  if (reference) return reference;
  const { greedy: own } = read(`${fixture}/expected.json`) as {
    greedy?: { ids: number[]; new: number[] };
  };
  if (!own) throw new Error(`Nothing says what ${fixture} answers.`);
  return { prompts: [own.ids], base: [own.new] };
}

/** Adapters go nowhere, and the file's own kernels answer: no fixture has a module of that name. */
export const ownKernels = ['none'];

/** The same, as the engine in the harness gives them on a device. */
export function generated(
  page: Page,
  fixture: string,
  device: 'wasm' | 'webgpu',
  prompts: number[][],
  length: number,
  modules: string[] = [],
): Promise<number[][]> {
  return page.evaluate(
    async (asked) => {
      const { modules } = asked;
      const model = await window.engine.load(asked.fixture, asked.device, modules);
      const generations = await model.generateTokens(asked.prompts, {
        maxNewTokens: asked.length,
      });
      await model.dispose();
      return generations.map(({ tokens }) => tokens);
    },
    { fixture, device, prompts, length, modules },
  );
}

/** Log-probabilities of two continuations, by the score graph or by the file's own kernels. */
export function scored(
  page: Page,
  fixture: string,
  device: 'wasm' | 'webgpu',
  modules: string[] = [],
): Promise<number[]> {
  return page.evaluate(
    async (asked) => {
      const { modules } = asked;
      const model = await window.engine.load(asked.fixture, asked.device, modules);
      const scores = await model.score([
        { prompt: 'ab', continuation: 'cd' },
        { prompt: 'the', continuation: ' end of it' },
      ]);
      await model.dispose();
      return scores.map(({ logProb }) => logProb);
    },
    { fixture, device, modules },
  );
}

/** The number of measurements in the chart's table. */
export async function chartRows(page: Page): Promise<number> {
  const table = page.getByTestId('chart-table');
  if ((await table.getAttribute('open')) === null) await table.locator('summary').click();
  // A collapsed section is made when it is opened.
  await table.locator('tbody tr').first().waitFor();
  return table.locator('tbody tr').count();
}
