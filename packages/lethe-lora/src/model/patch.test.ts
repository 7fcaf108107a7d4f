/** Activation patching on the CPU provider, against PyTorch with hooks (tools/patching.py). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadCausalLM } from './causal-lm.ts';
import { importPeft } from './peft.ts';
import type { CausalLM } from './types.ts';

const models = fileURLToPath(new URL('../../../../e2e/models/', import.meta.url));

interface Case {
  prompt: number[];
  continuation: number[];
  /** Log-probabilities: of the adapted model, and with the states of another one put in after each layer. */
  own: number;
  base: number[];
  half: number[];
}
const recorded = JSON.parse(readFileSync(`${models}patching.json`, 'utf8')) as Record<
  string,
  Case[]
>;
const texts = [
  { prompt: 'ab', continuation: 'xyz' },
  { prompt: 'abcde', continuation: 'f' },
  { prompt: 'qrs', continuation: 'tuvw' },
];

/** The fixture with its own adapter on. */
async function adapted(name: string): Promise<CausalLM> {
  const read = (file: string) => new Uint8Array(readFileSync(`${models}${name}/${file}`));
  const model = await loadCausalLM({
    base: models + name,
    device: 'cpu',
    adapter: { rank: 4, alpha: 8 },
  });
  const files = {
    config: read('adapter_config.json'),
    weights: read('adapter_model.safetensors'),
  };
  const { state, absent } = importPeft(model.info, files, model.freshState());
  expect(absent).toEqual([]);
  await model.setState(state);
  return model;
}

/** The adapter's numbers with every B times a factor. */
async function scaled(model: CausalLM, factor: number): Promise<Float32Array> {
  const { values } = await model.getState();
  for (const { name, offset, length } of model.info.layout)
    if (name.endsWith('.lora_B'))
      for (let i = offset; i < offset + length; i++) values[i] = factor * (values[i] ?? 0);
  return values;
}

describe.each(Object.keys(recorded))('%s with another state put in', (name) => {
  const cases = recorded[name] ?? [];

  it('says after each layer what PyTorch says', async () => {
    const model = await adapted(name);
    cases.forEach(({ prompt, continuation }, index) => {
      const text = texts[index] as (typeof texts)[number];
      expect(model.promptTokens(text.prompt)).toEqual(prompt);
      expect(model.continuationTokens(text.prompt, text.continuation)).toEqual(continuation);
    });
    for (const [source, key] of [
      [await scaled(model, 0), 'base'],
      [await scaled(model, 0.5), 'half'],
    ] as const) {
      const said = await model.patched(texts, source);
      said.forEach(({ own, layers }, index) => {
        const expected = cases[index] as Case;
        expect(own).toBeCloseTo(expected.own, 3);
        expect(layers).toHaveLength(expected[key].length);
        layers.forEach((logProb, at) => {
          expect(logProb).toBeCloseTo(expected[key][at] ?? NaN, 3);
          // A patch that did nothing would be seen.
          expect(Math.abs(logProb - own)).toBeGreaterThan(0.01);
        });
      });
    }
    await model.dispose();
  });

  it('is itself with its own states, and the source with the source’s last ones', async () => {
    const model = await adapted(name);
    const own = (await model.getState()).values;
    const scores = async (): Promise<number[]> =>
      (await model.score(texts)).map(({ logProb }) => logProb);
    const itself = await scores();
    (await model.patched(texts, own)).forEach(({ layers }, index) =>
      layers.forEach((logProb) => expect(logProb).toBeCloseTo(itself[index] ?? NaN, 4)),
    );
    const last = await model.patched(texts, await scaled(model, 0));
    await model.setState(model.freshState());
    (await scores()).forEach((logProb, index) =>
      expect(last[index]?.layers.at(-1)).toBeCloseTo(logProb, 4),
    );
    await model.dispose();
  });

  it('refuses a source of another length', async () => {
    const model = await adapted(name);
    await expect(model.patched([], new Float32Array(3))).rejects.toThrow('has 3 numbers');
    await model.dispose();
  });
});
