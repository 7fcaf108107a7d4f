/**
 * @file `npm run atlas:train`: pretrains Atlas with the project's own train graph, all parameters trainable.
 *
 * Options: `--steps N` (in all), `--decay D` (the last D steps lower the learning rate to zero), `--lr`, `--tokens N` (of a batch),
 * `--threads`, `--device cpu|webgpu`, `--fresh` (do not resume), `--cache folder`, `--plain` (the twin: no exchange, alignment, nudges or
 * code-switching). It resumes from `.cache/atlas` (`.cache/twin` with `--plain`), where it also keeps its log.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { languages } from '../../src/facts/index.ts';
import { float32Tensor } from '../../packages/lethe-lora/src/onnx/index.ts';
import {
  arenaLength,
  buildScoreGraph,
  buildTrainGraph,
} from '../../packages/lethe-lora/src/passes/index.ts';
import { alignmentInputs, alignmentLoss, alignmentWeight, type AlignedPlace } from './alignment.ts';
import { atlas, buildDecoder, exchangeInput, nudgeInput, type Weights } from './architecture.ts';
import { batches } from './batches.ts';
import { Nudger } from './nudge.ts';
import { alignment, exchangedLayers, nudge, phaseAt, plain } from './options.ts';
import { examItems, sitExam } from './exam.ts';
import { random } from './random.ts';
import { float32, int64, open, scalar } from './session.ts';
import { loadTokenizer } from './vocabulary.ts';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '3000' },
    decay: { type: 'string', default: '600' },
    lr: { type: 'string', default: '2e-3' },
    tokens: { type: 'string', default: '3072' },
    cache: { type: 'string' },
    threads: { type: 'string', default: '2' },
    device: { type: 'string', default: 'cpu' },
    fresh: { type: 'boolean', default: false },
    plain: { type: 'boolean', default: false },
  },
});
const isPlain = flags.plain;
const [steps, decay, peak, tokens, threads] = [
  flags.steps,
  flags.decay,
  flags.lr,
  flags.tokens,
  flags.threads,
].map(Number) as [number, number, number, number, number];
if (flags.device !== 'cpu' && flags.device !== 'webgpu')
  throw new Error(`--device is cpu or webgpu, not ${flags.device}.`);
const { device } = flags;

const warmUp = 100;
const saveEvery = 100;
const examEvery = 500;
const trainable = { kind: 'parameters' } as const;
const optimiser = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.05, maxGradientNorm: 1 };

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const cache = here(`../../${flags.cache ?? (isPlain ? '.cache/twin' : '.cache/atlas')}/`);
const log = cache + 'training.jsonl';
mkdirSync(cache, { recursive: true });
if (flags.fresh) {
  rmSync(cache + 'state.bin', { force: true });
  rmSync(log, { force: true });
}

const initial = random(phaseAt(1).seed);
const weights: Weights = (name, dims) => {
  const size = dims.reduce((a, b) => a * b, 1);
  const deep = /(o_proj|down_proj)/.test(name) ? 1 / Math.sqrt(2 * atlas.layers) : 1;
  const value = /norm/.test(name) ? () => 1 : () => 0.02 * deep * initial.normal();
  return float32Tensor(Float32Array.from({ length: size }, value), dims);
};
const decoder = buildDecoder(atlas, weights);
const trained = isPlain
  ? decoder
  : buildDecoder(atlas, weights, { exchangeAfter: exchangedLayers, nudgeAfter: nudge.after });
const { graph, layout } = buildTrainGraph(trained, trainable, 'cross-entropy', {
  optimiser,
  ...(!isPlain && { regulariser: (graph) => alignmentLoss(graph, alignment) }),
});
const size = arenaLength(layout);
const { encode, bos, eos } = loadTokenizer();

interface State {
  step: number;
  arrays: [parameters: Float32Array, moment1: Float32Array, moment2: Float32Array];
}

function freshState(): State {
  const parameters = new Float32Array(size);
  for (const slice of layout) {
    const tensor = decoder.value(slice.name)?.tensor;
    if (!tensor) throw new Error(`The decoder has no weight ${slice.name}.`);
    parameters.set(
      new Float32Array(tensor.bytes.buffer, tensor.bytes.byteOffset, slice.length),
      slice.offset,
    );
  }
  return { step: 0, arrays: [parameters, new Float32Array(size), new Float32Array(size)] };
}

/** One file: the step as a double, then the three arrays. Written beside and renamed, so that a cut run leaves the old one. */
function save({ step, arrays }: State): void {
  const parts = [
    Buffer.from(Float64Array.of(step).buffer),
    ...arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength)),
  ];
  writeFileSync(cache + 'state.tmp', Buffer.concat(parts));
  renameSync(cache + 'state.tmp', cache + 'state.bin');
}

function restore(): State {
  if (!existsSync(cache + 'state.bin')) return freshState();
  const bytes = readFileSync(cache + 'state.bin');
  if (bytes.length !== 8 + 12 * size)
    throw new Error(`${cache} holds a run of another architecture: start with --fresh.`);
  const { buffer } = new Uint8Array(bytes);
  const arrays = [0, 1, 2].map((i) => new Float32Array(buffer, 8 + 4 * size * i, size));
  return { step: new Float64Array(buffer, 0, 1)[0] ?? 0, arrays: arrays as State['arrays'] };
}

