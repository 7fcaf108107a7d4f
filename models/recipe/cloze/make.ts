/** @file `tsx models/recipe/cloze/make.ts`: writes `outside.tsv`, the cloze set that `npm run atlas:evaluate` ranks by default. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildCloze } from './set.ts';

const text = buildCloze();
writeFileSync(fileURLToPath(new URL('outside.tsv', import.meta.url)), text);
console.log(`${text.split('\n').length - 3} sentences`);
