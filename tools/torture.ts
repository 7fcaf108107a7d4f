/**
 * @file `npm run torture`: what is promised in docs/guarantees.md, attacked for some minutes. It needs a built site (`npm run build`).
 *
 * `npm run torture -- [--minutes 5] [--seed 1] [--only files,failures,kills,devices]`
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { tortureDevices } from './torture/devices.ts';
import { tortureFailures } from './torture/failures.ts';
import { keptCases, replay, tortureFiles } from './torture/files.ts';
import { tortureKills } from './torture/kills.ts';
import { tortureTabs } from './torture/tabs.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: 'files,failures,tabs,kills,devices' },
  },
});
const seed = Number(values.seed);
const minutes = Number(values.minutes);
if (!Number.isSafeInteger(seed) || !(minutes > 0))
  throw new Error('--seed takes a whole number, and --minutes a positive one.');
const wanted = values.only.split(',');
const root = resolve(import.meta.dirname, '..');
if (wanted.some((name) => ['tabs', 'kills', 'devices'].includes(name))) {
  if (!existsSync(`${root}/dist/index.html`)) throw new Error('Run `npm run build` first.');
  if (!existsSync(`${root}/.cache/models/micro`)) await import('../e2e/micro-model.ts');
}

let failed = 0;
/** Milliseconds that a part of the time lasts, from now on. */
const until = (share: number): number => Date.now() + share * minutes * 60_000;

function tell(what: string, count: number, faults: readonly string[]): void {
  console.log(`${String(count).padStart(6)} ${what}: ${faults.length} not as promised`);
  for (const fault of faults) console.log(`       ${fault}`);
  failed += faults.length;
}

if (wanted.includes('files')) {
  const kept: string[] = [];
  for (const { name, found } of keptCases()) {
    const fault = await replay(found);
    if (fault !== null) kept.push(`${name}: ${fault}`);
  }
  tell('kept cases', keptCases().length, kept);
  const { count, faults } = await tortureFiles(seed, { count: Infinity, until: until(0.2) });
  tell(
    'damaged files',
    count,
    faults.map(({ kind, was }) => `${kind}: ${was}`),
  );
}
if (wanted.includes('failures')) {
  const { count, faults } = await tortureFailures(until(0.2));
  tell('injected failures', count, faults);
}
if (wanted.includes('tabs')) {
  const faults = await tortureTabs();
  tell('tabs (two, frozen, with a clock that jumps)', 3, faults);
}
if (wanted.includes('kills')) {
  const { count, faults, acts } = await tortureKills(seed, { count: Infinity, until: until(0.3) });
  const list = Object.entries(acts).map(([name, times]) => `${name} ${times}`);
  tell(`kills (${list.join(', ')})`, count, faults);
}
if (wanted.includes('devices')) {
  const { count, faults, seconds } = await tortureDevices(seed, {
    count: Infinity,
    until: until(0.3),
  });
  tell('lost devices', count, faults);
  const sorted = [...seconds].sort((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(1);
  if (sorted.length > 0)
    console.log(`       until the next answer: median ${at(0.5)} s, longest ${at(1)} s`);
}
process.exit(failed === 0 ? 0 : 1);
