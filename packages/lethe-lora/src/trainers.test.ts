import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32Values, readSafetensors } from './engine.ts';
import {
  AutoModelForCausalLM,
  DPOTrainer,
  getPeftModel,
  LoraConfig,
  SFTTrainer,
  type CausalLMModel,
  type PeftModel,
} from './index.ts';
import * as methods from './unlearn.ts';

const fixture = fileURLToPath(new URL('../../../e2e/models/qwen2-fp32', import.meta.url));
const train_dataset = ['ab', 'bc', 'cd', 'de', 'ef'].map((prompt) => ({
  prompt,
  completion: prompt.toUpperCase(),
}));
const config = new LoraConfig({ r: 4, lora_alpha: 8, target_modules: ['q_proj', 'v_proj'] });
const args = {
  max_steps: 6,
  per_device_train_batch_size: 2,
  learning_rate: 1e-2,
  logging_steps: 1,
};

let model: CausalLMModel;
beforeAll(async () => (model = await AutoModelForCausalLM.from_pretrained(fixture)));
afterAll(() => model.dispose());

let count = 0;
const fresh = (): PeftModel => getPeftModel(model, config, `adapter-${count++}`);
const numbersOf = async (peft: PeftModel): Promise<number[]> => {
  const files = await peft.save_pretrained();
  const bytes = Object.entries(files).find(([path]) => path.endsWith('.safetensors'))?.[1];
  const tensors = readSafetensors(bytes ?? new Uint8Array());
  return [...tensors.values()].flatMap((tensor) => [...float32Values(tensor)]);
};

describe('SFTTrainer', () => {
  it('learns, and logs as Transformers does', async () => {
    const peft = fresh();
    const logs: number[] = [];
    const trainer = new SFTTrainer({
      ...{ model: peft, train_dataset },
      args: { ...args, warmup_steps: 2, max_steps: 12 },
      callbacks: [{ on_log: (_args, _state, _control, log) => void logs.push(log.learning_rate) }],
    });
    const { global_step } = await trainer.train();
    expect(global_step).toBe(12);
    const { log_history } = trainer.state;
    expect(log_history.at(-1)?.loss).toBeLessThan(0.95 * (log_history[0]?.loss ?? 0));
    // Linear with a warm-up, as `get_linear_schedule_with_warmup`.
    [0, 0.005, 0.01, 0.009].forEach((rate, step) => expect(logs[step]).toBeCloseTo(rate, 9));
    expect(log_history.at(-1)?.epoch).toBe(4);
  });

  it('goes on from a checkpoint to the same numbers, bit by bit', async () => {
    const whole = fresh();
    await new SFTTrainer({ model: whole, train_dataset, args }).train();
    const first = new SFTTrainer({ model: fresh(), train_dataset, args });
    const stop = new AbortController();
    first.add_callback({
      on_step_begin: (_args, state) => {
        if (state.global_step === 3) stop.abort(new Error('closed'));
      },
    });
    await expect(first.train({ signal: stop.signal })).rejects.toThrow('closed');
    const checkpoint = await first.save_checkpoint();
    const other = fresh();
    const second = new SFTTrainer({ model: other, train_dataset, args });
    await second.train({ resume_from_checkpoint: checkpoint });
    expect(second.state.global_step).toBe(6);
    expect(await numbersOf(other)).toEqual(await numbersOf(whole));
    const another = new SFTTrainer({ model: other, train_dataset, args: { ...args, seed: 1 } });
    await expect(another.train({ resume_from_checkpoint: checkpoint })).rejects.toMatchObject({
      code: 'invalid_checkpoint',
    });
  });

  it('may be asked between steps, and the other adapter is not touched', async () => {
    const other = fresh();
    const before = await numbersOf(other);
    const peft = fresh();
    const said: string[] = [];
    await new SFTTrainer({
      ...{ model: peft, train_dataset, args },
      callbacks: [
        {
          on_step_end: async () => {
            said.push(await other.generate('ab', { max_new_tokens: 2 }));
          },
        },
      ],
    }).train();
    expect(new Set(said).size).toBe(1);
    expect(await numbersOf(other)).toEqual(before);
    const alone = fresh();
    await new SFTTrainer({ model: alone, train_dataset, args }).train();
    expect(await numbersOf(peft)).toEqual(await numbersOf(alone));
  });

  it('refuses rows and arguments by name', () => {
    const make = (options: object) => () =>
      new SFTTrainer({ model: fresh(), train_dataset, ...options });
    expect(make({ train_dataset: [{ prompt: 'a' }] })).toThrow(/train_dataset\[0\]/);
    expect(make({ train_dataset: [] })).toThrow(/no list/);
    expect(make({ args: { lr: 1 } })).toThrow(/Did you mean "learning_rate"/);
    expect(make({ args: { fp16: true } })).toThrow(/fp16/);
    expect(make({ args: { beta: 1 } })).toThrow(/no option "beta"/);
    expect(make({ model })).toThrow(/not a PeftModel/);
  });

  it('says with a code that a text is too long, or that the model has no template', async () => {
    const fails = (train_dataset: never[], code: string) =>
      expect(new SFTTrainer({ model: fresh(), train_dataset }).train()).rejects.toMatchObject({
        code,
      });
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ];
    await fails([{ messages } as never], 'not_supported');
    await fails([{ text: 'abcdefgh'.repeat(500) } as never], 'too_long');
  });

  it('reads texts beside completions', async () => {
    const rows = [{ text: 'abc' }, { prompt: 'a', completion: 'b' }];
    const trainer = new SFTTrainer({ model: fresh(), train_dataset: rows, args: { max_steps: 1 } });
    expect((await trainer.train()).training_loss).toBeGreaterThan(0);
  });
});

