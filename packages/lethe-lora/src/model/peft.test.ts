/** PEFT’s own files in and out, for every fixture. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32Tensor, type Tensor } from '../onnx/index.ts';
import { loadCausalLM } from './causal-lm.ts';
import { readPeftConfig, scalingOf } from './peft-config.ts';
import { exportPeft, importPeft, type PeftFiles } from './peft.ts';
import { float32Values, readSafetensors, writeSafetensors } from './safetensors.ts';
import type { CausalLM } from './types.ts';

const models = fileURLToPath(new URL('../../../../e2e/models/', import.meta.url));
const filesOf = (name: string): PeftFiles => ({
  config: new Uint8Array(readFileSync(`${models}${name}/adapter_config.json`)),
  weights: new Uint8Array(readFileSync(`${models}${name}/adapter_model.safetensors`)),
});
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const parsed = (bytes: Uint8Array) =>
  JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
const load = (name: string, adapter: { rank: number; alpha: number; modules?: string[] }) =>
  loadCausalLM({ base: models + name, device: 'cpu', adapter });

describe.each([
  'qwen2-fp32',
  'gpt2-fp32',
  'bloom-fp32',
  'qwen2-q4',
  'qwen3-q4',
  'qwen2-q4f16',
  'gpt2.opt-q8',
  'llama.opt-bnb4',
  'phi3.genai-q4f16',
])('%s', (name) => {
  let model: CausalLM;
  beforeAll(async () => (model = await load(name, { rank: 4, alpha: 8 })));
  afterAll(() => model.dispose());

  it('reads PEFT’s adapter and writes the same file, byte for byte', () => {
    const files = filesOf(name);
    const { state, absent } = importPeft(model.info, files, model.freshState());
    expect(absent).toEqual([]);
    const out = exportPeft(model.info, state.values);
    expect(Buffer.compare(out.weights, files.weights)).toBe(0);
    const [ours, theirs] = [parsed(out.config), parsed(files.config)];
    for (const key of ['peft_type', 'task_type', 'r', 'lora_alpha', 'bias'])
      expect(ours[key]).toEqual(theirs[key]);
    // By their last names, which is how Lethe writes them.
    const sorted = (config: Record<string, unknown>) => {
      const paths = config['target_modules'] as string[];
      return [...new Set(paths.map((path) => path.split('.').at(-1)))].sort();
    };
    expect(sorted(ours)).toEqual(sorted(theirs));
  });
});

describe('an adapter', () => {
  let model: CausalLM;
  const files = filesOf('qwen2-fp32');
  const item = { prompt: 'ab', continuation: 'cde' };
  const scoreOf = async (other: CausalLM): Promise<number> =>
    (await other.score([item]))[0]?.logProb ?? NaN;
  beforeAll(async () => (model = await load('qwen2-fp32', { rank: 4, alpha: 8 })));
  afterAll(() => model.dispose());
  const withConfig = (change: object): PeftFiles => ({
    ...files,
    config: json({ ...parsed(files.config), ...change }),
  });
  const read = (changed: PeftFiles) => importPeft(model.info, changed, model.freshState());

  it('means the same in a model loaded for a larger rank and another alpha', async () => {
    await model.setState(read(files).state);
    const wide = await load('qwen2-fp32', { rank: 7, alpha: 20 });
    await wide.setState(importPeft(wide.info, files, wide.freshState()).state);
    expect(await scoreOf(wide)).toBeCloseTo(await scoreOf(model), 4);
    await wide.dispose();
  });

  it('of some modules leaves the others as they were', async () => {
    const narrow = await load('qwen2-fp32', { rank: 4, alpha: 8, modules: ['o_proj'] });
    const { state } = read(files);
    const layout = model.info.layout.filter(({ name }) => name.includes('o_proj'));
    const values = narrow.freshState().values;
    for (const [i, slice] of narrow.info.layout.entries()) {
      const at = layout[i]?.offset ?? 0;
      values.set(state.values.subarray(at, at + slice.length), slice.offset);
    }
    const out = exportPeft(narrow.info, values);
    const { state: some, absent } = read(out);
    expect(absent).toContain('model.layers.0.self_attn.q_proj');
    expect(absent).toHaveLength(12);
    await model.setState(some);
    await narrow.setState({ ...narrow.freshState(), values });
    expect(await scoreOf(model)).toBeCloseTo(await scoreOf(narrow), 4);
    await narrow.dispose();
  });

  it('scales as its configuration says', () => {
    const b = (changed: PeftFiles) => {
      const slice = model.info.layout[1];
      return read(changed).state.values[slice?.offset ?? 0] ?? NaN;
    };
    const plain = b(files);
    expect(b(withConfig({ lora_alpha: 16 }))).toBeCloseTo(2 * plain, 6);
    expect(b(withConfig({ use_rslora: true }))).toBeCloseTo(2 * plain, 6);
    expect(b(withConfig({ alpha_pattern: { q_proj: 24 } }))).toBeCloseTo(3 * plain, 6);
    expect(b(withConfig({ alpha_pattern: { proj: 24 } }))).toBeCloseTo(plain, 6);
  });

  it('scales by regular expressions as PEFT matches them, the first that matches', () => {
    const slices = model.info.layout.filter(({ name }) => name.endsWith('.lora_B'));
    const scales = (pattern: Record<string, number>): string[] => {
      const [before, after] = [files, withConfig({ alpha_pattern: pattern })].map(
        (each) => read(each).state.values,
      );
      return slices.flatMap(({ name, offset, length }) => {
        const at = Array.from({ length }, (_, i) => offset + i).find((i) => before?.[i] !== 0) ?? 0;
        const ratio = (after?.[at] ?? 0) / (before?.[at] ?? 1);
        return Math.abs(ratio - 1) < 1e-4 ? [] : [`${name.slice(0, -7)} ${ratio.toFixed(2)}`];
      });
    };
    expect(scales({ '.*\\.layers\\.1\\..*(q_proj|v_proj)': 24 })).toEqual([
      'model.layers.1.self_attn.q_proj 3.00',
      'model.layers.1.self_attn.v_proj 3.00',
    ]);
    expect(scales({ 'layers.0.self_attn.k_proj': 16, k_proj: 24 })).toEqual([
      'model.layers.0.self_attn.k_proj 2.00',
      'model.layers.1.self_attn.k_proj 3.00',
    ]);
    expect(scales({ 'model.layers.[1].mlp.down_proj': 4 })).toEqual([
      'model.layers.1.mlp.down_proj 0.50',
    ]);
    // Not in the middle of a name, nor before its end.
    expect(scales({ roj: 4, 'layers.1': 4, q_pro: 4 })).toEqual([]);
  });

  it.each([
    ['pissa', { init_lora_weights: 'pissa' }, /init_lora_weights=pissa/],
    ['a quick PiSSA', { init_lora_weights: 'pissa_niter_4' }, /pissa_niter_4/],
    ['OLoRA', { init_lora_weights: 'olora' }, /olora/],
    ['CorDA', { init_lora_weights: 'corda' }, /corda/],
    ['LoftQ', { init_lora_weights: 'loftq' }, /loftq/],
    ['LoRA-GA', { init_lora_weights: 'lora_ga' }, /lora_ga/],
    ['a way that nobody knows yet', { init_lora_weights: 'next_year' }, /next_year/],
    ['a setting that nobody knows yet', { use_next: true }, /the setting use_next \(true\)/],
    ['a router', { arrow_config: { top_k: 2 } }, /arrow_config/],
    ['KaSA', { kasa_config: { beta: 1 } }, /KaSA/],
    ['a rank that its weights do not have', { rank_pattern: { q_proj: 2 } }, /rank 4.*says 2/],
    ['no regular expression', { alpha_pattern: { '(q_proj': 2 } }, /no regular expression/],
    ['one that takes for ever', { alpha_pattern: { '(.*)*x': 2 } }, /for ever/],
    ['one that takes for ever, in words', { rank_pattern: { '(\\w+\\s?)+$': 2 } }, /for ever/],
    ['a form of Python', { alpha_pattern: { '(?P<n>q_proj)': 2 } }, /form of regular/],
    ['a pattern of no number', { alpha_pattern: { q_proj: '2' } }, /not a positive number/],
  ])('with %s is refused by name', (_, change, message) => {
    expect(() => read(withConfig(change))).toThrow(message);
  });

  it.each([true, false, null, 'gaussian', 'eva', 'orthogonal'])(
    'that began with %s, which leaves the model as it is, is read',
    (beginning) => {
      expect(() => read(withConfig({ init_lora_weights: beginning }))).not.toThrow();
    },
  );

  it('of one packed module is taken apart', () => {
    const tensors = readSafetensors(files.weights);
    const at = (part: string, side: string) =>
      `base_model.model.model.layers.0.self_attn.${part}.lora_${side}.weight`;
    const a = float32Tensor(
      Float32Array.from({ length: 4 * 64 }, (_, i) => i),
      [4, 64],
    );
    const b = float32Tensor(
      Float32Array.from({ length: 128 * 4 }, (_, i) => -i),
      [128, 4],
    );
    for (const part of ['q_proj', 'k_proj', 'v_proj'])
      for (const side of ['A', 'B']) tensors.delete(at(part, side));
    tensors.set(at('qkv_proj', 'A'), a).set(at('qkv_proj', 'B'), b);
    const { state } = read({ ...files, weights: writeSafetensors(tensors) });
    const slice = (name: string) => {
      const found = model.info.layout.find((each) => each.name.endsWith(name));
      return state.values.subarray(found?.offset, (found?.offset ?? 0) + (found?.length ?? 0));
    };
    expect(slice('0.self_attn.k_proj.lora_A')[9]).toBe(9);
    expect(slice('0.self_attn.k_proj.lora_B')[0]).toBe(-64 * 4);
    expect(slice('0.self_attn.v_proj.lora_B')[5]).toBe(-96 * 4 - 5);
  });

  /** (α/r)·B·A of a module in PEFT's files, float64 [out · in]. */
  const product = ({ config, weights }: PeftFiles, module: string): number[] => {
    const tensors = readSafetensors(weights);
    const [a, b] = ['A', 'B'].map((side) =>
      need(tensors, `base_model.model.${module}.lora_${side}.weight`),
    ) as [Tensor, Tensor];
    const [rows = 0, rank = 0] = b.dims;
    const columns = a.dims[1] ?? 0;
    const scaling = scalingOf(readPeftConfig(config), module, rank);
    const [down, up] = [float32Values(a), float32Values(b)];
    return Array.from({ length: rows * columns }, (_, at) => {
      const [row, column] = [Math.floor(at / columns), at % columns];
      let sum = 0;
      for (let k = 0; k < rank; k++)
        sum += (up[row * rank + k] ?? 0) * (down[k * columns + column] ?? 0);
      return scaling * sum;
    });
  };

  it('is exported for a PyTorch model that packs what is apart here, and comes back', async () => {
    const { state } = read(files);
    const packed = exportPeft(model.info, state.values, {
      packed: ['qkv_proj', 'gate_up_proj'],
    });
    const names = [...readSafetensors(packed.weights).keys()];
    expect(names.filter((name) => /\.([qkv]_proj|gate_proj|up_proj)\./.test(name))).toEqual([]);
    expect(names.filter((name) => /\.(qkv_proj|gate_up_proj)\./.test(name))).toHaveLength(8);
    for (const [whole, parts] of [
      ['self_attn.qkv_proj', ['q_proj', 'k_proj', 'v_proj'].map((part) => `self_attn.${part}`)],
      ['mlp.gate_up_proj', ['mlp.gate_proj', 'mlp.up_proj']],
    ] as const) {
      const layer = 'model.layers.1.';
      const joint = product(packed, layer + whole);
      const apart = parts.flatMap((part) => product(files, layer + part));
      expect(joint.length).toBe(apart.length);
      // One rounding of B to float32 where it is scaled.
      const error = Math.max(...joint.map((value, i) => Math.abs(value - (apart[i] ?? NaN))));
      expect(error / Math.max(...apart.map(Math.abs))).toBeLessThan(1e-6);
    }
    await model.setState(state);
    const before = await scoreOf(model);
    await model.setState(read(packed).state);
    expect(await scoreOf(model)).toBeCloseTo(before, 4);
  });

  it('of modules that are apart in PyTorch becomes one where they are packed here', async () => {
    const gpt2 = await load('gpt2-fp32', { rank: 6, alpha: 12 });
    const path = 'transformer.h.0.attn.';
    const tensors = new Map<string, Tensor>();
    const wave = (length: number, pace: number): Float32Array<ArrayBuffer> =>
      Float32Array.from({ length }, (_, i) => Math.sin(pace * (i + 1)));
    ['q_proj', 'k_proj', 'v_proj'].forEach((part, index) => {
      const name = `base_model.model.${path}${part}.lora_`;
      tensors.set(`${name}A.weight`, float32Tensor(wave(2 * 64, 1.3 + index), [2, 64]));
      tensors.set(`${name}B.weight`, float32Tensor(wave(64 * 2, 0.7 + index), [64, 2]));
    });
    const config = json({ peft_type: 'LORA', r: 2, lora_alpha: 3, target_modules: ['q_proj'] });
    const apart = { config, weights: writeSafetensors(tensors) };
    const { state } = importPeft(gpt2.info, apart, gpt2.freshState());
    const joint = product(exportPeft(gpt2.info, state.values), `${path}c_attn`);
    const expected = ['q_proj', 'k_proj', 'v_proj'].flatMap((part) => product(apart, path + part));
    expect(joint.length).toBe(expected.length);
    const error = Math.max(...joint.map((value, i) => Math.abs(value - (expected[i] ?? NaN))));
    expect(error / Math.max(...expected.map(Math.abs))).toBeLessThan(1e-6);
    await gpt2.dispose();
  });

  const change = (edit: (tensors: ReturnType<typeof readSafetensors>) => void): PeftFiles => {
    const tensors = readSafetensors(files.weights);
    edit(tensors);
    return { ...files, weights: writeSafetensors(tensors) };
  };
  const first = 'base_model.model.model.layers.0.mlp.up_proj.lora_A.weight';

  it.each([
    ['of another kind', withConfig({ peft_type: 'IA3' }), /kind "IA3"/],
    ['with DoRA', withConfig({ use_dora: true }), /uses DoRA/],
    ['with trained biases', withConfig({ bias: 'all' }), /bias=all/],
    ['with whole trained modules', withConfig({ modules_to_save: ['lm_head'] }), /modules_to_save/],
    ['of no rank', withConfig({ r: 0 }), /no valid r/],
    ['whose configuration is not JSON', { ...files, config: json('').slice(1) }, /not JSON/],
    [
      'of another model',
      change((t) => t.set(first, float32Tensor([1, 2, 3, 4], [4, 1]))),
      /\[4, 1\]/,
    ],
    ['with one half missing', change((t) => t.delete(first)), /only one of lora_A and lora_B/],
    [
      'of a module this model lacks',
      change((t) => t.set('base_model.model.lm_head.lora_A.weight', float32Tensor([1], [1, 1]))),
      /lm_head.*belongs to no projection/,
    ],
    ['with nothing in it', change((t) => t.clear()), /no weights for this model/],
    ['of integers', change((t) => t.set(first, { ...need(t, first), type: 'int32' })), /int32/],
  ])('%s is refused with the reason', (_, changed, message) => {
    expect(() => read(changed as PeftFiles)).toThrow(message);
  });

  it('of a larger rank says which rank to load the model with', async () => {
    const small = await load('qwen2-fp32', { rank: 2, alpha: 4 });
    expect(() => importPeft(small.info, files, small.freshState())).toThrow(/with rank 4/);
    await small.dispose();
  });
});

function need<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`no ${String(key)}`);
  return value;
}
