/**
 * @file `npm test`: format, lint, types and the build, two at a time; then unit tests; then end-to-end tests, both on two cores by themselves.
 * What fails lets nothing more begin.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { ensureChromium } from './chromium.ts';

interface Counts {
  passed: number;
  failed: number;
}

const reports = '.cache/reports';
mkdirSync(reports, { recursive: true });
const total: Counts = { passed: 0, failed: 0 };

interface Stage {
  title: string;
  /** What npx runs. */
  command: readonly string[];
  env?: NodeJS.ProcessEnv;
}

interface Ended {
  ok: boolean;
  /** What it printed, where that was kept back. */
  output: string;
  seconds: number;
}

function execute({ command, env }: Stage, prints: 'at once' | 'in the end'): Promise<Ended> {
  const since = Date.now();
  const stream = prints === 'at once' ? 'inherit' : 'pipe';
  const child = spawn('npx', command, {
    stdio: ['inherit', stream, stream],
    env: { ...process.env, ...env },
  });
  const printed: Buffer[] = [];
  for (const source of [child.stdout, child.stderr])
    source?.on('data', (data: Buffer) => printed.push(data));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      const output = Buffer.concat(printed).toString();
      resolve({ ok: status === 0, output, seconds: Math.round((Date.now() - since) / 1000) });
    });
  });
}

function heading({ title }: Stage): void {
  console.log(`\n── ${title}`);
}

function ending({ title }: Stage, { ok, seconds }: Ended): void {
  console.log(`── ${title}: ${ok ? 'done' : 'FAILED'} in ${seconds} s`);
}

async function alone(stage: Stage): Promise<boolean> {
  heading(stage);
  const ended = await execute(stage, 'at once');
  ending(stage, ended);
  return ended.ok;
}

/** Runs stages that use one core each, two at a time. The output of each appears whole, in the order in which they were begun. */
async function inPairs(stages: readonly Stage[]): Promise<boolean> {
  const running: Promise<boolean>[] = [];
  let shown: Promise<unknown> = Promise.resolve();
  let ok = true;
  for (const stage of stages) {
    if (running.length === 2) await Promise.race(running);
    if (!ok) break;
    const end = execute(stage, 'in the end');
    const counted = end.then((ended) => {
      ok &&= ended.ok;
      running.splice(running.indexOf(counted), 1);
      return ended.ok;
    });
    running.push(counted);
    shown = shown.then(async () => {
      heading(stage);
      const ended = await end;
      process.stdout.write(ended.output);
      ending(stage, ended);
    });
  }
  await Promise.all([...running, shown]);
  return ok;
}

function readReport(name: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(`${reports}/${name}`, 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

async function unitTests(): Promise<boolean> {
  const json = `--outputFile.json=${reports}/unit.json`;
  const ok = await alone({
    title: 'Unit tests',
    command: ['vitest', 'run', '--reporter=default', '--reporter=json', json],
  });
  const report = readReport('unit.json');
  total.passed += Number(report['numPassedTests'] ?? 0);
  total.failed += Number(report['numFailedTests'] ?? (ok ? 0 : 1));
  return ok;
}

async function endToEndTests(): Promise<boolean> {
  const ok = await alone({
    title: 'End-to-end tests',
    command: ['playwright', 'test'],
    env: { CHROMIUM_PATH: ensureChromium() },
  });
  const stats = (readReport('e2e.json')['stats'] ?? {}) as Record<string, number>;
  total.passed += (stats['expected'] ?? 0) + (stats['flaky'] ?? 0);
  total.failed += stats['unexpected'] ?? (ok ? 0 : 1);
  return ok;
}

const checks: readonly Stage[] = [
  { title: 'Components', command: ['svelte-check', '--fail-on-warnings'] },
  { title: 'Format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { title: 'Lint', command: ['eslint', '.', '--max-warnings', '0'] },
  { title: 'Types', command: ['tsc', '--noEmit'] },
  { title: 'Build', command: ['vite', 'build', '--logLevel', 'warn'] },
];

const ok = (await inPairs(checks)) && (await unitTests()) && (await endToEndTests());
if (!ok && total.failed === 0) total.failed = 1;
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(ok ? 0 : 1);
