/** Whatever cannot be done with a model, it is asked: with adapters where its file can be rewritten, else by its own kernels. */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import {
  Builder,
  float32Tensor,
  int,
  parseModel,
  writeModel,
  type Graph,
  type Value,
} from '../onnx/index.ts';
// eslint-disable-next-line no-restricted-imports -- the exporters' forms are for tests only, and no part of the passes' face
import { exported, sizes, type Form } from '../passes/exporters.ts';
// eslint-disable-next-line no-restricted-imports -- as above
import { mergedDecoder } from '../passes/merged-decoder.ts';
import { loadCausalLM } from './causal-lm.ts';
import { Sessions } from './sessions.ts';
import type { CausalLM, Continuation } from './types.ts';

const models = fileURLToPath(new URL('../../../../e2e/models/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'lethe-asking-'));
afterAll(() => rmSync(scratch, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

let folders = 0;

/** A folder with this graph in place of a fixture's. */
function folderOf(graph: Graph): string {
  const folder = join(scratch, String(folders++));
  cpSync(`${models}qwen2-fp32`, folder, { recursive: true });
  writeFileSync(join(folder, 'onnx/model.onnx'), writeModel(graph));
  return folder;
}

/** No projection has such a name: adapters go nowhere. */
const nowhere = { modules: ['none'] };

const load = (base: string, adapter = {}): Promise<CausalLM> =>
  loadCausalLM({ base, device: 'cpu', threads: 1, adapter });

const prompts = [[3, 17, 5, 29, 8], [11, 21], [9, 30, 14, 7, 22], [31]];
const items: Continuation[] = [
  { prompt: 'ab', continuation: 'cd' },
  { prompt: 'the', continuation: ' end of it' },
  { prompt: 'x', continuation: 'y' },
];

async function said(base: string, adapter = {}, asked = prompts): Promise<number[][]> {
  const model = await load(base, adapter);
  const answers = await model.generateTokens(asked, { maxNewTokens: 7 });
  await model.dispose();
  return answers.map(({ tokens }) => tokens);
}

/** A small decoder with a plain cache, whose positions are its own business. */
const plain = (form: Form = {}): Graph =>
  exported({ attention: 'plain', rotary: 'contributed', positionIds: true, cache: true, ...form });

const greedy = JSON.parse(readFileSync(`${models}greedy.json`, 'utf8')) as Record<
  string,
  { prompts: number[][]; base: number[][] }
>;

interface Fixture {
  greedy?: { ids: number[]; new: number[]; margins: number[] };
}

const families = readdirSync(models).flatMap((name) => {
  const file = `${models}${name}/expected.json`;
  if (!existsSync(file)) return [];
  const { greedy: own } = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
  return own ? [[name, own] as const] : [];
});

describe('by its own kernels a file says what PyTorch says', () => {
  it.each(Object.entries(greedy))('%s, prompts of several lengths', async (name, own) => {
    const model = await load(models + name, nowhere);
    const answers = await model.generateTokens(own.prompts, { maxNewTokens: 12 });
    expect(answers.map(({ tokens }) => tokens)).toEqual(own.base);
    expect(model.info.can.adapt).toEqual({
      reason: expect.stringContaining('No projection') as string,
    });
    await model.dispose();
  });

  it.runIf(families.length > 0).each(families)(
    '%s',
    async (name, { ids, new: wanted, margins }) => {
      const sure = margins.findIndex((margin) => margin < 1e-4);
      const length = sure < 0 ? wanted.length : sure;
      for (const adapter of [{}, nowhere]) {
        const model = await load(models + name, adapter);
        const [answer] = await model.generateTokens([ids], { maxNewTokens: wanted.length });
        expect(answer?.tokens.slice(0, length)).toEqual(wanted.slice(0, length));
        await model.dispose();
      }
    },
  );

  it.each([
    // Half-precision arithmetic in the file's kernels.
    ['qwen2-q4f16', 0.03],
    ['qwen2-fp32', 1e-4],
    ['bloom-fp32', 1e-4],
  ])('%s: probabilities are those of the score graph', async (name, tolerance) => {
    const [own, adapted] = [await load(models + name, nowhere), await load(models + name)];
    const [ours, theirs] = [await own.score(items), await adapted.score(items)];
    theirs.forEach(({ logProb, ...counted }, index) => {
      expect(Math.abs((ours[index]?.logProb ?? NaN) - logProb)).toBeLessThan(tolerance);
      expect(ours[index]).toMatchObject(counted);
    });
    await own.dispose();
    await adapted.dispose();
  });

  it('what it can never say has a probability of nothing, as a number', async () => {
    const graph = plain();
    const b = new Builder(graph, 'masked');
    const mask = new Float32Array(sizes.vocabulary).fill(-Infinity, 20);
    const logits = graph.output('logits');
    graph.outputs.splice(graph.outputs.indexOf(logits), 1);
    const values = graph.addInitializer('mask', float32Tensor(mask, [sizes.vocabulary]));
    graph.addOutput('logits', b.add(logits, values));
    const folder = folderOf(graph);
    for (const adapter of [{}, nowhere]) {
      const model = await load(folder, adapter);
      const [never, sometimes] = await model.score([
        { prompt: '!', continuation: '<' },
        { prompt: '!', continuation: '"' },
      ]);
      expect(model.encode('<')[0]).toBeGreaterThanOrEqual(20);
      expect(never).toMatchObject({ logProb: -1e9, isGreedy: false });
      expect(sometimes?.logProb).toBeGreaterThan(-100);
      await model.dispose();
    }
  });

  it('a merged decoder goes on from its cache', async () => {
    const folder = folderOf(mergedDecoder({ rotary: 'contributed', positionIds: true }));
    expect(await said(folder, nowhere)).toEqual(await said(folder));
  });

  it.each([
    ['[B, 1, V]', false],
    ['[B, V]', true],
  ])('a file with the last logits only, as %s', async (_, isFlat) => {
    const graph = plain();
    const b = new Builder(graph, 'last');
    const sliced = b.slice(graph.output('logits'), 1, -1, 2 ** 31 - 1);
    const last = isFlat ? b.op('Squeeze', [sliced, b.integers([1])]) : sliced;
    last.shape = ['batch', ...(isFlat ? [] : [1]), sizes.vocabulary];
    graph.outputs.shift();
    graph.addOutput('logits', last);
    const [whole, cut] = [folderOf(plain()), folderOf(graph)];
    for (const adapter of [{}, nowhere])
      expect(await said(cut, adapter)).toEqual(await said(whole));
    const [one, other] = [await load(cut, nowhere), await load(whole)];
    const short = [{ prompt: '!', continuation: '"#' }];
    const [ours, theirs] = [await one.score(short), await other.score(short)];
    expect(ours[0]?.logProb).toBeCloseTo(theirs[0]?.logProb ?? NaN, 4);
  });
});

describe('inputs beside the tokens', () => {
  const input = (graph: Graph, name: string, type: 'int64' | 'bool', shape: string[]): Value =>
    graph.addInput(name, type, shape);

  /** Each changes the decoder without changing what it says. */
  const additions: Readonly<Record<string, (graph: Graph, b: Builder) => void>> = {
    num_logits_to_keep: (graph, b) => {
      const kept = input(graph, 'num_logits_to_keep', 'int64', []);
      const head = graph.output('logits').producer;
      const start = b.unsqueeze(b.op('Neg', [kept]), [0]);
      const bounds = [start, b.integers([2 ** 31 - 1]), b.integers([1])];
      head?.setInput(0, b.op('Slice', [head.need(0), ...bounds]));
    },
    token_type_ids: (graph, b) => {
      const types = input(graph, 'token_type_ids', 'int64', ['batch', 'time']);
      const table = new Float32Array(2 * sizes.width).fill(3, sizes.width);
      const embedded = b.op('Gather', [
        graph.addInitializer('types', float32Tensor(table, [2, sizes.width])),
        types,
      ]);
      const [lookup] = graph.nodes;
      const x = lookup?.out() as Value;
      const sum = b.add(x, embedded);
      graph.replaceUses(x, sum, sum.producer ?? undefined);
    },
    cache_position: (graph, b) => {
      const places = b.unsqueeze(input(graph, 'cache_position', 'int64', ['time']), [0]);
      const ids = graph.input('input_ids');
      const rows = b.op('Expand', [places, b.op('Shape', [ids])]);
      graph.replaceUses(graph.input('position_ids'), rows);
      graph.dropUnusedInputs();
    },
    use_cache_branch: (graph, b) => {
      const goesOn = b.cast(input(graph, 'use_cache_branch', 'bool', ['one']), 'float32');
      const logits = graph.output('logits');
      const sum = b.add(logits, b.mul(goesOn, 0));
      graph.outputs.splice(graph.outputs.indexOf(logits), 1);
      graph.addOutput('logits', sum);
    },
  };

  it.each(Object.keys(additions))('%s: says the same in both ways', async (name) => {
    const expected = await said(folderOf(plain()));
    const graph = plain();
    additions[name]?.(graph, new Builder(graph, 'added'));
    graph.prune();
    const folder = folderOf(graph);
    expect(await said(folder)).toEqual(expected);
    expect(await said(folder, nowhere)).toEqual(expected);
    const model = await load(folder);
    expect(model.info.can.adapt).toBe('yes');
    await model.dispose();
  });

  it('one that a text does not give is named', async () => {
    const graph = plain();
    const b = new Builder(graph, 'added');
    const pixels = graph.addInput('pixel_values', 'float32', [1]);
    const logits = graph.output('logits');
    graph.outputs.shift();
    graph.addOutput('logits', b.add(logits, pixels));
    await expect(load(folderOf(graph))).rejects.toThrow('"pixel_values"');
  });
});

describe('padding on the left', () => {
  /** Positions learned, and counted by how much lies in the cache: padding would shift them. */
  function withLearnedPositions(): Graph {
    const graph = plain({ rotary: 'none', positionIds: false });
    const b = new Builder(graph, 'learned');
    const length = (value: Value): Value =>
      b.op('Gather', [b.op('Shape', [value]), b.scalar(1, 'int64')]);
    const total = length(graph.input('attention_mask'));
    const start = b.op('Sub', [total, length(graph.input('input_ids'))]);
    const places = b.op('Range', [start, total, b.scalar(1, 'int64')]);
    const table = Float32Array.from({ length: 16 * sizes.width }, (_, i) => Math.sin(i * i));
    const row = graph.addInitializer('places', float32Tensor(table, [16, sizes.width]));
    const [lookup] = graph.nodes;
    const x = lookup?.out() as Value;
    const sum = b.add(x, b.op('Gather', [row, places], { axis: int(0) }));
    graph.replaceUses(x, sum, sum.producer ?? undefined);
    graph.prune();
    return graph;
  }

  it('is not done where it would change what is said', async () => {
    const folder = folderOf(withLearnedPositions());
    const alone = [];
    for (const prompt of prompts) alone.push(...(await said(folder, {}, [prompt])));
    expect(await said(folder)).toEqual(alone);
    expect(await said(folder, nowhere)).toEqual(alone);
  });
});

describe('what fails is its own reason, and nothing else’s', () => {
  /** An operator that nothing is known of to teach through. */
  function withoutGradient(): Graph {
    const graph = plain();
    const b = new Builder(graph, 'added');
    const head = graph.output('logits').producer;
    head?.setInput(0, b.op('Mod', [head.need(0), b.scalar(1e6)], { fmod: int(1) }));
    graph.prune();
    return graph;
  }

  it('teaching', async () => {
    const model = await load(folderOf(withoutGradient()));
    expect(model.info.can).toMatchObject({ adapt: 'yes', teach: 'unknown' });
    const answers = await model.generateTokens(prompts, { maxNewTokens: 4 });
    expect(answers).toHaveLength(prompts.length);
    const { teach } = await model.check();
    expect(teach).toEqual({ reason: expect.stringContaining('Mod') as string });
    expect(model.info.can).toMatchObject({ adapt: 'yes', teach });
    const step = model.trainStep([{ prompt: 'a', completion: 'b', role: 0 }], {
      objective: 'cross-entropy',
      learningRate: 1e-3,
    });
    await expect(step).rejects.toThrow(
      expect.objectContaining({ name: 'CapabilityError' }) as Error,
    );
    // It still goes through adapters.
    const state = model.freshState();
    state.values.forEach((_, i) => (state.values[i] = Math.sin(i) / 3));
    await model.setState(state);
    expect(await model.generateTokens(prompts, { maxNewTokens: 4 })).not.toEqual(answers);
    await model.dispose();
  });

  it('a graph whose session cannot be opened', async () => {
    const model = await load(folderOf(plain()));
    const own = Sessions.prototype.get;
    vi.spyOn(Sessions.prototype, 'get').mockImplementation(function (this: Sessions, kind) {
      const failing = kind === 'cross-entropy' || kind === 'lens';
      return failing ? Promise.reject(new Error('No such kernel.')) : own.call(this, kind);
    });
    expect(await model.check()).toMatchObject({ teach: 'yes' });
    const examples = [{ prompt: 'a', completion: 'b', role: 0 as const }];
    const options = { objective: 'cross-entropy', learningRate: 1e-3 } as const;
    await expect(model.trainStep(examples, options)).rejects.toThrow('No such kernel.');
    const contrast = { prompt: '!', continuations: ['"', '#'] as const };
    await expect(model.lens([contrast])).rejects.toThrow('No such kernel.');
    const reason = { reason: 'No such kernel.' };
    expect(await model.check()).toMatchObject({ adapt: 'yes', teach: reason, lens: reason });
    await model.dispose();
  });

  it('scoring goes on by the logits of what answers, adapter and all', async () => {
    const model = await load(`${models}qwen2-fp32`);
    const state = model.freshState();
    state.values.forEach((_, i) => (state.values[i] = Math.sin(i) / 30));
    await model.setState(state);
    const expected = await model.score(items);
    await model.dispose();
    const own = Sessions.prototype.graph;
    vi.spyOn(Sessions.prototype, 'graph').mockImplementation(function (this: Sessions, kind) {
      if (kind === 'score') throw new Error('The shape of "x" is not known.');
      return own.call(this, kind);
    });
    const other = await load(`${models}qwen2-fp32`);
    await other.setState(state);
    const scores = await other.score(items);
    expected.forEach(({ logProb, isGreedy }, index) => {
      expect(scores[index]?.logProb).toBeCloseTo(logProb, 3);
      expect(scores[index]?.isGreedy).toBe(isGreedy);
    });
    expect(other.info.can.score).toBe('yes');
    await other.dispose();
  });

  it('a cache that cannot be kept: the whole text is read again, with adapters', async () => {
    const folder = folderOf(plain());
    const expected = await said(folder);
    const own = Sessions.prototype.graph;
    vi.spyOn(Sessions.prototype, 'graph').mockImplementation(function (this: Sessions, kind) {
      if (kind === 'decode') throw new Error('The size of the cache is not stated.');
      return own.call(this, kind);
    });
    const model = await load(folder);
    expect(model.info.can.adapt).toBe('yes');
    const answers = await model.generateTokens(prompts, { maxNewTokens: 7 });
    expect(answers.map(({ tokens }) => tokens)).toEqual(expected);
    await model.dispose();
  });

  it('an adapter that would change nothing is refused where no adapter can be put on', async () => {
    const folder = folderOf(withoutGradient());
    const own = Sessions.prototype.graph;
    vi.spyOn(Sessions.prototype, 'graph').mockImplementation(function (this: Sessions, kind) {
      if (kind !== 'file') throw new Error('No lowering.');
      return own.call(this, kind);
    });
    const model = await load(folder);
    const reason = { reason: 'No lowering.' };
    expect(model.info.can).toMatchObject({
      adapt: reason,
      teach: reason,
      lens: reason,
      merge: reason,
    });
    expect(await model.score([{ prompt: '!', continuation: '"#' }])).toHaveLength(1);
    await model.setState(model.freshState());
    const state = model.freshState();
    state.values.fill(0.1);
    await expect(model.setState(state)).rejects.toThrow('No lowering.');
    await expect(model.mergedModel()).rejects.toThrow('No lowering.');
    await model.dispose();
  });
});

describe('a model that computes no numbers', () => {
  it('says so when it first answers', async () => {
    const graph = parseModel(new Uint8Array(readFileSync(`${models}qwen2-fp32/onnx/model.onnx`)));
    const norm = graph.initializers.find(({ name }) => /norm.*weight/.test(name));
    if (!norm?.tensor) throw new Error('The fixture has no norm.');
    const { dims } = norm.tensor;
    norm.tensor = float32Tensor(new Float32Array(dims[0] ?? 0).fill(NaN), dims);
    await expect(load(folderOf(graph))).rejects.toThrow(
      expect.objectContaining({ name: 'NoNumbersError' }) as Error,
    );
  });
});
