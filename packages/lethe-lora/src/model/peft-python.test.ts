/** Adapters written here, as Python's PEFT read them on the original models, and one that PEFT wrote (tools/peft_check.py made the numbers). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { digest, filesOf, item, loadCase, peftCases } from '../../../../tools/peft-cases.ts';
import { loadCausalLM } from './causal-lm.ts';
import { importPeft } from './peft.ts';
import type { CausalLM } from './types.ts';

const models = fileURLToPath(new URL('../../../../e2e/models/', import.meta.url));
const recorded = JSON.parse(readFileSync(`${models}peft.json`, 'utf8')) as Record<
  string,
  { digest?: string; base?: number; adapted: number }
>;

async function logProb(model: CausalLM): Promise<number> {
  return (await model.score([item]))[0]?.logProb ?? NaN;
}

describe('PEFT in Python', () => {
  it.each(peftCases.map((each) => [each.name, each] as const))(
    'reads %s and says the same of a text',
    async (name, each) => {
      const python = recorded[name];
      const model = await loadCase(each);
      // The very files that PEFT read.
      expect(digest(await filesOf(model, each))).toBe(python?.digest);
      // float32 sums of 30 tokens; the rotary tables of the half-precision file are in half precision.
      const digits = name === 'qwen2-q4f16' ? 1 : 3;
      expect(await logProb(model)).toBeCloseTo(python?.adapted ?? NaN, digits);
      // The adapter matters.
      await model.setState(model.freshState());
      expect(await logProb(model)).toBeCloseTo(python?.base ?? NaN, digits);
      expect(Math.abs((python?.adapted ?? NaN) - (python?.base ?? NaN))).toBeGreaterThan(0.1);
      await model.dispose();
    },
  );

  it('writes ranks, alphas and a scaling of its own, which are read here', async () => {
    const files = {
      config: new Uint8Array(readFileSync(`${models}peft/adapter_config.json`)),
      weights: new Uint8Array(readFileSync(`${models}peft/adapter_model.safetensors`)),
    };
    const adapter = { rank: 8, alpha: 16 };
    const model = await loadCausalLM({ base: `${models}qwen2-fp32`, device: 'cpu', adapter });
    const { state, absent } = importPeft(model.info, files, model.freshState());
    expect(absent).toHaveLength(6);
    await model.setState(state);
    expect(await logProb(model)).toBeCloseTo(recorded['peft']?.adapted ?? NaN, 3);
    await model.dispose();
  });
});
