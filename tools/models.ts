/**
 * @file `npm run models -- [folder…]`: asks and teaches every fixture, compares with what PyTorch and PEFT computed, and (with `--write`,
 * as npm runs it) writes the rows into docs/models.md; rows of other fixtures stay. A folder is a fixture, or holds fixtures; by default
 * those of the tests. One line a fixture; exits with 1 where one is off.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { chooseDevice, loadBackend } from '../packages/lethe-lora/src/runtime/index.ts';
import { checkFixture, isAsked, isTaught, lineOf, type FixtureResult } from './models/fixture.ts';
import { rowOf, withRows } from './models/table.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
});
const roots = positionals.length > 0 ? positionals : ['e2e/models'];
const isFixture = (folder: string): boolean => existsSync(join(folder, 'expected.json'));
const folders = roots.flatMap((root) => {
  const base = resolve(root);
  if (isFixture(base)) return [base];
  if (!existsSync(base)) return [];
  return readdirSync(base)
    .sort()
    .map((name) => join(base, name))
    .filter(isFixture);
});
if (folders.length === 0) {
  console.error(`No fixture (a folder with expected.json) in ${roots.join(', ')}.`);
  process.exit(2);
}
const backend = await loadBackend(await chooseDevice({ device: 'cpu' }));
const results: FixtureResult[] = [];
for (const folder of folders) {
  const result = await checkFixture(folder, backend);
  results.push(result);
  console.log(lineOf(result));
}
const right = results.filter((result) => isAsked(result) && isTaught(result)).length;
console.log(`${right} of ${results.length} right`);
if (flags.write) {
  const page = join(import.meta.dirname, '../docs/models.md');
  const options = { ...(await resolveConfig(page)), filepath: page };
  const written = withRows(readFileSync(page, 'utf8'), results.map(rowOf));
  writeFileSync(page, await format(written, options));
}
process.exit(right < results.length ? 1 : 0);
