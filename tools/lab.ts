/**
 * @file `npm run lab -- experiments.jsonl [--shard i/n] [--device cpu|webgpu] [--threads n] [--model folder] [--out file]`: runs experiments, one JSON
 * value a line, and prints one JSON line of results for each. With `--out` it appends to a file and leaves out what the file holds already.
 * On a busy machine `--threads 1` is often the fastest.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  defaultAdapter,
  experimentKey,
  experimentRunner,
  parseExperiments,
  readFinished,
  shardOf,
  sweep,
  type Experiment,
} from '../src/lab/index.ts';
import { loadCausalLM } from 'lethe-lora/engine';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    shard: { type: 'string', default: '1/1' },
    device: { type: 'string', default: 'cpu' },
    threads: { type: 'string' },
    model: { type: 'string' },
    out: { type: 'string' },
  },
});
const [file] = positionals;
const { out } = flags;
const device = isDevice(flags.device) ? flags.device : null;
const threads = flags.threads === undefined ? undefined : Number(flags.threads);
const isCount = threads === undefined || (Number.isInteger(threads) && threads > 0);
if (file === undefined || device === null || !isCount) {
  console.error(
    'Usage: npm run lab -- experiments.jsonl [--shard i/n] [--device cpu|webgpu] [--threads n] [--model folder] [--out file]',
  );
  process.exit(2);
}

function isDevice(name: string): name is 'cpu' | 'webgpu' {
  return name === 'cpu' || name === 'webgpu';
}

/** What must be loaded for an experiment: a model with an adapter. */
function setUpOf({ model, adapter }: Experiment): string {
  return JSON.stringify([flags.model ?? model, adapter]);
}

/** All experiments with one model and adapter, in their order. */
async function runOn(experiments: readonly Experiment[], known: Set<string>) {
  const [first] = experiments;
  if (!first) return;
  const model = await loadCausalLM({
    base: resolve(flags.model ?? first.model),
    device: device ?? 'cpu',
    ...(threads !== undefined && { threads }),
    adapter: { ...defaultAdapter, ...first.adapter },
  });
  try {
    await sweep(experiments, known, {
      keyOf: (experiment) => experimentKey(experiment, model.info),
      perform: experimentRunner(model),
      onLine: (line) => {
        if (out === undefined) process.stdout.write(line);
        else appendFileSync(out, line);
      },
    });
  } finally {
    await model.dispose();
  }
}

try {
  const chosen = shardOf(parseExperiments(readFileSync(file, 'utf8')), flags.shard);
  const finished = readFinished(
    out !== undefined && existsSync(out) ? readFileSync(out, 'utf8') : '',
  );
  if (out !== undefined) writeFileSync(out, finished.text);
  const setUps = [...new Set(chosen.map(setUpOf))];
  for (const setUp of setUps)
    await runOn(
      chosen.filter((experiment) => setUpOf(experiment) === setUp),
      finished.keys,
    );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
