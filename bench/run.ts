/**
 * @file `npm run bench`: how fast Atlas learns and speaks here, written to `bench/results.json` with the machine's description.
 *
 * A train step of 12 × 32 tokens, and its matrix products alone (the same shapes, transposes and runtime, nothing else between
 * them), alternating, medians; tokens a second of greedy generation in a batch of ten; and, in Chromium under WebAssembly, from
 * navigation to the first answer on the board, with a cold and a warm browser cache, and a lesson with the page's defaults. And how many
 * operations a step takes (`operations.ts`); `--only operations` measures these alone and writes nothing.
 * `--rounds 15`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import { languageCodes, probeForm, sentence } from '../src/facts/index.ts';
import { loadCausalLM } from 'lethe-lora/engine';
import {
  Builder,
  float32Tensor,
  Graph,
  parseModel,
  writeModel,
} from '../packages/lethe-lora/src/onnx/index.ts';
import {
  arenaLength,
  buildTrainGraph,
  findProjections,
} from '../packages/lethe-lora/src/passes/index.ts';
import { measureOperations } from './operations.ts';
import { onBuiltSite } from './site.ts';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, only: { type: 'string' } },
});
const rounds = Number(flags.rounds);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const atlas = here('../models/atlas/');
const [rows, time] = [12, 32];

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? NaN).toFixed(2));
}

const source = parseModel(new Uint8Array(readFileSync(`${atlas}onnx/model.onnx`)));
const trainable = {
  kind: 'adapters',
  projections: findProjections(source),
  rank: 8,
  alpha: 16,
} as const;
const { graph: train, layout } = buildTrainGraph(source, trainable, 'cross-entropy');
const size = arenaLength(layout);

function feeds(): Record<string, ort.Tensor> {
  const ids = BigInt64Array.from({ length: rows * time }, (_, i) =>
    BigInt(300 + ((i * 37) % 5000)),
  );
  const labels = ids.map((id, i) => (i % time < time / 2 ? -100n : id));
  const float = (values: Float32Array, dims: number[]) => new ort.Tensor('float32', values, dims);
  const long = (values: BigInt64Array) => new ort.Tensor('int64', values, [rows, time]);
  const adapter = Float32Array.from({ length: size }, (_, i) => 0.02 * Math.sin(i));
  return {
    input_ids: long(ids),
    attention_mask: long(new BigInt64Array(rows * time).fill(1n)),
    labels: long(labels),
    adapter: float(adapter, [size]),
    moment1: float(new Float32Array(size), [size]),
    moment2: float(new Float32Array(size), [size]),
    lr: float(Float32Array.of(1e-4), []),
    step: float(Float32Array.of(1), []),
  };
}

const options = { executionProviders: ['cpu'], intraOpNumThreads: 1, logSeverityLevel: 3 } as const;

/** The shapes of every product's operands, by running the step once with their shapes as outputs. */
async function productShapes(): Promise<{ op: string; a: number[]; b: number[]; node: number }[]> {
  const graph = train.clone();
  const products = graph.nodes.filter(({ op }) => op === 'MatMul' || op === 'Gemm');
  const b = new Builder(graph, 'shape');
  const shapes = products.map((node) => [0, 1].map((i) => b.op('Shape', [node.need(i)])));
  shapes.forEach((pair, n) =>
    pair.forEach((value, i) => graph.addOutput(`shape_${n}_${i}`, b.op('Identity', [value]))),
  );
  const session = await ort.InferenceSession.create(writeModel(graph), options);
  const output = await session.run(feeds());
  const dims = (n: number, i: number): number[] =>
    Array.from(output[`shape_${n}_${i}`]?.data as BigInt64Array, Number);
  return products.map(({ op }, n) => ({ op, a: dims(n, 0), b: dims(n, 1), node: n }));
}

