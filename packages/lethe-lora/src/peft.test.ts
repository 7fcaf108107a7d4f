import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  AutoModelForCausalLM,
  getPeftModel,
  LetheError,
  LoraConfig,
  PeftModel,
  type CausalLMModel,
} from './index.ts';

const fixture = fileURLToPath(new URL('../../../e2e/models/qwen2-fp32', import.meta.url));
/** What Transformers and PEFT say greedily. */
const greedy = JSON.parse(readFileSync(`${fixture}/../greedy.json`, 'utf8')) as Record<
  string,
  { prompts: number[][]; base: number[][]; adapted: number[][] }
>;
const { prompts = [], base = [], adapted = [] } = greedy['qwen2-fp32'] ?? {};
const [prompt = [], said = []] = [prompts[0], base[0]];
const rows = { input_ids: [prompt] };
const length = { max_new_tokens: said.length };
const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    return error instanceof LetheError ? error.code : String(error);
  }
  return 'none';
};

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'lethe-lora-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a base model', () => {
  let model: CausalLMModel;
  beforeAll(async () => (model = await AutoModelForCausalLM.from_pretrained(fixture)));
  afterAll(() => model.dispose());

  it('says the tokens of Transformers, prompt first, in the form it was given', async () => {
    expect(await model.generate({ input_ids: prompts }, length)).toEqual(
      prompts.map((each, index) => [...each, ...(base[index] ?? [])]),
    );
  });

  it('streams each token once, after the prompt', async () => {
    const heard: number[][] = [];
    let ended = 0;
    const streamer = {
      put: ([row = []]: bigint[][]) => void heard.push(row.map(Number)),
      end: () => void ended++,
    };
    await model.generate({ ...rows, ...length, streamer });
    expect(heard).toEqual([prompt, ...said.map((id) => [id])]);
    expect(ended).toBe(1);
  });

  it('continues texts of different length as it continues each alone', async () => {
    const texts = ['ab', 'abcdef'];
    const together = await model.generate(texts, { max_new_tokens: 6 });
    for (const [index, text] of texts.entries())
      expect(await model.generate(text, { max_new_tokens: 6 })).toBe(together[index]);
  });

  it('ends where it is aborted, and answers afterwards', async () => {
    const stop = new AbortController();
    const streamer = { put: () => stop.abort(new Error('enough')), end: () => undefined };
    const call = model.generate(rows, { max_new_tokens: 50, streamer, signal: stop.signal });
    await expect(call).rejects.toThrow('enough');
    expect(await model.generate(rows, length)).toHaveLength(1);
  });

  it('refuses options by name', async () => {
    const top = { top_p: 0.9 } as object;
    await expect(model.generate('ab', top)).rejects.toThrow(/top_p=0.9/);
    const unknown = { maxNewTokens: 3 } as object;
    await expect(model.generate('ab', unknown)).rejects.toThrow(/Did you mean "max_new_tokens"/);
  });
});

