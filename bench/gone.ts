/**
 * @file `npx tsx bench/gone.ts [--port 5298] [--threads 1] [--write]`: how long “Is it really gone?” takes here, in Chromium under WebAssembly
 * with the built site: the default lie is taught and unlearned with the default settings, then everything is examined. With `--write` the
 * time goes to `bench/gone.json` with the machine's description. Build first: `npm run build`.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { chromiumFlags, ensureChromium, noWebgpuFlags } from '../tools/chromium.ts';

const { values: flags } = parseArgs({
  options: {
    port: { type: 'string', default: '5298' },
    threads: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const server = spawn(
  process.execPath,
  ['--import', 'tsx', 'tools/serve.ts', '--strict-port', '--port', flags.port],
  { stdio: ['ignore', 'pipe', 'inherit'], cwd: here('..') },
);
await new Promise((ready) => server.stdout.once('data', ready));
const browser = await chromium.launch({
  executablePath: ensureChromium(),
  args: [...chromiumFlags, ...noWebgpuFlags],
});
try {
  const page = await browser.newPage();
  const idle = () =>
    page.locator('[data-phase=ready][data-asking=false]').waitFor({ timeout: 300_000 });
  const query = flags.threads === undefined ? '' : `?threads=${flags.threads}`;
  await page.goto(`http://127.0.0.1:${flags.port}/${query}`);
  await idle();
  for (const act of ['teach', 'unlearn']) {
    await page.getByTestId(act).click();
    await page.locator('[data-phase=running]').waitFor();
    await idle();
  }
  await page.goto(`http://127.0.0.1:${flags.port}/${query}#/gone`);
  await idle();
  const loadBefore = loadavg()[0];
  const since = performance.now();
  await page.getByTestId('examine').click();
  await page.locator('[data-phase=examining]').waitFor();
  await idle();
  const seconds = Number(((performance.now() - since) / 1000).toFixed(1));
  const result = {
    measured: new Date().toISOString().slice(0, 10),
    machine: {
      processor: cpus()[0]?.model,
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
    runtime: 'onnxruntime-web, WebAssembly, headless Chromium',
    threads: flags.threads === undefined ? 'chosen by the page' : Number(flags.threads),
    loadBefore,
    loadAfter: loadavg()[0],
    verdict: await page.getByTestId('verdict').getAttribute('data-conclusion'),
    seconds,
  };
  console.log(JSON.stringify(result, null, 2));
  if (flags.write) writeFileSync(here('gone.json'), `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await browser.close();
  server.kill();
}
