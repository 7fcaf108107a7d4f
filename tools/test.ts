/**
 * @file `npm test`: format, lint, types and the build, two at a time; then unit tests; then end-to-end tests, both on two cores by themselves.
 * The next stage begins where all before it passed.
 */
import concurrently from 'concurrently';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { findFirefox } from '../e2e/other-browsers/firefox.ts';
import { isWebKitInstalled } from '../e2e/other-browsers/webkit.ts';
import { ensureChromium } from './chromium.ts';
import { ensureHalfGpu } from './half-gpu/build.ts';
import { writeType } from './messages/catalogue.ts';

const reports = '.cache/reports';
writeType();
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
const total = { passed: 0, failed: 0 };

/** Stages that use one core each; what each prints appears when it has ended. */
async function checks(): Promise<boolean> {
  const { result } = concurrently(
    [
      { name: 'Components', command: 'npx svelte-check --fail-on-warnings' },
      { name: 'Format', command: 'npx prettier --check --log-level warn .' },
      { name: 'Lint', command: 'npm run --silent lint' },
      { name: 'Types', command: 'npx tsc --noEmit' },
      { name: 'Build', command: 'npx vite build --logLevel warn' },
    ],
    { maxProcesses: 2, group: true, timings: true },
  );
  return result.then(
    () => true,
    () => false,
  );
}

/** Runs tests, and counts them by the report that they write; `count` finds the numbers in it. */
function tests(
  [command, ...args]: readonly [string, ...string[]],
  report: string,
  count: (report: Record<string, unknown>) => { passed: unknown; failed: unknown },
): boolean {
  console.log(`\n── ${command}`);
  const { status } = spawnSync('npx', [command, ...args], { stdio: 'inherit' });
  const ok = status === 0;
  try {
    const written = JSON.parse(readFileSync(`${reports}/${report}`, 'utf8')) as object;
    const { passed, failed } = count(written as Record<string, unknown>);
    total.passed += Number(passed);
    total.failed += Number(failed);
  } catch {
    console.error(`${command} wrote no report.`);
  }
  return ok;
}

function unitTests(): boolean {
  const json = `--outputFile.json=${reports}/unit.json`;
  return tests(
    ['vitest', 'run', '--reporter=default', '--reporter=json', json],
    'unit.json',
    ({ numPassedTests, numFailedTests }) => ({ passed: numPassedTests, failed: numFailedTests }),
  );
}

function endToEndTests(): boolean {
  process.env['CHROMIUM_PATH'] = ensureChromium();
  console.log(`\n${ensureHalfGpu()}`);
  if (findFirefox() === undefined) console.log('Firefox is not tested: install firefox-esr.');
  if (!isWebKitInstalled())
    console.log('WebKit is not tested: install webkit2gtk-driver and xvfb.');
  return tests(['playwright', 'test'], 'e2e.json', ({ stats }) => {
    const { expected = 0, flaky = 0, unexpected = 0 } = stats as Record<string, number>;
    return { passed: expected + flaky, failed: unexpected };
  });
}

const ok = (await checks()) && unitTests() && endToEndTests();
if (!ok && total.failed === 0) total.failed = 1;
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(ok ? 0 : 1);
