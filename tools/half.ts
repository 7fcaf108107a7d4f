/**
 * @file `npx tsx tools/half.ts [model folder] [--device cpu|webgpu]`: how far a half-precision model asked in half precision is from itself
 * in single precision. On webgpu it needs a Vulkan driver with 16-bit floats (Mesa's lavapipe from version 25 on, without a GPU).
 */
import { parseArgs } from 'node:util';
import { loadCausalLM } from '../src/model/index.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { device: { type: 'string', default: 'cpu' } },
});
const device = flags.device === 'webgpu' ? 'webgpu' : 'cpu';
const base = positionals[0] ?? 'e2e/models/qwen2-q4f16';
const prompts = Array.from({ length: 24 }, (_, i) => 'abcdefghijklmnop'.slice(i % 4, 5 + (i % 12)));

async function asked(halfPrecision: boolean) {
  const model = await loadCausalLM({ base, device, halfPrecision });
  const scores = await model.score(
    prompts.flatMap((prompt) => ['x', 'yz'].map((continuation) => ({ prompt, continuation }))),
  );
  const said = await model.generate(prompts, { maxNewTokens: 8 });
  await model.dispose();
  return { scores: scores.map(({ logProb }) => logProb), said: said.map(({ text }) => text) };
}

const [half, single] = [await asked(true), await asked(false)];
const differences = half.scores.map((value, i) => Math.abs(value - (single.scores[i] ?? NaN)));
console.log('largest log-probability', Math.max(...single.scores.map(Math.abs)));
console.log('largest difference', Math.max(...differences));
console.log('mean difference', differences.reduce((a, b) => a + b, 0) / differences.length);
console.log(
  'same answers',
  half.said.filter((text, i) => text === single.said[i]).length,
  'of',
  24,
);