describe('DPOTrainer', () => {
  it('begins at log 2, as TRL’s, and prefers', async () => {
    const pairs = [{ prompt: 'ab', chosen: 'XY', rejected: 'Z' }];
    const trainer = new DPOTrainer({
      ...{ model: fresh(), train_dataset: pairs },
      args: { ...args, beta: 0.5, lr_scheduler_type: 'constant' },
    });
    await trainer.train();
    const losses = trainer.state.log_history.map(({ loss }) => loss);
    // −log σ(0): the adapter begins without effect.
    expect(losses[0]).toBeCloseTo(Math.log(2), 5);
    expect(losses.at(-1)).toBeLessThan(0.9 * Math.log(2));
  });
});

describe('unlearning', () => {
  const forget_dataset = [{ prompt: 'ab', completion: 'CD', alternate: 'XY' }];
  const retain_dataset = [{ prompt: 'ef', completion: 'GH' }];
  const withoutRetain = new Set(['GradAscent', 'CEU']);

  it.each(Object.keys(methods) as (keyof typeof methods)[])('%s takes steps', async (name) => {
    const peft = fresh();
    const before = await numbersOf(peft);
    const trainer = new methods[name]({
      ...{ model: peft, forget_dataset },
      ...(!withoutRetain.has(name) && { retain_dataset }),
      args: { max_steps: 2, learning_rate: 1e-3 },
    });
    expect(Number.isFinite((await trainer.train()).training_loss)).toBe(true);
    expect(await numbersOf(peft)).not.toEqual(before);
  });

  it('weighs as gamma·forget + alpha·retain', async () => {
    const loss = async (method_args: Record<string, number>): Promise<number> => {
      const trainer = new methods.GradDiff({
        ...{ model: fresh(), forget_dataset, retain_dataset, method_args },
        args: { max_steps: 1 },
      });
      return (await trainer.train()).training_loss;
    };
    const [forget, both, twice] = [
      await loss({ gamma: 1, alpha: 0 }),
      await loss({ gamma: 1, alpha: 1 }),
      await loss({ gamma: 3, alpha: 2 }),
    ];
    expect(twice).toBeCloseTo(3 * forget + 2 * (both - forget), 4);
  });

  it('refuses a setting that a method lacks, and a missing retain set', () => {
    const make = (options: object) => () =>
      new methods.NPO({ model: fresh(), forget_dataset, retain_dataset, ...options });
    expect(make({ method_args: { delta: 1 } })).toThrow(/no option "delta"/);
    expect(make({ method_args: { retain_loss_type: 'KL' } })).toThrow(/retain_loss_type/);
    expect(make({ retain_dataset: undefined })).toThrow(/needs a retain_dataset/);
  });
});
