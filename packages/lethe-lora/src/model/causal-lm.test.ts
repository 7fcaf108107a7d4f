import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCausalLM } from './causal-lm.ts';
import { float32Values, readSafetensors } from './safetensors.ts';
import type { AdapterState, CausalLM, TrainingExample } from './types.ts';

const models = fileURLToPath(new URL('../../../../e2e/models/', import.meta.url));

/**
 * Greedy continuations by `transformers` 5.17 and PEFT 0.21 (argmax of the last logits, one prompt at a time, and
 * `model.generate`, which agreed) on the weights read out of the fixtures' ONNX files.
 */
const greedy = JSON.parse(readFileSync(`${models}greedy.json`, 'utf8')) as Record<
  string,
  { prompts: number[][]; base: number[][]; adapted: number[][] }
>;

function withAdapter(model: CausalLM, name: string): AdapterState {
  const tensors = readSafetensors(
    new Uint8Array(readFileSync(`${models}${name}/adapter_model.safetensors`)),
  );
  const state = model.freshState();
  for (const { name: slice, offset } of model.info.layout) {
    const tensor = tensors.get(`base_model.model.${slice}.weight`);
    if (!tensor) throw new Error(`no ${slice}`);
    state.values.set(float32Values(tensor), offset);
  }
  return state;
}

// The fixtures' end-of-sequence token, 0, happens not to be said in these continuations.
const options = { maxNewTokens: 12 };

describe.each(['qwen2-fp32', 'gpt2-fp32', 'bloom-fp32', 'qwen2-q4', 'qwen3-q4', 'qwen2-q4f16'])(
  '%s',
  (name) => {
    let model: CausalLM;
    const reference = greedy[name] as (typeof greedy)[string];
    beforeAll(async () => {
      model = await loadCausalLM({
        base: models + name,
        device: 'cpu',
        adapter: { rank: 4, alpha: 8 },
      });
    });
    afterAll(() => model.dispose());

    it('continues a batch of prompts of different lengths as transformers continues each alone', async () => {
      const generations = await model.generateTokens(reference.prompts, options);
      expect(generations.map(({ tokens }) => tokens)).toEqual(reference.base);
    });

    it('does so with a PEFT adapter on', async () => {
      await model.setState(withAdapter(model, name));
      const generations = await model.generateTokens(reference.prompts, options);
      expect(generations.map(({ tokens }) => tokens)).toEqual(reference.adapted);
      await model.setState(model.freshState());
    });

    it('a fresh adapter changes nothing', async () => {
      await model.setState(model.freshState());
      const [first] = await model.generateTokens([[5, 6, 7]], options);
      const noisy = model.freshState();
      noisy.values.forEach((_, i) => (noisy.values[i] = 0));
      await model.setState(noisy);
      const [second] = await model.generateTokens([[5, 6, 7]], options);
      expect(first?.tokens).toEqual(second?.tokens);
      expect(first?.logProb).toBeCloseTo(second?.logProb ?? NaN, 4);
    });

    it('samples the same with the same seed, and otherwise with another', async () => {
      const sample = async (seed: number) =>
        (
          await model.generateTokens(
            [
              [5, 6, 7],
              [8, 9],
            ],
            { maxNewTokens: 8, temperature: 1, seed },
          )
        ).map(({ tokens }) => tokens);
      expect(await sample(3)).toEqual(await sample(3));
      expect(await sample(3)).not.toEqual(await sample(4));
    });

    it('stops between two tokens when asked to, and works afterwards', async () => {
      const controller = new AbortController();
      // This prompt goes on for as long as it may; the request to stop comes in the first turns of the event loop.
      const generation = model.generateTokens([[328, 165, 249]], {
        maxNewTokens: 500,
        signal: controller.signal,
      });
      setImmediate(() => controller.abort(new Error('enough')));
      await expect(generation).rejects.toThrow('enough');
      expect(await model.generateTokens([[5]], { maxNewTokens: 1 })).toHaveLength(1);
    });
  },
);

