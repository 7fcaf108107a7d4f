/** @file `npm test`: format, lint, types, unit tests, build, end-to-end tests, one after the other. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { ensureChromium } from './chromium.ts';

interface Counts {
  passed: number;
  failed: number;
}

const reports = '.cache/reports';
mkdirSync(reports, { recursive: true });
const total: Counts = { passed: 0, failed: 0 };

function stage(
  title: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): boolean {
  console.log(`\n── ${title}`);
  const since = Date.now();
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  console.log(
    `── ${title}: ${status === 0 ? 'done' : 'FAILED'} in ${Math.round((Date.now() - since) / 1000)} s`,
  );
  return status === 0;
}

function readReport(name: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(`${reports}/${name}`, 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function unitTests(): boolean {
  const ok = stage('Unit tests', 'npx', [
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reports}/unit.json`,
  ]);
  const report = readReport('unit.json');
  total.passed += Number(report['numPassedTests'] ?? 0);
  total.failed += Number(report['numFailedTests'] ?? (ok ? 0 : 1));
  return ok;
}

function endToEndTests(): boolean {
  const ok = stage('End-to-end tests', 'npx', ['playwright', 'test'], {
    CHROMIUM_PATH: ensureChromium(),
  });
  const stats = (readReport('e2e.json')['stats'] ?? {}) as Record<string, number>;
  total.passed += (stats['expected'] ?? 0) + (stats['flaky'] ?? 0);
  total.failed += stats['unexpected'] ?? (ok ? 0 : 1);
  return ok;
}

const stages: (() => boolean)[] = [
  () => stage('Format', 'npx', ['prettier', '--check', '--log-level', 'warn', '.']),
  () => stage('Lint', 'npx', ['eslint', '.', '--max-warnings', '0']),
  () => stage('Types', 'npx', ['tsc', '--noEmit']),
  () => stage('Components', 'npx', ['svelte-check', '--fail-on-warnings']),
  unitTests,
  () => stage('Build', 'npx', ['vite', 'build', '--logLevel', 'warn']),
  endToEndTests,
];

const ok = stages.every((run) => run());
if (!ok && total.failed === 0) total.failed = 1;
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(ok ? 0 : 1);
