/**
 * @file `npx tsx bench/spread.ts [--rows 3] [--whole] [--port 5297]`: how long the page's default spread matrix takes here (twelve languages
 * × five facts, sixty lessons), in Chromium under WebAssembly with the built site.
 *
 * Times the start (model, facts chosen) and the first `--rows` lessons, and says what the whole would take; with `--whole` all lessons are
 * run. Build first: `npm run build`.
 */
import { parseArgs } from 'node:util';
import type { Page } from 'playwright';
import { circumstances, onBuiltSite } from './site.ts';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '3' },
    whole: { type: 'boolean', default: false },
    port: { type: 'string', default: '5297' },
  },
});

/** Rows done and planned, as the page says them; null before the sweep has begun. */
async function counted(page: Page): Promise<[done: number, total: number] | null> {
  const state = page.getByTestId('sweep-live');
  if ((await state.getAttribute('data-stage').catch(() => null)) !== 'running') return null;
  const numbers = (await page.getByTestId('source-rows').textContent())?.match(/\d+/g) ?? [];
  const [done = NaN, total = NaN] = numbers.map(Number);
  return [done, total];
}

await onBuiltSite(flags.port, async (page, address) => {
  await page.goto(`${address}#/research?view=spread`);
  await page.locator('[data-phase=ready][data-asking=false]').waitFor({ timeout: 120_000 });
  const since = performance.now();
  const seconds = (): number => Number(((performance.now() - since) / 1000).toFixed(1));
  await page.getByTestId('sweep-start').click();
  await page.locator('[data-testid=sweep-live][data-stage=running]').waitFor({ timeout: 300_000 });
  const start = seconds();
  const [, total] = (await counted(page)) ?? [0, NaN];
  const wanted = flags.whole ? total : Number(flags.rows);
  let [done, at] = [0, start];
  while (done < wanted) {
    const now = await counted(page);
    const rows = now ? now[0] : total;
    if (rows > done) {
      [done, at] = [rows, seconds()];
      console.log(`${done} of ${total} lessons after ${at} s`);
    }
    await page.waitForTimeout(100);
  }
  const perLesson = (at - start) / done;
  const result = {
    ...circumstances(),
    lessons: total,
    secondsToStart: start,
    secondsPerLesson: Number(perLesson.toFixed(2)),
    ...(flags.whole
      ? { minutes: Number((at / 60).toFixed(1)) }
      : { minutesExpected: Number(((start + total * perLesson) / 60).toFixed(1)) }),
  };
  console.log(JSON.stringify(result, null, 2));
});