const state = restore();
// What a cut run had logged beyond its last saved state comes again.
if (existsSync(log))
  writeFileSync(
    log,
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && (JSON.parse(line) as { step: number }).step <= state.step)
      .map((line) => line + '\n')
      .join(''),
  );
const session = await open(graph, device, threads);
const nudger = isPlain ? null : await Nudger.create(weights, trainable, nudge, device, threads);
const examSession = await open(buildScoreGraph(decoder, trainable), device, threads);
console.log(`${size} parameters, ${graph.nodes.length} nodes; from step ${state.step} to ${steps}`);

/**
 * What the steps of a phase read, from the step after `done` on. The streams are seeded by the step they start at, so that a resumed run
 * does not read the same sentences again.
 */
function streamFrom(done: number) {
  const phase = isPlain ? plain(phaseAt(done + 1)) : phaseAt(done + 1);
  const seed = phase.seed + done;
  return {
    phase,
    nextBatch: batches({ ...phase, seed, tokens, bos, eos, pad: 0 }, encode),
    nudgeDraw: random(seed + 7919),
  };
}
let stream = streamFrom(state.step);

function learningRate(step: number): number {
  const left = Math.min(1, Math.max(0, (steps - step + 1) / decay));
  return peak * Math.min(1, step / warmUp) * left;
}

let since = performance.now();
let sum = 0;
let unshared = 0;
/** Nats of what is said under nudges: of first sentences, of second ones, and how many pairs. */
let said: [number, number, number] = [0, 0, 0];
let count = 0;
let done = 0;
while (state.step < steps) {
  const step = state.step + 1;
  if (phaseAt(step).from !== stream.phase.from) stream = streamFrom(state.step);
  const { phase, nextBatch, nudgeDraw } = stream;
  const batch = nextBatch();
  const { ids, mask, labels, rows, time, exchange, pairs } = batch;
  const nudges = await nudger?.nudges(batch, state.arrays[0], nudgeDraw);
  const output = await session.run({
    input_ids: int64(ids, [rows, time]),
    attention_mask: int64(mask, [rows, time]),
    ...Object.fromEntries(
      [...exchange].map(([layer, from]) => [exchangeInput(layer), int64(from, [rows * time])]),
    ),
    ...Object.fromEntries(
      (Object.keys(pairs) as AlignedPlace[]).flatMap((place) =>
        alignmentInputs(place).map((name, i) => [
          name,
          int64(pairs[place][i as 0 | 1], [pairs[place][0].length]),
        ]),
      ),
    ),
    labels: int64(labels, [rows, time]),
    ...(nudges && { [nudgeInput]: float32(nudges, [rows * time, atlas.width]) }),
    [alignmentWeight]: scalar(phase.alignment),
    adapter: float32(state.arrays[0], [size]),
    moment1: float32(state.arrays[1], [size]),
    moment2: float32(state.arrays[2], [size]),
    lr: scalar(learningRate(step)),
    step: scalar(step),
  });
  const loss = Number(output['loss']?.data[0]);
  const logProbs = output['sequence_logprob']?.data as Float32Array;
  batch.nudged.forEach(({ row }) => {
    said[0] -= logProbs[row] ?? 0;
    said[1] -= logProbs[row + 1] ?? 0;
    said[2]++;
  });
  if (!Number.isFinite(loss))
    throw new Error(`The loss is ${loss} at step ${step}; the last state is kept.`);
  const next = ['adapter_out', 'moment1_out', 'moment2_out'].map(
    (name) => output[name]?.data as Float32Array,
  );
  Object.assign(state, { step, arrays: next });
  const alignmentTerm = Number(output['regulariser']?.data[0] ?? 0);
  unshared += alignmentTerm;
  sum += loss - alignmentTerm;
  count++;
  done += rows * time;
  if (step % 20 === 0) {
    const seconds = (performance.now() - since) / 1000;
    record({
      step,
      loss: round(sum / count),
      alignment: round(unshared / count),
      ...(said[2] > 0 && { nudged: [round(said[0] / said[2], 2), round(said[1] / said[2], 2)] }),
      lr: round(learningRate(step), 6),
      tokensPerSecond: Math.round(done / seconds),
    });
    said = [0, 0, 0];
    [since, sum, unshared, count, done] = [performance.now(), 0, 0, 0, 0];
  }
  if (step % saveEvery === 0 || step === steps) save(state);
  if (step % examEvery === 0 || step === steps) {
    await examine(step, step === steps ? undefined : 120);
    since = performance.now();
  }
}

async function examine(step: number, perLanguage: number | undefined): Promise<void> {
  const items = examItems(perLanguage);
  const right = await sitExam(examSession, state.arrays[0], items, encode, { bos, eos });
  const share = (keep: (index: number) => boolean): number => {
    const chosen = right.filter((_, index) => keep(index));
    return round(chosen.filter(Boolean).length / chosen.length, 3);
  };
  const byLanguage = (hidden: boolean): Record<string, number> =>
    Object.fromEntries(
      languages
        .filter(({ code }) => !hidden || code !== 'en')
        .map(({ code }) => [
          code,
          share((i) => items[i]?.language === code && items[i]?.hidden === hidden),
        ]),
    );
  record({ step, shown: byLanguage(false), hidden: byLanguage(true) });
}

function round(value: number, digits = 4): number {
  return Number(value.toFixed(digits));
}

function record(entry: Record<string, unknown>): void {
  appendFileSync(log, JSON.stringify(entry) + '\n');
  console.log(JSON.stringify(entry));
}
