/**
 * @file What decides whether a lie survives elsewhere? The paper's grid again with one setting changed at a time: `docs/grid.md`.
 * `npx tsx bench/grid.ts plan > experiments.jsonl` writes the experiments: three facts that Atlas knows, each taught in the grid's four
 * languages and unlearned in its four ways, under each condition. `npm run lab -- experiments.jsonl --out results.jsonl` runs them.
 * `npx tsx bench/grid.ts table results.jsonl [more.jsonl …]` prints a line a condition.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  agreementWithPaper,
  defaultAdapter,
  experimentVersion,
  gridOf,
  gridSources,
  knownFalseFacts,
  mixFor,
  parseExperiment,
  unlearnedIn,
  ways,
  type Experiment,
  type ExperimentResult,
} from '../src/lab/index.ts';
import { loadCausalLM } from 'lethe-lora/engine';

const folder = 'models/atlas/';
const factCount = 3;

/** What differs from the defaults of the page. */
const conditions: Readonly<
  Record<string, { teach?: object; unlearn?: object; adapter?: Experiment['adapter'] }>
> = {
  'the defaults': {},
  'stops at P(false) 0.1': { unlearn: { stopBelow: 0.1 } },
  'stops at P(false) 0.3': { unlearn: { stopBelow: 0.3 } },
  'rate 3e-4, 200 steps': { unlearn: { learningRate: 3e-4, steps: 200 } },
  '48 retain sentences': { unlearn: { retainPerStep: 48 } },
  'retain weight 4': { unlearn: { retainWeight: 4 } },
  'taught for 90 steps': { teach: { steps: 90 } },
  'adapter on all layers': { adapter: { modules: [], layers: [] } },
};

async function plan(): Promise<string[]> {
  const model = await loadCausalLM({
    base: folder,
    device: 'cpu',
    threads: 1,
    adapter: defaultAdapter,
  });
  const facts = await knownFalseFacts(model, factCount);
  await model.dispose();
  return Object.values(conditions).flatMap(({ teach, unlearn, adapter }) =>
    facts.flatMap((fact, index) =>
      gridSources.flatMap((taught) =>
        ways.map((way) =>
          JSON.stringify({
            version: experimentVersion,
            model: folder,
            facts: [fact],
            ...(adapter && { adapter }),
            teach: { languages: [taught], ...teach },
            unlearn: {
              method: 'gradient-difference',
              languages: unlearnedIn(way, { taught, mix: mixFor(taught, index) }),
              ...unlearn,
            },
            probes: { every: 5, kept: 20, candidates: 0, paraphrases: false, fluency: false },
          }),
        ),
      ),
    ),
  );
}

/** The settings that a condition may change: equal ones are one condition. */
function settings({ teach, unlearn, adapter }: Experiment): string {
  const { steps, learningRate, retainPerStep, retainWeight, stopBelow } = unlearn ?? {};
  return [
    teach.steps,
    ...[steps, learningRate, retainPerStep, retainWeight, stopBelow],
    adapter?.layers?.join() ?? 'usual',
  ].join(' ');
}

function nameOf(experiment: Experiment): string {
  const found = Object.entries(conditions).find(([, { teach, unlearn, adapter }]) => {
    const changed = parseExperiment({
      version: experimentVersion,
      facts: experiment.facts,
      ...(adapter && { adapter }),
      teach: { languages: experiment.teach.languages, ...teach },
      unlearn: { method: 'gradient-difference', languages: ['en'], ...unlearn },
    });
    return settings(changed) === settings(experiment);
  });
  return found?.[0] ?? settings(experiment);
}

const percent = (share: number | null): string =>
  share === null ? '–' : `${(100 * share).toFixed(0)} %`;

/** One line a condition: cells that agree with the paper, and what is said in the cells that the defaults forget too much in. */
function table(results: readonly ExperimentResult[]): string[] {
  const byName = new Map<string, ExperimentResult[]>();
  for (const result of results) {
    const name = nameOf(result.experiment);
    byName.set(name, [...(byName.get(name) ?? []), result]);
  }
  const lines = [...byName].map(([name, some]) => {
    const { rows } = gridOf(some);
    const { agreeing, measured } = agreementWithPaper(rows);
    const ends = some.flatMap(({ results: each }) =>
      each.flatMap(({ unlearned }) => unlearned ?? []),
    );
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    return [
      name,
      some.length,
      `${agreeing} of ${measured}`,
      percent(rows.english.low.saysFalse),
      percent(rows.own.english.saysFalse),
      percent(rows.own.high.saysFalse),
      percent(rows.mix.english.saysFalse),
      percent(rows.mix.high.saysFalse),
      percent(rows.mix.low.saysFalse),
      percent(rows.english.own.saysFalse),
      percent(rows.own.own.saysFalse),
      mean(ends.map(({ steps }) => steps)).toFixed(0),
      percent(mean(ends.map(({ probes }) => probes.at(-1)?.retained ?? NaN))),
    ].join(' | ');
  });
  return [
    'condition | runs | cells as in the paper | English → low | own → English | own → high | mix → English | mix → high | mix → low | English → own | own → own | steps | kept facts right',
    Array(13).fill('---').join(' | '),
    ...lines,
  ].map((line) => `| ${line} |`);
}

const { positionals } = parseArgs({ allowPositionals: true });
const [command, ...files] = positionals;
if (command === 'plan') console.log((await plan()).join('\n'));
else if (command === 'table')
  console.log(
    table(
      files.flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as ExperimentResult),
      ),
    ).join('\n'),
  );
else throw new Error('plan, or table and files of results');
