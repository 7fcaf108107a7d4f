/** Optimum's merged decoders: what Lethe says, one token at a time from the cache, is what the file says in ONNX Runtime. */
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { writeModel, type Graph } from '../onnx/index.ts';
// eslint-disable-next-line no-restricted-imports -- the exporters' forms are for tests only, and no part of the passes' face
import { exported, sizes } from '../passes/exporters.ts';
// eslint-disable-next-line no-restricted-imports -- as above
import { mergedDecoder } from '../passes/merged-decoder.ts';
import { Session } from '../runtime/index.ts';
import { loadCausalLM } from './causal-lm.ts';
import { scratchFolders } from './scratch-folder.ts';

const { folderOf, remove } = scratchFolders();
afterAll(remove);

const long = (values: readonly number[]): ort.Tensor =>
  new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);

/** The greedy continuation of one prompt by the file's own kernels, with its cache or from the first token each time. */
async function said(
  file: Graph,
  prompt: readonly number[],
  length: number,
  cached: boolean,
): Promise<{ tokens: number[]; logProb: number }> {
  const session = await ort.InferenceSession.create(writeModel(file), { logSeverityLevel: 3 });
  const empty = new ort.Tensor('float32', new Float32Array(0), [1, sizes.heads, 0, sizes.head]);
  let past: Record<string, ort.Tensor> = {};
  const tokens: number[] = [];
  let logProb = 0;
  while (tokens.length < length) {
    const all = [...prompt, ...tokens];
    const goesOn = cached && tokens.length > 0;
    const given = goesOn ? all.slice(-1) : all;
    const feeds: Record<string, ort.Tensor> = {
      input_ids: long(given),
      attention_mask: long(all.map(() => 1)),
      position_ids: long(given.map((_, i) => all.length - given.length + i)),
      use_cache_branch: new ort.Tensor('bool', Uint8Array.of(goesOn ? 1 : 0), [1]),
    };
    const used = session.inputNames.map((name) => [name, feeds[name] ?? past[name] ?? empty]);
    const outputs = await session.run(Object.fromEntries(used) as typeof feeds);
    const logits = [...(outputs['logits']?.data as Float32Array)].slice(-sizes.vocabulary);
    const best = logits.indexOf(Math.max(...logits));
    logProb -= Math.log(logits.reduce((sum, z) => sum + Math.exp(z - (logits[best] ?? 0)), 0));
    tokens.push(best);
    past = Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [
        name.replace('present', 'past_key_values'),
        value,
      ]),
    );
  }
  await session.release();
  return { tokens, logProb };
}

const prompts = [
  [3, 17, 5, 29, 8],
  [11, 21],
  [9, 30, 14, 7, 22],
];
const length = 7;

describe('a merged decoder', () => {
  it.each([
    // Without positions as an input a padded prompt would begin too late: prompts of each length are continued by themselves.
    ['whose positions are counted from the cache', false, [5, 2]],
    ['that takes position_ids', true, [5]],
  ])('%s says with its cache what it says without', async (name, positionIds, begun) => {
    const form = { rotary: 'contributed', positionIds } as const;
    const file = mergedDecoder(form);
    const folder = folderOf(name, file);
    const model = await loadCausalLM({ base: folder, device: 'cpu' });
    const widths: number[] = [];
    const run = vi.spyOn(Session.prototype, 'run').mockImplementation(function (
      this: Session,
      feeds,
    ) {
      widths.push(feeds['input_ids']?.dims[1] ?? 0);
      return original.call(this, feeds);
    });
    const answers = await model.generateTokens(prompts, { maxNewTokens: length });
    run.mockRestore();

    // With an adapter: the same decoder without a cache says the same.
    const state = model.freshState();
    state.values.forEach((_, i) => (state.values[i] = Math.sin(i) / 3));
    const plain = await loadCausalLM({
      base: folderOf(`${name} plain`, exported({ ...form, attention: 'plain' })),
      device: 'cpu',
    });
    const adapted = [];
    for (const each of [model, plain]) {
      await each.setState(state);
      adapted.push(await each.generateTokens(prompts, { maxNewTokens: length }));
      await each.dispose();
    }
    const [ours, theirs] = adapted.map((all) => all.map(({ tokens }) => tokens));
    expect(ours).toEqual(theirs);
    expect(ours).not.toEqual(answers.map(({ tokens }) => tokens));

    const later = Array<number>(length - 1).fill(1);
    expect(widths).toEqual(begun.flatMap((width) => [width, ...later]));
    for (const [index, prompt] of prompts.entries()) {
      const whole = await said(file, prompt, length, false);
      const cached = await said(file, prompt, length, true);
      expect(cached.tokens).toEqual(whole.tokens);
      expect(answers[index]?.tokens).toEqual(whole.tokens);
      expect(answers[index]?.logProb).toBeCloseTo(whole.logProb, 3);
      expect(new Set(whole.tokens).size).toBeGreaterThan(1);
    }
  });
});

const original = Session.prototype.run;
