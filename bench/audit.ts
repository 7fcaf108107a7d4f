/**
 * @file `npx tsx bench/audit.ts [--port 5298] [--threads 1]`: how long “Is it really gone?” takes here, in Chromium under WebAssembly
 * with the built site: the default lie is taught and unlearned with the default settings, then everything is examined. Build first:
 * `npm run build`.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { circumstances, onBuiltSite } from './site.ts';

const { values: flags } = parseArgs({
  options: {
    port: { type: 'string', default: '5298' },
    threads: { type: 'string' },
  },
});

await onBuiltSite(flags.port, async (page, address) => {
  const idle = () =>
    page.locator('[data-phase=ready][data-asking=false]').waitFor({ timeout: 300_000 });
  const query = flags.threads === undefined ? '' : `?threads=${flags.threads}`;
  await page.goto(`${address}${query}`);
  await idle();
  for (const act of ['teach', 'unlearn']) {
    await page.getByTestId(act).click();
    await page.locator('[data-phase=running]').waitFor();
    await idle();
  }
  await page.goto(`${address}${query}#/audit`);
  await idle();
  const loadBefore = loadavg()[0];
  const since = performance.now();
  await page.getByTestId('examine').click();
  await page.locator('[data-phase=examining]').waitFor();
  await idle();
  const seconds = Number(((performance.now() - since) / 1000).toFixed(1));
  const result = {
    ...circumstances(),
    threads: flags.threads === undefined ? 'chosen by the page' : Number(flags.threads),
    loadBefore,
    loadAfter: loadavg()[0],
    verdict: await page.getByTestId('verdict').getAttribute('data-conclusion'),
    seconds,
  };
  console.log(JSON.stringify(result, null, 2));
});
