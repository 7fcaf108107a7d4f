import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseModel, writeModel, type Graph, type Value } from '../onnx/index.ts';
import { buildLensGraph, estimateMemory, findProjections, prepare } from '../passes/index.ts';
import { loadCausalLM } from './causal-lm.ts';
import { parting } from './lens.ts';
import type { CausalLM, Contrast } from './types.ts';

const models = fileURLToPath(new URL('../../../../e2e/models/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'lethe-lens-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Prompts of three lengths; the continuations part at their first, first, and second token. */
const contrasts: (Contrast & { prompt: string })[] = [
  { prompt: 'ab', continuations: ['x', 'y'] },
  { prompt: 'abcde', continuations: ['f', 'z'] },
  { prompt: 'qrs', continuations: ['tu', 'tw'] },
];

/** Log-probabilities of the tokens in which continuations part, by scoring those tokens alone. */
async function scored(model: CausalLM): Promise<[number, number][]> {
  const asked = contrasts.flatMap(({ prompt, continuations }) => {
    const [one, other] = continuations.map((each) => model.encode(each)) as [number[], number[]];
    const { ids, tokens } = parting(model.encode(prompt), [one, other]);
    expect(model.encode(model.decode(ids))).toEqual(ids);
    return (tokens ?? []).map((token) => ({
      prompt: model.decode(ids),
      continuation: model.decode([token]),
    }));
  });
  expect(asked.map(({ continuation }) => model.encode(continuation).length)).toEqual(
    asked.map(() => 1),
  );
  const scores = (await model.score(asked)).map(({ logProb }) => logProb);
  return [0, 2, 4].map((at) => [scores[at] ?? NaN, scores[at + 1] ?? NaN]);
}

function expectClose(read: (readonly number[] | undefined)[], expected: [number, number][]): void {
  expected.forEach((pair, row) =>
    pair.forEach((logProb, choice) => expect(read[row]?.[choice]).toBeCloseTo(logProb, 4)),
  );
}

/** What the final norm reads in the whole model, and the state after the first layer, by the names in the file. */
const cuts: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'qwen2-fp32': [
    [
      '/model/layers.1/post_attention_layernorm/output_3',
      '/model/layers.0/post_attention_layernorm/output_3',
    ],
    [
      '/model/layers.1/mlp/down_proj/MatMul/output_0',
      '/model/layers.0/mlp/down_proj/MatMul/output_0',
    ],
  ],
  'gpt2-fp32': [['add_480', 'add_288']],
  'bloom-fp32': [['add_501', 'add_302']],
};

/** The model's folder with the second of its two layers cut out. */
function cutAfterFirstLayer(name: string): string {
  const folder = join(scratch, name);
  cpSync(models + name, folder, { recursive: true });
  const file = join(folder, 'onnx/model.onnx');
  const graph = parseModel(new Uint8Array(readFileSync(file)));
  for (const [from, to] of cuts[name] ?? [])
    graph.replaceUses(existing(graph, from), existing(graph, to));
  const kept = graph.outputs.filter((output) => !output.name.startsWith('present.1.'));
  graph.outputs.splice(0, graph.outputs.length, ...kept);
  graph.prune();
  graph.dropUnusedInputs();
  writeFileSync(file, writeModel(graph));
  return folder;
}

function existing(graph: Graph, name: string): Value {
  const value = graph.value(name);
  if (!value) throw new Error(`no ${name}`);
  return value;
}

describe.each(Object.keys(cuts))('the lens of %s', (name) => {
  it('reads after the last layer what the model itself says, with an adapter too', async () => {
    const model = await loadCausalLM({ base: models + name, device: 'cpu', adapter: { rank: 4 } });
    const state = model.freshState();
    state.values.forEach((_, i) => (state.values[i] = Math.sin(i) / 8));
    for (const each of [model.freshState(), state]) {
      await model.setState(each);
      const readings = await model.lens(contrasts);
      expect(readings.map((layers) => layers.length)).toEqual([2, 2, 2]);
      expectClose(
        readings.map((layers) => layers.at(-1)),
        await scored(model),
      );
    }
    await model.dispose();
  });

  it('reads after the first layer what the model says that is cut off there', async () => {
    const whole = await loadCausalLM({ base: models + name, device: 'cpu' });
    const cut = await loadCausalLM({ base: cutAfterFirstLayer(name), device: 'cpu' });
    const readings = await whole.lens(contrasts);
    const expected = await scored(cut);
    expectClose(
      readings.map((layers) => layers[0]),
      expected,
    );
    // The two layers differ, so that a lens on the wrong one would be seen.
    expect(readings[0]?.[1]?.[0]).not.toBeCloseTo(expected[0]?.[0] ?? NaN, 2);
    await Promise.all([whole.dispose(), cut.dispose()]);
  });
});

describe('where no buffer may be larger than 90 kB', () => {
  // The head's matrix takes 131 kB in float32, forty rows' logits of two layers 164 kB.
  const bufferLimit = 90e3;
  const many = Array.from({ length: 40 }, (_, i) => ({
    prompt: 'abcdefgh'.slice(0, 1 + (i % 8)),
    continuations: ['x', 'y'] as const,
  }));

  it.each([...Object.keys(cuts), 'qwen2-q4'])('the lens of %s reads the same', async (name) => {
    const source = prepare(
      parseModel(new Uint8Array(readFileSync(join(models, name, 'onnx/model.onnx')))),
    );
    const projections = findProjections(source);
    const trainable = { kind: 'adapters', projections, rank: 2, alpha: 4 } as const;
    const largest = (graph: Graph, positions: number): number =>
      estimateMemory(graph, 4, 16, { positions }).largest;
    expect(largest(buildLensGraph(source, trainable, 2), 40)).toBeGreaterThan(bufferLimit);
    expect(largest(buildLensGraph(source, trainable, 2, bufferLimit), 4)).toBeLessThanOrEqual(
      bufferLimit,
    );

    const base = models + name;
    const readings = [];
    for (const limit of [{}, { bufferLimit }]) {
      const model = await loadCausalLM({ base, device: 'cpu', adapter: { rank: 4 }, ...limit });
      readings.push(await model.lens(many));
      await model.dispose();
    }
    const [whole, pieces] = readings;
    expectClose((pieces ?? []).flat(), (whole ?? []).flat());
    expect(whole).toHaveLength(40);
  });
});

describe('where two continuations part', () => {
  it('is the first token that differs; the same or the longer of two does not part', () => {
    expect(
      parting(
        [1, 2],
        [
          [5, 6, 7],
          [5, 8],
        ],
      ),
    ).toMatchObject({ ids: [1, 2, 5], tokens: [6, 8] });
    expect(parting([1], [[5], [6]])).toMatchObject({ ids: [1], tokens: [5, 6] });
    expect(
      parting(
        [1],
        [
          [5, 6],
          [5, 6],
        ],
      ).tokens,
    ).toBeNull();
    expect(parting([1], [[5, 6], [5]]).tokens).toBeNull();
    expect(parting([1], [[5], [5, 6]]).tokens).toBeNull();
  });
});
