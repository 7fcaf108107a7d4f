/** @file `npm run weight`: weighs `dist/`, which `npm run build` made, and writes `bench/weight.json`. */
import { writeFileSync } from 'node:fs';
import { budget, total, weigh } from './weigh.ts';

const { before, after } = weigh('dist');
const all = total(before);
const report = { unit: 'bytes', budget, before: { total: all, files: before }, after };
writeFileSync('bench/weight.json', `${JSON.stringify(report, null, 2)}\n`);
console.log(
  `Before the page is usable: ${String(all.gzip)} bytes with gzip, ${String(all.brotli)} with Brotli; the budget is ${String(budget)}.`,
);
process.exit(all.gzip <= budget ? 0 : 1);
