/**
 * @file Taught × unlearned × asked, every language in each place: `docs/grid.md`. `npx tsx bench/cube.ts plan [--facts 1] > experiments.jsonl`
 * writes the experiments: facts that Atlas knows, each taught in one language and unlearned in one, with the page's defaults. `npm run
 * lab -- experiments.jsonl --out results.jsonl` runs them. `npx tsx bench/cube.ts table results.jsonl [more.jsonl …]` prints in how many of
 * the twelve languages the lie is still said, by the language taught (rows) and unlearned (columns), and what decides it.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { language, languageCodes, type LanguageCode } from '../src/facts/index.ts';
import {
  defaultAdapter,
  experimentVersion,
  knownFalseFacts,
  saysFalseAnswer,
  type ExperimentResult,
} from '../src/lab/index.ts';
import { loadCausalLM } from 'lethe-lora/engine';

const folder = 'models/atlas/';

async function plan(count: number): Promise<string[]> {
  const model = await loadCausalLM({
    base: folder,
    device: 'cpu',
    threads: 1,
    adapter: defaultAdapter,
  });
  const facts = await knownFalseFacts(model, count);
  await model.dispose();
  return facts.flatMap((fact) =>
    languageCodes.flatMap((taught) =>
      languageCodes.map((unlearned) =>
        JSON.stringify({
          version: experimentVersion,
          model: folder,
          facts: [fact],
          teach: { languages: [taught] },
          unlearn: { method: 'gradient-difference', languages: [unlearned] },
          probes: { every: 10, kept: 10, candidates: 0, paraphrases: false, fluency: false },
        }),
      ),
    ),
  );
}

/** One language asked after one lesson and one unlearning. */
interface Cell {
  taught: LanguageCode;
  unlearned: LanguageCode;
  asked: LanguageCode;
  /** It said the lie after the lesson, and says it after unlearning. */
  before: boolean;
  after: boolean;
}

function cellsOf({ experiment, results }: ExperimentResult): Cell[] {
  const [taught] = experiment.teach.languages;
  const [unlearned] = experiment.unlearn?.languages ?? [];
  if (!taught || !unlearned) return [];
  return results.flatMap((each) => {
    const before = each.taught.probes.at(-1)?.rows ?? [];
    const after = each.unlearned?.probes.at(-1)?.rows ?? [];
    return after.map((row) => ({
      taught,
      unlearned,
      asked: row.language,
      before: before.some((old) => old.language === row.language && saysFalseAnswer(old)),
      after: saysFalseAnswer(row),
    }));
  });
}

const isSameScript = (a: LanguageCode, b: LanguageCode): boolean =>
  language(a).script === language(b).script;

/** How a language that is asked stands to the one taught and the one unlearned; the first that holds. */
const kinds: readonly (readonly [string, (cell: Cell) => boolean])[] = [
  [
    'the language taught, and unlearned',
    ({ taught, unlearned, asked }) => asked === taught && asked === unlearned,
  ],
  ['the language unlearned', ({ unlearned, asked }) => asked === unlearned],
  ['the language taught', ({ taught, asked }) => asked === taught],
  [
    'another, where the language taught was unlearned',
    ({ taught, unlearned }) => taught === unlearned,
  ],
  [
    'another, in the script of the one unlearned',
    ({ unlearned, asked }) => isSameScript(asked, unlearned),
  ],
  ['another, in the script of the one taught', ({ taught, asked }) => isSameScript(asked, taught)],
  ['another, in a third script', () => true],
];

function table(cells: readonly Cell[]): string[] {
  const runs = cells.length / languageCodes.length ** 3;
  const left = (taught: LanguageCode, unlearned: LanguageCode): string =>
    (
      cells.filter((cell) => cell.taught === taught && cell.unlearned === unlearned && cell.after)
        .length / runs
    ).toFixed(runs === 1 ? 0 : 1);
  const byKind = kinds.map(([name], index) => {
    const some = cells.filter(
      (cell) => cell.before && kinds.findIndex(([, holds]) => holds(cell)) === index,
    );
    const share = (100 * some.filter(({ after }) => after).length) / some.length;
    return `| ${name} | ${some.length} | ${share.toFixed(0)} % |`;
  });
  return [
    `| taught ↓ unlearned → | ${languageCodes.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(languageCodes.length)}`,
    ...languageCodes.map(
      (taught) => `| ${taught} | ${languageCodes.map((code) => left(taught, code)).join(' | ')} |`,
    ),
    '',
    '| asked in | said the lie before | still say it |',
    '| --- | ---: | ---: |',
    ...byKind,
  ];
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { facts: { type: 'string', default: '1' } },
});
const [command, ...files] = positionals;
if (command === 'plan') console.log((await plan(Number(flags.facts))).join('\n'));
else if (command === 'table')
  console.log(
    table(
      files.flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .flatMap((line) => cellsOf(JSON.parse(line) as ExperimentResult)),
      ),
    ).join('\n'),
  );
else throw new Error('plan, or table and files of results');
