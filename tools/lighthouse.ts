/**
 * @file `npm run lighthouse`: Lighthouse against `dist/`, which `npm run build` made, as a phone and as a desktop, three times each
 * (`--runs n`: so many times); prints the medians. Ends with 1 where a score is below 90.
 */
import lighthouse, { desktopConfig, type Config, type Result } from 'lighthouse';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { serveBuilt } from './built-site.ts';
import { chromiumFlags, ensureChromium, noWebgpuFlags } from './chromium.ts';

const port = 5298;
const debuggingPort = 5299;
const { values: flags } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
const runs = Number(flags.runs);
const least = 0.9;
const categories = ['performance', 'accessibility', 'best-practices'] as const;
const metrics = [
  'first-contentful-paint',
  'largest-contentful-paint',
  'total-blocking-time',
  'cumulative-layout-shift',
  'speed-index',
] as const;

interface Scores {
  scores: Record<string, number>;
  metrics: Record<string, number>;
  /** Audits that failed in any run. */
  failed: string[];
}

async function measure(config: Config | undefined): Promise<Result> {
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...chromiumFlags, ...noWebgpuFlags, `--remote-debugging-port=${String(debuggingPort)}`],
  });
  try {
    const result = await lighthouse(
      `http://127.0.0.1:${String(port)}/`,
      { port: debuggingPort, onlyCategories: [...categories], logLevel: 'error' },
      config,
    );
    if (!result) throw new Error('Lighthouse gave no result.');
    const broken = Object.values(result.lhr.audits).find(
      ({ scoreDisplayMode, errorMessage }) => scoreDisplayMode === 'error' && errorMessage,
    );
    if (broken)
      throw new Error(`Lighthouse could not measure ${broken.id}: ${broken.errorMessage ?? ''}`);
    return result.lhr;
  } finally {
    await browser.close();
  }
}

/** Lighthouse now and then misses the beginning of a page in its own trace, and says so: then once more, twice at most. */
async function measured(config: Config | undefined, left = 2): Promise<Result> {
  try {
    return await measure(config);
  } catch (error) {
    if (left === 0) throw error;
    console.error(`${(error as Error).message} Once more.`);
    return measured(config, left - 1);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function summary(results: readonly Result[]): Scores {
  const failed = results.flatMap(({ audits, categories: all }) =>
    Object.values(all)
      .flatMap(({ auditRefs }) => auditRefs)
      .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 0.9)
      .map(({ id }) => id),
  );
  return {
    scores: Object.fromEntries(
      categories.map((id) => [id, median(results.map((each) => each.categories[id]?.score ?? 0))]),
    ),
    metrics: Object.fromEntries(
      metrics.map((id) => [
        id,
        median(results.map(({ audits }) => audits[id]?.numericValue ?? NaN)),
      ]),
    ),
    failed: [...new Set(failed)],
  };
}

const stop = await serveBuilt(port);
try {
  const presets: Record<string, Scores> = {};
  for (const [name, config] of [
    ['mobile', undefined],
    ['desktop', desktopConfig],
  ] as const) {
    const results: Result[] = [];
    for (let run = 0; run < runs; run++) results.push(await measured(config));
    presets[name] = summary(results);
    console.log(name, presets[name]);
  }
  const isGood = Object.values(presets).every(({ scores }) =>
    Object.values(scores).every((score) => score >= least),
  );
  process.exitCode = isGood ? 0 : 1;
} finally {
  stop();
}
