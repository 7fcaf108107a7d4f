/**
 * @file `npm run atlas:evaluate`: measures Atlas: what it knows, what reaches other languages, and what unlearning leaves.
 *
 * Prints tables; a whole evaluation also writes `models/atlas/evaluation.json` and the tables of the card. Options: `--only
 * knowledge,transfer,cloze,spread,grid`, `--facts N` (facts asked, false facts taught), `--languages a,b` (asked or taught in),
 * `--cloze file.tsv` (another set to rank), `--plain` (the twin, with its own card), `--model folder`, `--workers N` (processes; default: a core each), `--out file` (results
 * of an evaluation that is not whole). Experiments run as `npm run lab` runs them; their results are kept in `.cache/atlas-evaluation`, so that
 * an evaluation that was cut off goes on.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { languageCodes, type LanguageCode } from '../../src/facts/index.ts';
import { defaultAdapter, falseFactSeed, openingExperiment } from '../../src/lab/index.ts';
import { loadFiles } from '../../packages/lethe-lora/src/model/files.ts';
import { loadCausalLM, type CausalLM } from 'lethe-lora/engine';
import { cloze } from './measure/cloze.ts';
import { grid } from './measure/grid.ts';
import { knowledge, transfer } from './measure/knowledge.ts';
import type { Means, Measure } from './measure/measure.ts';
import { runLab, versionOf } from './measure/run-lab.ts';
import { spread } from './measure/spread.ts';
import { asText, fillCard, type Table } from './measure/table.ts';

/** In the order in which they are reported. */
const measures = { knowledge, transfer, cloze, spread, grid };
type MeasureName = keyof typeof measures;
const measureNames = Object.keys(measures) as MeasureName[];

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    facts: { type: 'string' },
    languages: { type: 'string' },
    cloze: { type: 'string' },
    model: { type: 'string' },
    plain: { type: 'boolean', default: false },
    workers: { type: 'string' },
    out: { type: 'string' },
  },
});

/** A comma-separated option among what it may name; all of it where the option is absent. */
function chosen<T extends string>(
  option: string,
  text: string | undefined,
  all: readonly T[],
): T[] {
  const names = text?.split(',').map((name) => name.trim());
  for (const name of names ?? [])
    if (!all.some((each) => each === name))
      throw new Error(`--${option}: “${name}” is none of ${all.join(', ')}.`);
  return all.filter((each) => names?.includes(each) ?? true);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${option} takes a whole number above 0, not “${text}”.`);
  return value;
}

const only = chosen<MeasureName>('only', flags.only, measureNames);
const scope = {
  languages: chosen<LanguageCode>('languages', flags.languages, languageCodes),
  cloze: flags.cloze ?? here('cloze/outside.tsv'),
  ...(flags.facts !== undefined && { facts: positive('facts', flags.facts) }),
};
const ours = here(flags.plain ? '../atlas-plain/' : '../atlas/');
const folder = flags.model === undefined ? ours : flags.model.replace(/\/?$/, '/');
const count = positive('workers', flags.workers ?? String(availableParallelism()));
/** Only what anyone would get by the command alone goes into the card. */
const isStandard = [flags.facts, flags.languages, flags.cloze, flags.model].every(
  (flag) => flag === undefined,
);

/** Rounds what is printed to a file to five digits. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(5)) : value;
}

const { digest } = await loadFiles(folder, () => undefined);
const cache = here(`../../.cache/atlas-evaluation/${versionOf(digest)}`);
let loaded: Promise<CausalLM> | undefined;
const means: Means = {
  scope,
  model: () => (loaded ??= loadCausalLM({ base: folder, device: 'cpu', adapter: defaultAdapter })),
  run: (experiments) => runLab(experiments, { model: folder, processes: count, cache }),
};
const summaries: Partial<Record<MeasureName, unknown>> = {};
const tables: Table[] = [];
const since = performance.now();

async function measured<S>(
  name: MeasureName,
  { measure, tables: draw }: Measure<S>,
): Promise<void> {
  const summary = await measure(means);
  summaries[name] = summary;
  for (const table of draw(summary)) {
    tables.push(table);
    console.log(asText(table));
  }
}

for (const name of only) await measured(name, measures[name] as Measure<unknown>);
await (await loaded)?.dispose();
console.log(`\n${Math.round((performance.now() - since) / 1000)} s on ${count} processes`);

const out = flags.out ?? (isStandard ? `${ours}evaluation.json` : undefined);
if (out !== undefined) {
  const settings = {
    falseFactSeed,
    adapter: defaultAdapter,
    teach: openingExperiment.teach,
    unlearn: openingExperiment.unlearn,
    ...(!isStandard && { scope }),
  };
  const before = existsSync(out) ? (JSON.parse(readFileSync(out, 'utf8')) as object) : {};
  const isSame =
    'model' in before &&
    before.model === digest &&
    'settings' in before &&
    JSON.stringify(before.settings, rounded) === JSON.stringify(settings, rounded);
  const report = { ...(isSame && before), model: digest, settings, ...summaries };
  writeFileSync(
    out,
    await format(JSON.stringify(report, rounded), { parser: 'json', printWidth: 120 }),
  );
  console.log(`Written: ${out}`);
}
if (isStandard && flags.out === undefined) {
  const path = `${ours}README.md`;
  const { card, left } = fillCard(readFileSync(path, 'utf8'), tables);
  writeFileSync(path, await format(card, { parser: 'markdown' }));
  if (left.length > 0) console.log(`The card has no place for: ${left.join(', ')}.`);
}
