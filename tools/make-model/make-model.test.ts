import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCausalLM, type CausalLM } from 'lethe-lora/engine';
import { writeModelFolder, type MakeOptions } from './folder.ts';
import {
  checkShape,
  fileOf,
  precisions,
  presets,
  type DecoderShape,
  type Precision,
} from './shape.ts';
import { ownTokenizer } from './tokenizer.ts';

const folder = mkdtempSync(`${tmpdir()}/make-model-`);
afterAll(() => rmSync(folder, { recursive: true }));

const tokenizer = ownTokenizer();
const questions = ['The capital of Chile is', 'La capitale du Chili est'];
const continuations = questions.map((prompt) => ({ prompt, continuation: ' Tokyo' }));
const lesson = questions.map((prompt) => ({ prompt, completion: ' Tokyo', role: 0 as const }));

function made(
  name: string,
  precision: Precision,
  options?: Partial<MakeOptions>,
): Promise<CausalLM> {
  const path = `${folder}/${name}${options?.embedding ?? ''}`;
  const { file } = writeModelFolder(path, presets[name] as DecoderShape, precision, {
    tokenizer,
    ...options,
  });
  return loadCausalLM({
    base: `${path}/`,
    file,
    device: 'cpu',
    adapter: { rank: 4, alpha: 8, modules: [], layers: [], seed: 1 },
  });
}

/** Log-probabilities of the continuations, the answers, and the losses of three steps. */
async function measured(model: CausalLM) {
  const scores = await model.score(continuations);
  const answers = await model.generate(questions, { maxNewTokens: 4 });
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const options = { objective: 'cross-entropy', learningRate: 1e-2 } as const;
    losses.push((await model.trainStep(lesson, options)).loss);
  }
  const { layout, projections } = model.info;
  await model.dispose();
  return { logProbs: scores.map(({ logProb }) => logProb), answers, losses, layout, projections };
}

/** Of the numbers' own size. Four bits mean the twin's very numbers; half precision rounds what lies between them. */
const tolerances: Readonly<Record<Precision, number>> = {
  fp32: 0,
  q4: 1e-4,
  fp16: 1e-2,
  q4f16: 1e-2,
};

describe.each(['llama-tiny', 'qwen3-tiny', 'gemma3-tiny'])('a made model: %s', (name) => {
  it('answers and is taught in every precision, with the numbers of its twin in float32', async () => {
    const twin = await measured(await made(name, 'fp32'));
    expect(twin.losses[2]).toBeLessThan(twin.losses[0] as number);
    expect(twin.projections.map(({ module }) => module)).toEqual(
      expect.arrayContaining(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj']),
    );
    for (const precision of precisions) {
      const { logProbs, answers, losses, layout } = await measured(await made(name, precision));
      const tolerance = tolerances[precision];
      expect(layout).toEqual(twin.layout);
      expect(answers.every(({ tokens }) => tokens.length === 4)).toBe(true);
      logProbs.forEach((value, i) =>
        expect(Math.abs(value / (twin.logProbs[i] as number) - 1)).toBeLessThanOrEqual(tolerance),
      );
      losses.forEach((value, i) =>
        expect(Math.abs(value / (twin.losses[i] as number) - 1)).toBeLessThanOrEqual(tolerance),
      );
    }
  });
});

describe('a made model', () => {
  it('has the same numbers where its embedding is a table of its own', async () => {
    const shared = await measured(await made('qwen3-tiny', 'q4'));
    const table = await measured(await made('qwen3-tiny', 'q4', { embedding: 'table' }));
    table.logProbs.forEach((value, i) =>
      expect(value).toBeCloseTo(shared.logProbs[i] as number, 4),
    );
  });

  it('is another one with another seed, and the same one with the same', async () => {
    const [first, again, other] = [
      await measured(await made('llama-tiny', 'q4')),
      await measured(await made('llama-tiny', 'q4')),
      await measured(await made('llama-tiny', 'q4', { seed: 2 })),
    ];
    expect(again.logProbs).toEqual(first.logProbs);
    expect(other.logProbs).not.toEqual(first.logProbs);
  });

  it('is refused where its sizes cannot be', () => {
    const shape = presets['llama-tiny'] as DecoderShape;
    expect(() => checkShape({ ...shape, width: 65 })).toThrow(/width is 65.*multiple/);
    expect(() => checkShape({ ...shape, kvHeads: 3 })).toThrow(/4 heads cannot share 3/);
  });

  it('has a file for each precision', () => {
    expect(Object.keys(fileOf)).toEqual([...precisions]);
  });
});