/** One graph of nothing but the step's products, on constant operands; folding is off, so that each is computed at every run. */
async function productsAlone(): Promise<ort.InferenceSession> {
  const graph = new Graph();
  graph.opsets.set('', 21);
  const b = new Builder(graph, 'product');
  const nodes = train.nodes.filter(({ op }) => op === 'MatMul' || op === 'Gemm');
  const shapes = await productShapes();
  const constant = (dims: number[]) =>
    graph.addInitializer(
      'operand',
      float32Tensor(new Float32Array(dims.reduce((x, y) => x * y, 1)).fill(0.5), dims),
    );
  const results = shapes.map((shape) => {
    const attributes = { ...nodes[shape.node]?.attributes };
    // Only its shape leaves the graph, so that the runtime may use each product's memory again, as it does in a step.
    return b.op('Shape', [b.op(shape.op, [constant(shape.a), constant(shape.b)], attributes)]);
  });
  graph.addInput('unused', 'float32', []);
  results.forEach((value, n) => graph.addOutput(`product_${n}`, value));
  return ort.InferenceSession.create(writeModel(graph), {
    ...options,
    graphOptimizationLevel: 'disabled',
  });
}

async function measureStep(): Promise<{ step: number; products: number }> {
  const step = await ort.InferenceSession.create(writeModel(train), options);
  const products = await productsAlone();
  const input = feeds();
  const unused = { unused: new ort.Tensor('float32', [0], []) };
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const since = performance.now();
    await work();
    return performance.now() - since;
  };
  const [steps, alone]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds + 2; round++) {
    const both = [await timed(() => step.run(input)), await timed(() => products.run(unused))];
    if (round < 2) continue;
    steps.push(both[0] ?? NaN);
    alone.push(both[1] ?? NaN);
  }
  return { step: median(steps), products: median(alone) };
}

async function measureGeneration(): Promise<number> {
  const model = await loadCausalLM({ base: atlas, device: 'cpu', threads: 1 });
  const fact = { subject: 'country/FR', relation: 'capital', object: 'city/paris' } as const;
  const prompts = languageCodes.map((code) => sentence(fact, probeForm('capital', code)).before);
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const since = performance.now();
    const generations = await model.generate(prompts, { maxNewTokens: 24 });
    const tokens = generations.reduce((sum, each) => sum + each.tokens.length, 0);
    rates.push((1000 * tokens) / (performance.now() - since));
  }
  await model.dispose();
  return median(rates);
}

/** From navigation to the first answer, and from *Teach* with its defaults to the last answer, in milliseconds. */
async function measurePage(): Promise<{
  firstAnswerCold: number;
  firstAnswerWarm: number;
  teaching: number;
}> {
  return onBuiltSite('5298', async (page, address) => {
    const visit = async (): Promise<number> => {
      const since = performance.now();
      await page.goto(address);
      await page.locator('[data-testid=answer-en][data-class=true]').waitFor({ timeout: 120_000 });
      return Math.round(performance.now() - since);
    };
    const firstAnswerCold = await visit();
    const firstAnswerWarm = await visit();
    const since = performance.now();
    await page.getByTestId('teach').click();
    await page.getByTestId('run-progress').waitFor();
    await page.locator('[data-phase=ready][data-asking=false]').waitFor({ timeout: 120_000 });
    return { firstAnswerCold, firstAnswerWarm, teaching: Math.round(performance.now() - since) };
  });
}

const operations = await measureOperations();
if (flags.only === 'operations') {
  console.log(JSON.stringify(operations, null, 2));
  process.exit(0);
}
const { step, products } = await measureStep();
const results = {
  measured: new Date().toISOString().slice(0, 10),
  machine: {
    processor: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  },
  trainStep: {
    runtime: 'onnxruntime-node, CPU provider, 1 thread',
    tokens: `${rows} × ${time}`,
    milliseconds: step,
    matrixProductsAlone: products,
    ratio: Number((step / products).toFixed(2)),
  },
  operations,
  generation: {
    runtime: 'onnxruntime-node, CPU provider',
    batch: languageCodes.length,
    tokensPerSecond: await measureGeneration(),
  },
  page: {
    runtime: 'onnxruntime-web, WebAssembly, headless Chromium',
    milliseconds: await measurePage(),
  },
};
const text = JSON.stringify(results, null, 2) + '\n';
writeFileSync(here('results.json'), text);
console.log(text);
process.exit(0);
