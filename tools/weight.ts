/** @file `npm run weight`: weighs `dist/`, which `npm run build` made. Ends with 1 where too much comes before the page is usable. */
import { budget, total, weigh, type Weight } from './weigh.ts';

const { before, after } = weigh('dist');
const listed = (weights: Readonly<Record<string, Weight>>): void =>
  console.table({ ...weights, together: total(weights) });
console.log('After the page is usable, in bytes:');
listed(after);
console.log('Before the page is usable, in bytes:');
listed(before);
const { gzip } = total(before);
console.log(`${gzip} bytes with gzip come first; the budget is ${budget}.`);
process.exit(gzip <= budget ? 0 : 1);
