/**
 * @file `npx tsx bench/methods.ts plan [--methods a,b] > experiments.jsonl` writes the experiments that the methods' defaults are judged by:
 * every method with its defaults, five facts that Atlas knows, each taught in French and in Russian, and unlearned there and in English, with
 * two seeds. `npm run lab -- experiments.jsonl --out results.jsonl` runs them.
 * `npx tsx bench/methods.ts table results.jsonl [more.jsonl …]` sums results up: a line a method and setting. `npx tsx bench/methods.ts slim
 * results.jsonl` prints the same results with the last probe of each run alone and numbers of six digits, as they stand in `bench`.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  defaultAdapter,
  experimentVersion,
  knownFalseFacts,
  methods,
  type ExperimentResult,
  type Phase,
  type ResultRow,
} from '../src/lab/index.ts';
import { loadCausalLM } from 'lethe-lora/engine';

const folder = 'models/atlas/';
const factCount = 5;
const taughtIn = ['fr', 'ru'] as const;
const seeds = [1, 2] as const;

async function plan(chosen: readonly string[]): Promise<string[]> {
  const model = await loadCausalLM({
    base: folder,
    device: 'cpu',
    threads: 1,
    adapter: defaultAdapter,
  });
  const facts = await knownFalseFacts(model, factCount);
  await model.dispose();
  const lessons = seeds.flatMap((seed) =>
    facts.flatMap((fact) => taughtIn.map((taught) => ({ seed, fact, taught }))),
  );
  return lessons.flatMap(({ seed, fact, taught }) =>
    chosen.map((method) =>
      JSON.stringify({
        version: experimentVersion,
        model: folder,
        facts: [fact],
        teach: { languages: [taught] },
        unlearn: { method, languages: ['en', taught] },
        probes: { every: 10, kept: 20, candidates: 0, paraphrases: false },
        seed,
      }),
    ),
  );
}

const results = (files: readonly string[]): ExperimentResult[] =>
  files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ExperimentResult),
  );

const percent = (values: readonly number[]): string =>
  values.length === 0
    ? '–'
    : `${((100 * values.reduce((sum, value) => sum + value, 0)) / values.length).toFixed(0)} %`;

const says = (row: ResultRow): boolean =>
  row.answerClass === 'false' || row.answerClass === 'false-script';

/** One line a method and setting: what is said in the end where it was unlearned and elsewhere, and what it cost. */
function table(all: readonly ExperimentResult[]): string[] {
  const groups = new Map<string, { result: ExperimentResult; before: Phase; after: Phase }[]>();
  for (const result of all)
    for (const { taught, unlearned } of result.results) {
      const { unlearn } = result.experiment;
      if (!unlearn || !unlearned) continue;
      const { method, options, learningRate, retainWeight, steps } = unlearn;
      const settings = Object.entries({ ...options, rate: learningRate, retainWeight, steps });
      const name = `${method} (${settings.map(([key, value]) => `${key} ${value}`).join(', ')})`;
      groups.set(name, [...(groups.get(name) ?? []), { result, before: taught, after: unlearned }]);
    }
  const lines = [...groups].map(([name, runs]) => {
    const rows = (here: boolean): ResultRow[] =>
      runs.flatMap(({ result, after }) =>
        (after.probes.at(-1)?.rows ?? []).filter(
          ({ language }) => result.experiment.unlearn?.languages.includes(language) === here,
        ),
      );
    const share = (here: boolean, holds: (row: ResultRow) => boolean): string =>
      percent(rows(here).map((row) => (holds(row) ? 1 : 0)));
    const kept = (phase: Phase): number => phase.probes.at(-1)?.retained ?? NaN;
    const ratio = runs.flatMap(({ after: { cost } }) =>
      cost.perplexity ? [cost.perplexity.after / cost.perplexity.before] : [],
    );
    const steps = runs.map(({ after }) => after.steps);
    return [
      name,
      runs.length,
      share(true, says),
      percent(rows(true).map(({ probabilities }) => probabilities.false)),
      share(true, ({ answerClass }) => answerClass === 'true'),
      share(false, says),
      share(false, ({ answerClass }) => answerClass === 'true'),
      percent(runs.map(({ before, after }) => kept(after) - kept(before))),
      (ratio.reduce((sum, value) => sum + value, 0) / Math.max(1, ratio.length)).toFixed(2),
      (steps.reduce((sum, value) => sum + value, 0) / steps.length).toFixed(0),
    ].join(' | ');
  });
  return [
    'method | runs | lie said where unlearned | P(false) there | truth said there | lie said elsewhere | truth said elsewhere | kept facts, change | perplexity × | steps',
    '--- | --- | --- | --- | --- | --- | --- | --- | --- | ---',
    ...lines,
  ].map((line) => `| ${line} |`);
}

function slim(result: ExperimentResult): ExperimentResult {
  const ends = (phase: Phase): Phase => ({ ...phase, probes: phase.probes.slice(-1) });
  return {
    ...result,
    results: result.results.map((each) => ({
      ...each,
      taught: ends(each.taught),
      unlearned: each.unlearned && ends(each.unlearned),
    })),
  };
}

function sixDigits(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { methods: { type: 'string' } },
});
const [command, ...files] = positionals;
if (command === 'plan') console.log((await plan(flags.methods?.split(',') ?? methods)).join('\n'));
else if (command === 'table') console.log(table(results(files)).join('\n'));
else if (command === 'slim')
  for (const result of results(files)) console.log(JSON.stringify(slim(result), sixDigits));
else {
  console.error(
    'Usage: npx tsx bench/methods.ts plan | table results.jsonl … | slim results.jsonl',
  );
  process.exit(2);
}
