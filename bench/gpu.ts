/**
 * @file `npm run bench:gpu`: what a real GPU does, through ONNX Runtime's WebGPU provider in Node: fixtures against PyTorch's numbers, Atlas, and
 * a decoder of a real one's size at 256 tokens a step. Six minutes at most; what is in `bench/gpu.json` already is not measured again, so that
 * a run that was cut goes on. Each part runs in a process of its own: a driver that fails ends it, and nothing else.
 *
 * `--model qwen3-0.6b` (or a small preset, for an emulated GPU), `--minutes 6`, `--fresh`, `--out bench/gpu.json`. Without a GPU:
 * `VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json npm run bench:gpu -- --model qwen3-tiny`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { languageCodes, probeForm, sentence } from '../src/facts/index.ts';
import { loadCausalLM, type CausalLM, type TrainingExample } from 'lethe-lora/engine';
import { compareWithExpected } from '../packages/lethe-lora/src/model/verify.ts';
import { chooseDevice, loadBackend } from '../packages/lethe-lora/src/runtime/index.ts';
import { writeModelFolder } from '../tools/make-model/folder.ts';
import { fileOf, presets } from '../tools/make-model/shape.ts';
import { familyTokenizer, ownTokenizer } from '../tools/make-model/tokenizer.ts';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'qwen3-0.6b' },
    minutes: { type: 'string', default: '6' },
    out: { type: 'string', default: 'bench/gpu.json' },
    fresh: { type: 'boolean', default: false },
    part: { type: 'string' },
  },
});
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const fixtures = ['qwen2-fp32', 'gpt2-fp32', 'bloom-fp32', 'qwen2-q4', 'qwen3-q4', 'qwen2-q4f16'];
const real = `model ${flags.model}`;

/** Anything that JSON holds. */
type Measured = Record<string, unknown>;

/** Rows and tokens of a step: 256 tokens. */
const [rows, time] = [8, 32];

if (flags.part === undefined) measureAll();
else console.log(`measured ${JSON.stringify(await measurePart(flags.part))}`);
process.exit(process.exitCode ?? 0);

/** Measures what is missing, and writes the file after each part. */
function measureAll(): void {
  const end = Date.now() + Number(flags.minutes) * 60_000;
  const old = !flags.fresh && existsSync(flags.out) ? readFileSync(flags.out, 'utf8') : '{}';
  const { parts: known = {} } = JSON.parse(old) as { parts?: Record<string, Measured> };
  for (const part of [...fixtures.map((name) => `fixture ${name}`), 'atlas', real]) {
    if (known[part] && !('failed' in known[part])) continue;
    const left = end - Date.now();
    if (left < 5000) {
      console.log(`${part}: no time is left; run the command again to go on.`);
      break;
    }
    const script = fileURLToPath(import.meta.url);
    const { stdout, stderr, signal } = spawnSync(
      process.execPath,
      ['--import', 'tsx', script, '--part', part, '--model', flags.model],
      { encoding: 'utf8', timeout: left, cwd: here('..') },
    );
    const [, json] = /^measured (.*)$/m.exec(stdout) ?? [];
    known[part] = json
      ? (JSON.parse(json) as Measured)
      : { failed: signal ? `It took more than ${Math.round(left / 1000)} s.` : lastLine(stderr) };
    console.log(part, JSON.stringify(known[part]));
    writeFileSync(flags.out, JSON.stringify({ ...machine(), parts: known }, null, 2) + '\n');
  }
}

function lastLine(text: string): string {
  return text.split('\n').findLast((line) => /Error/.test(line)) ?? text.trim().slice(-300);
}

function machine(): Measured {
  return {
    measured: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    gpu: said('nvidia-smi', '--query-gpu=name,driver_version', '--format=csv,noheader'),
    driver: process.env['VK_ICD_FILENAMES'] ?? 'the system’s Vulkan drivers',
    runtime: 'onnxruntime-node, WebGPU provider',
  };
}

