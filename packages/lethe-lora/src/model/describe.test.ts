/** What is read off a model's graph. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseModel } from '../onnx/index.ts';
import { prepare } from '../passes/index.ts';
import { countParameters } from './describe.ts';

const count = (name: string): number => {
  const url = new URL(`../../../../e2e/models/${name}/onnx/model.onnx`, import.meta.url);
  return countParameters(prepare(parseModel(new Uint8Array(readFileSync(url)))));
};

describe('the number of parameters', () => {
  it('does not depend on the bits that they are kept in', () => {
    const whole = count('llama.opt-fp16');
    expect(whole).toBeGreaterThan(139_000);
    for (const name of ['llama.opt-bnb4', 'llama.opt-q4-asym']) expect(count(name)).toBe(whole);
    expect(count('qwen2-q4')).toBe(count('qwen2-fp32'));
  });
});