describe('adapters', () => {
  let model: CausalLMModel;
  let peft: PeftModel;
  beforeAll(async () => {
    model = await AutoModelForCausalLM.from_pretrained(fixture);
    peft = await PeftModel.from_pretrained(model, fixture, { adapter_name: 'theirs' });
  });
  afterAll(() => model.dispose());
  afterEach(() => peft.set_adapter('theirs'));
  const say = () => peft.generate(rows, { max_new_tokens: 8 });

  it('are read from PEFT’s folder and written as they were, byte for byte', async () => {
    expect(peft.peft_config['theirs']).toMatchObject({ r: 4, lora_alpha: 8 });
    const files = await peft.save_pretrained(folder, { selected_adapters: ['theirs'] });
    const theirs = readFileSync(`${fixture}/adapter_model.safetensors`);
    const saved = files['theirs/adapter_model.safetensors'] ?? new Uint8Array();
    expect(Buffer.compare(saved, theirs)).toBe(0);
    expect(Buffer.compare(readFileSync(`${folder}/theirs/adapter_model.safetensors`), theirs)).toBe(
      0,
    );
  });

  it('say what PEFT says, and off what the base says', async () => {
    const whole = prompts.map((each, index) => [...each, ...(adapted[index] ?? [])]);
    expect(await peft.generate({ input_ids: prompts }, length)).toEqual(whole);
    const on = await say();
    const off = await peft.disable_adapter(say);
    expect(on).not.toEqual(off);
    expect(off).toEqual(await model.generate(rows, { max_new_tokens: 8 }));
    expect(await say()).toEqual(on);
  });

  it('of another rank and alpha stand beside it, and neither changes', async () => {
    const on = await say();
    peft.add_adapter('wide', new LoraConfig({ r: 7, lora_alpha: 3, target_modules: ['o_proj'] }));
    peft.set_adapter('wide');
    expect(await say()).toEqual(await model.generate(rows, { max_new_tokens: 8 }));
    peft.set_adapter('theirs');
    expect(await say()).toEqual(on);
    await peft.delete_adapter('wide');
  });

  it('weighted together are their sum: one and its opposite are none, two halves are one', async () => {
    const on = await say();
    await peft.load_adapter(fixture, { adapter_name: 'again' });
    await peft.add_weighted_adapter(['theirs', 'again'], [0.5, 0.5], 'halves');
    await peft.add_weighted_adapter(['theirs', 'again'], [1, -1], 'nothing');
    await peft.add_weighted_adapter(['theirs'], [1], 'linear', 'linear');
    peft.add_adapter('narrow', { r: 2, target_modules: ['o_proj'] });
    await peft.add_weighted_adapter(['theirs', 'narrow'], [1, 3], 'with a fresh one');
    peft.set_adapter('with a fresh one');
    expect(await say()).toEqual(on);
    peft.set_adapter('halves');
    expect(await say()).toEqual(on);
    peft.set_adapter('linear');
    expect(await say()).toEqual(on);
    peft.set_adapter('nothing');
    expect(await say()).toEqual(await model.generate(rows, { max_new_tokens: 8 }));
  });

  it('merged are a model that says the same', async () => {
    const own = await AutoModelForCausalLM.from_pretrained(fixture);
    const merging = await PeftModel.from_pretrained(own, fixture);
    const on = await merging.generate(rows, { max_new_tokens: 8 });
    const files = await merging.merge_and_unload();
    expect(merging.active_adapter).toBeNull();
    const of = (name: string) => new Uint8Array(readFileSync(`${fixture}/${name}`));
    const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
    const merged = await AutoModelForCausalLM.from_pretrained({
      ...Object.fromEntries(names.map((name) => [name, of(name)])),
      'onnx/model.onnx': files['model.onnx'] ?? new Uint8Array(),
    });
    expect(await merged.generate(rows, { max_new_tokens: 8 })).toEqual(on);
    await Promise.all([own.dispose(), merged.dispose()]);
  });

  it('fail with a code that says what to do', async () => {
    const named = (config: object) => () => getPeftModel(model, config);
    expect(await codeOf(named({ target_modules: ['nothing'] }))).toBe('invalid_adapter');
    expect(await codeOf(named({ layers_to_transform: 99 }))).toBe('invalid_adapter');
    expect(await codeOf(named({ lora_dropout: 0.1 }))).toBe('invalid_option');
    expect(await codeOf(named({ target_modules: '.*q_proj' }))).toBe('invalid_option');
    expect(await codeOf(() => peft.set_adapter('none'))).toBe('adapter_name');
    expect(await codeOf(() => peft.load_adapter(folder))).toBe('file_not_found');
    expect(await codeOf(() => AutoModelForCausalLM.from_pretrained(folder))).toBe('file_not_found');
    expect(await codeOf(() => peft.load_adapter(`${fixture}/../gpt2-fp32`))).toBe(
      'invalid_adapter',
    );
  });
});
