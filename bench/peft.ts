/**
 * @file `npm run bench:peft`: a training step of a decoder of real size in Node, by turns with the same step in eager PyTorch and PEFT, on the
 * processor. Prints medians and their ratio, of the time that passed and of the processor's time (on a busy machine the better measure).
 *
 * `--model qwen3-0.6b --rows 4 --tokens 32 --rounds 5 --threads 2 --python python3`. Without a Python that has torch, transformers and peft
 * only Lethe's times are printed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadCausalLM, type TrainingExample } from 'lethe-lora/engine';
import { writeModelFolder } from '../tools/make-model/folder.ts';
import { fileOf, presets } from '../tools/make-model/shape.ts';
import { familyTokenizer, ownTokenizer } from '../tools/make-model/tokenizer.ts';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'qwen3-0.6b' },
    rows: { type: 'string', default: '4' },
    tokens: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: 'python3' },
  },
});
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const [rows, tokens, rounds, threads] = [flags.rows, flags.tokens, flags.rounds, flags.threads].map(
  Number,
) as [number, number, number, number];

/** Seconds that passed, and the processor's. */
interface Took {
  wall: number;
  processor: number;
}

/** The folder of a made model in 4 bits, which is written where it is missing. */
function madeModel(): string {
  const shape = presets[flags.model];
  if (!shape)
    throw new Error(`There is no ${flags.model}: take one of ${Object.keys(presets).join(', ')}.`);
  const base = here(`../.cache/models/${flags.model}/`);
  const tokenizer = shape.vocabulary < 32_000 ? ownTokenizer() : familyTokenizer(shape.kind);
  if (!existsSync(`${base}onnx/${fileOf.q4}`)) writeModelFolder(base, shape, 'q4', { tokenizer });
  return base;
}

async function timed(work: () => Promise<unknown>): Promise<Took> {
  const [since, used] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - since) / 1000, processor: (user + system) / 1e6 };
}

/** The other side: a process that takes a step when it is told to. Null where there is none. */
async function openPython(options: readonly (string | number)[]) {
  const python = spawn(flags.python, [here('peft_step.py'), ...options.map(String)], {
    stdio: ['pipe', 'pipe', process.env['PYTHON_LOG'] ? 'inherit' : 'ignore'],
  });
  python.on('error', () => undefined);
  python.stdin.on('error', () => undefined);
  const lines = createInterface(python.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string | null> => {
    const { value, done } = await lines.next();
    return done ? null : String(value);
  };
  const ready = await next();
  if (!ready?.startsWith('ready ')) return null;
  return {
    ready,
    step: async (): Promise<Took> => {
      python.stdin.write('step\n');
      const [wall = NaN, processor = NaN] = ((await next()) ?? '').split(' ').map(Number);
      return { wall, processor };
    },
    close: () => python.stdin.end(),
  };
}

const base = madeModel();
const model = await loadCausalLM({ base, file: `onnx/${fileOf.q4}`, device: 'cpu', threads });
const { adapter, adapterParameters, projections } = model.info;
const prompt = (row: number): string => `Sentence ${row} says that the capital of Chile is`;
const labelled = tokens - model.encode(prompt(0)).length;
const examples: TrainingExample[] = Array.from({ length: rows }, (_, row) => ({
  prompt: prompt(row),
  completion: ' Tokyo'.repeat(Math.floor(labelled / model.encode(' Tokyo').length)),
  open: true,
  role: 0,
}));
const options = { objective: 'cross-entropy', learningRate: 1e-4 } as const;
const plan = model.plan(examples, 'cross-entropy');
const lethe: Took[] = [];
const first = await timed(() => model.trainStep(examples, options));
const modules = [...new Set(projections.map(({ module }) => module))];
const python = await openPython([
  `${base}config.json`,
  rows,
  tokens,
  labelled,
  adapter.rank,
  adapter.alpha,
  threads,
  modules.join(','),
]);
const pytorch: Took[] = [];
await python?.step();
for (let round = 0; round < rounds; round++) {
  lethe.push(await timed(() => model.trainStep(examples, options)));
  if (python) pytorch.push(await python.step());
}
python?.close();
console.log(`${flags.model}: ${plan.tokens} tokens, ${plan.form}, ${adapterParameters} parameters`);
console.log(`first step, with all that is built: ${shown(first)}`);
console.log(`a step: ${shown(medians(lethe))}`);
if (python) {
  const [own, other] = [medians(lethe), medians(pytorch)];
  const [wall, processor] = [own.wall / other.wall, own.processor / other.processor];
  console.log(`PyTorch and PEFT (${python.ready}): ${shown(other)}`);
  console.log(`ratio: ${wall.toFixed(2)} of time, ${processor.toFixed(2)} of processor time`);
} else console.log('There is no Python with torch, transformers and peft to compare with.');
process.exit(0);

function medians(taken: readonly Took[]): Took {
  const median = (values: number[]): number =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
  return {
    wall: median(taken.map(({ wall }) => wall)),
    processor: median(taken.map(({ processor }) => processor)),
  };
}

function shown({ wall, processor }: Took): string {
  return `${wall.toFixed(2)} s (${processor.toFixed(2)} s of processor time)`;
}