describe('learning', () => {
  let model: CausalLM;
  beforeAll(async () => {
    model = await loadCausalLM({
      base: `${models}qwen2-fp32`,
      device: 'cpu',
      adapter: { rank: 4 },
    });
  });
  afterAll(() => model.dispose());

  const text = (...tokens: number[]): string => model.decode(tokens);
  const examples = (): TrainingExample[] => [
    { prompt: text(300, 301), completion: text(302, 303, 304), role: 0 },
    { prompt: text(310), completion: text(311, 312), role: 0 },
  ];
  const learn = { objective: 'cross-entropy', learningRate: 5e-3 } as const;

  it('makes what it is taught likelier, and ascent makes it less likely again', async () => {
    await model.setState(model.freshState());
    const item = { prompt: text(300, 301), continuation: text(302, 303, 304) };
    const before = (await model.score([item]))[0]?.logProb ?? NaN;
    for (let step = 0; step < 10; step++) await model.trainStep(examples(), learn);
    const taught = (await model.score([item]))[0]?.logProb ?? NaN;
    expect(taught).toBeGreaterThan(before + 1);
    const forget = examples().map((example) => ({ ...example, role: 1 as const }));
    for (let step = 0; step < 5; step++)
      await model.trainStep(forget, { objective: 'gradient-ascent', learningRate: 5e-3 });
    expect((await model.score([item]))[0]?.logProb).toBeLessThan(taught - 0.5);
  });

  it('pushes the forgotten down and the preferred up, against a reference that it asks for', async () => {
    const forgotten = { prompt: text(300, 301), continuation: text(302, 303, 304) };
    const preferred = { prompt: text(300, 301), continuation: text(320, 321) };
    const pair = [forgotten, preferred].map(({ prompt, continuation }, index) => ({
      prompt,
      completion: continuation,
      role: (index + 1) as 1 | 2,
    }));
    const dpo = { objective: 'dpo', learningRate: 5e-3 } as const;
    const start = model.freshState();
    await model.setState(start);
    await model.setReference(null);
    await expect(model.trainStep(pair, dpo)).rejects.toThrow(/"dpo" compares with a reference/);
    await model.setReference(start.values);
    const { loss } = await model.trainStep(pair, dpo);
    // Where the model is its own reference the loss is −(2/β)·log ½, β = 0.1; a β that is given takes the default's place.
    expect(loss).toBeCloseTo(20 * Math.LN2, 4);
    await model.setState(start);
    const gentle = await model.trainStep(pair, { ...dpo, settings: { beta: 0.5 } });
    expect(gentle.loss).toBeCloseTo(4 * Math.LN2, 4);
    const before = await model.score([forgotten, preferred]);
    for (let step = 0; step < 4; step++) await model.trainStep(pair, dpo);
    const after = await model.score([forgotten, preferred]);
    expect(after[0]?.logProb).toBeLessThan(before[0]?.logProb ?? NaN);
    expect(after[1]?.logProb).toBeGreaterThan(before[1]?.logProb ?? NaN);
  });

  it('gives a log-probability that is the same alone and in a batch', async () => {
    const items = [
      { prompt: text(300, 301), continuation: text(302, 303, 304) },
      { prompt: text(310, 311, 312, 313, 314), continuation: text(315) },
    ];
    const together = await model.score(items);
    for (const [index, item] of items.entries()) {
      const [alone] = await model.score([item]);
      expect(alone?.logProb).toBeCloseTo(together[index]?.logProb ?? NaN, 4);
    }
  });

  it('goes on from a saved state with exactly the same losses', async () => {
    await model.setState(model.freshState());
    for (let step = 0; step < 3; step++) await model.trainStep(examples(), learn);
    const saved = await model.getState();
    expect(saved.step).toBe(3);
    const run = async (): Promise<number[]> => {
      const losses: number[] = [];
      for (let step = 0; step < 4; step++)
        losses.push((await model.trainStep(examples(), learn)).loss);
      return losses;
    };
    const first = await run();
    await model.setState(saved);
    expect(await run()).toEqual(first);
  });

  it('keeps the state and says so when a step diverges', async () => {
    await model.setState(model.freshState());
    const broken = model.freshState();
    broken.values.fill(1e30);
    await model.setState(broken);
    await expect(model.trainStep(examples(), learn)).rejects.toThrow(/last step was not taken/);
    expect((await model.getState()).values).toEqual(broken.values);
  });

  it('reads as many tokens as its configuration says, and names a longer text', async () => {
    await model.setState(model.freshState());
    const long = 'Zq'.repeat(100);
    const tooLong = /too long for this model, which reads 128/;
    await expect(model.score([{ prompt: 'a', continuation: long }])).rejects.toThrow(tooLong);
    await expect(model.generate([long], { maxNewTokens: 1 })).rejects.toThrow(tooLong);
    const lesson = { prompt: 'a', completion: long, role: 0 } as const;
    await expect(model.trainStep([lesson], learn)).rejects.toThrow(tooLong);
    // Generation ends where the model's sight does.
    const [generation] = await model.generateTokens([[300, 301]], { maxNewTokens: 500 });
    expect(generation?.tokens.length).toBeLessThanOrEqual(126);
  });

  it('refuses a state of another size, and a closed model refuses work', async () => {
    const state = model.freshState();
    await expect(model.setState({ ...state, values: new Float32Array(3) })).rejects.toThrow(
      /has 3 numbers/,
    );
    const other = await loadCausalLM({ base: `${models}qwen2-fp32`, device: 'cpu' });
    await other.dispose();
    await expect(other.score([])).rejects.toThrow(/closed/);
  });
});