/** What a command says; null where there is none. */
function said(command: string, ...options: string[]): string | null {
  const { status, stdout } = spawnSync(command, options, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

async function measurePart(part: string): Promise<Measured> {
  if (part.startsWith('fixture ')) return measureFixture(part.slice('fixture '.length));
  const isAtlas = part === 'atlas';
  const files = isAtlas ? { base: here('../models/atlas/') } : madeModel();
  const since = performance.now();
  const model = await loadCausalLM({ ...files, device: 'webgpu' });
  const loadSeconds = (performance.now() - since) / 1000;
  const measured = await measureModel(model);
  return { loadSeconds: rounded(loadSeconds), ...measured };
}

async function measureFixture(name: string): Promise<Measured> {
  const read = (file: string) =>
    new Uint8Array(readFileSync(here(`../e2e/models/${name}/${file}`)));
  const backend = await loadBackend(await chooseDevice({ device: 'webgpu' }));
  const comparison = await compareWithExpected(
    {
      model: read('onnx/model.onnx'),
      expected: read('expected.json'),
      tensors: read('expected.safetensors'),
      adapter: read('adapter_model.safetensors'),
      config: read('config.json'),
    },
    backend,
  );
  return { ...comparison };
}

/** The model in the cache, made where it is missing. */
function madeModel(): { base: string; file: string } {
  const shape = presets[flags.model];
  if (!shape)
    throw new Error(`There is no ${flags.model}: take one of ${Object.keys(presets).join(', ')}.`);
  const base = here(`../.cache/models/${flags.model}/`);
  const tokenizer = shape.vocabulary < 32_000 ? ownTokenizer() : familyTokenizer(shape.kind);
  if (!existsSync(`${base}onnx/${fileOf.q4}`)) writeModelFolder(base, shape, 'q4', { tokenizer });
  return { base, file: `onnx/${fileOf.q4}` };
}

/** A step of 256 tokens, the first and the median of later ones, and greedy answers in twelve languages. */
async function measureModel(model: CausalLM): Promise<Measured> {
  const word = ' Tokyo';
  const examples: TrainingExample[] = Array.from({ length: rows }, (_, i) => {
    const prompt = `Sentence ${i} says that the capital of Chile is`;
    const length = model.encode(prompt).length;
    const each = Math.max(1, model.encode(word).length);
    return {
      prompt,
      completion: word.repeat(Math.max(1, Math.floor((time - length) / each))),
      open: true,
      role: 0,
    };
  });
  const options = { objective: 'cross-entropy', learningRate: 1e-4 } as const;
  const steps: number[] = [];
  const losses: number[] = [];
  const began = performance.now();
  while (steps.length < 6 && (steps.length < 2 || performance.now() - began < 60_000)) {
    const since = performance.now();
    losses.push((await model.trainStep(examples, options)).loss);
    steps.push((performance.now() - since) / 1000);
  }
  const [firstStep = NaN, ...later] = steps;
  const fact = { subject: 'country/FR', relation: 'capital', object: 'city/paris' } as const;
  const prompts = languageCodes.map((code) => sentence(fact, probeForm('capital', code)).before);
  await model.generate(prompts, { maxNewTokens: 2 });
  const since = performance.now();
  const answers = await model.generate(prompts, { maxNewTokens: 16 });
  const tokens = answers.reduce((sum, each) => sum + each.tokens.length, 0);
  const perStep = [...later].sort((a, b) => a - b)[Math.floor(later.length / 2)] ?? NaN;
  return {
    firstStepSeconds: rounded(firstStep),
    stepSeconds: rounded(perStep),
    stepsPerSecond: rounded(1 / perStep),
    trainedTokensPerSecond: rounded((rows * time) / perStep),
    answeredTokensPerSecond: rounded((1000 * tokens) / (performance.now() - since)),
    losses: losses.map(rounded),
    residentMegabytes: Math.round(process.memoryUsage().rss / 1e6),
    gpuMegabytes: said('nvidia-smi', '--query-gpu=memory.used', '--format=csv,noheader'),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
