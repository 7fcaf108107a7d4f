/**
 * @file `npm run models -- [folder…]`: asks and teaches every fixture, and compares with what PyTorch and PEFT computed. A folder is a
 * fixture, or holds fixtures; by default those of the tests. One line a fixture; exits with 1 where one is off.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseDevice, loadBackend } from '../src/runtime/index.ts';
import { checkFixture, isRight, lineOf } from './models/fixture.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const roots = positionals.length > 0 ? positionals : ['e2e/models'];
const folders = roots.flatMap((root) => {
  const base = resolve(root);
  if (existsSync(join(base, 'expected.json'))) return [base];
  if (!existsSync(base)) return [];
  return readdirSync(base)
    .sort()
    .map((name) => join(base, name))
    .filter((folder) => existsSync(join(folder, 'expected.json')));
});
if (folders.length === 0) {
  console.error(`No fixture (a folder with expected.json) in ${roots.join(', ')}.`);
  process.exit(2);
}
const backend = await loadBackend(await chooseDevice({ device: 'cpu' }));
let wrong = 0;
for (const folder of folders) {
  const result = await checkFixture(folder, backend);
  if (!isRight(result)) wrong++;
  console.log(lineOf(result));
}
console.log(`${folders.length - wrong} of ${folders.length} right`);
process.exit(wrong > 0 ? 1 : 0);
