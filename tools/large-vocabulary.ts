/**
 * @file `npx tsx tools/large-vocabulary.ts [--port N]`: one training step of a decoder with 150,000 words in Chromium on WebGPU, on a device
 * that binds no buffer of more than 128 MiB, although the batch's logits take more. Its loss is compared with the processor's; and without
 * heed of the limit it must come out wrong, or the comparison would say nothing. Needs `npm run build`.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { atlas } from '../models/recipe/architecture.ts';
import { writeModelFolder } from '../models/recipe/export.ts';
import { random } from '../models/recipe/random.ts';
import { loadCausalLM, type StepResult, type TrainingExample } from '../src/model/index.ts';
import { openHarnessPage } from './harness-page.ts';

const { values: flags } = parseArgs({ options: { port: { type: 'string', default: '5198' } } });
const folder = '.cache/models/large-vocabulary/';
const words = 150_000;

mkdirSync(folder, { recursive: true });
const draw = random(7);
const shape = { ...atlas, vocabulary: words, width: 32, layers: 1, heads: 2, feedForward: 64 };
writeModelFolder(folder, shape, (name, dims) =>
  Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () =>
    name.includes('norm') ? 1 : 0.2 * draw.normal(),
  ),
);
for (const name of ['tokenizer.json', 'tokenizer_config.json'])
  copyFileSync(`models/atlas/${name}`, folder + name);

const examples: TrainingExample[] = Array.from({ length: 12 }, (_, i) => ({
  prompt: 'The capital of',
  completion: ` land ${i}`.repeat(8),
  role: 0,
}));
const options = { objective: 'cross-entropy', learningRate: 1e-3 } as const;

const model = await loadCausalLM({
  base: folder,
  device: 'cpu',
  adapter: { rank: 4, alpha: 8 },
});
const tokens = examples.reduce((n, { completion }) => n + model.encode(completion).length + 1, 0);
const cpu = await model.trainStep(examples, options);
await model.dispose();
console.log(
  `${tokens} labelled tokens: ${((4 * words * tokens) / 2 ** 20).toFixed(0)} MiB of logits`,
);
console.log('processor'.padEnd(36), said(cpu));

const { page, close } = await openHarnessPage({
  device: 'webgpu',
  port: flags.port,
  folder: '.cache/models',
  before: () => {
    // The limits of a device that asks for none, as most phones have them.
    const ask = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = function (this: GPUAdapter, descriptor = {}) {
      const { maxStorageBufferBindingSize, maxBufferSize, ...rest } =
        descriptor.requiredLimits ?? {};
      console.debug('not asked for', maxStorageBufferBindingSize, maxBufferSize);
      return ask.call(this, { ...descriptor, requiredLimits: rest });
    };
  },
});
try {
  for (const heeded of [true, false]) {
    const result = await page.evaluate(
      async ({ examples, options, limit }) => {
        const since = performance.now();
        try {
          const model = await window.engine.load('large-vocabulary', 'webgpu', limit);
          const { loss, gradientNorm } = await model.trainStep(examples, options);
          await model.dispose();
          return { loss, gradientNorm, seconds: (performance.now() - since) / 1000 };
        } catch (error) {
          return (error as Error).message;
        }
      },
      { examples, options, limit: heeded ? 2 ** 27 : 2 ** 30 },
    );
    const isRight =
      typeof result !== 'string' && Math.abs(result.loss / cpu.loss - 1) < 1e-5 && !!result.loss;
    if (isRight !== heeded) process.exitCode = 1;
    console.log(
      `device of 128 MiB, ${heeded ? 'heeded' : 'not heeded'}`.padEnd(36),
      typeof result === 'string' ? result.slice(0, 400) : said(result),
    );
  }
} finally {
  await close();
}

function said(result: Pick<StepResult, 'loss' | 'gradientNorm'> & { seconds?: number }): string {
  const { loss, gradientNorm, seconds } = result;
  const took = seconds === undefined ? '' : `, ${seconds.toFixed(0)} s`;
  return `loss ${loss.toFixed(6)}, gradient ${gradientNorm.toPrecision(6)}${took}`;
}
