/** @file An adapter's numbers before anything is learned, and whether others are as many. */
import { uniform } from './random.ts';
import type { AdapterState, ModelInfo } from './types.ts';

/** A: uniform in ±1/√in (PEFT's Kaiming initialisation with a = √5); B: zero; no moments. */
export function freshState({
  layout,
  adapterParameters,
  adapter,
}: Pick<ModelInfo, 'layout' | 'adapterParameters' | 'adapter'>): AdapterState {
  const values = new Float32Array(adapterParameters);
  const draw = uniform(adapter.seed);
  for (const { name, dims, offset, length } of layout) {
    if (!name.endsWith('.lora_A')) continue;
    const bound = 1 / Math.sqrt(dims[1] ?? 1);
    for (let i = 0; i < length; i++) values[offset + i] = bound * (2 * draw() - 1);
  }
  return {
    values,
    moment1: new Float32Array(adapterParameters),
    moment2: new Float32Array(adapterParameters),
    step: 0,
  };
}

/** Throws where these are not as many numbers as the adapter has. */
export function checkLength({ length }: Float32Array, adapterParameters: number): void {
  if (length !== adapterParameters)
    throw new Error(
      `This state has ${length} numbers; the model's adapter has ${adapterParameters}.`,
    );
}

/** Whether a state leaves the model as it is: every B is zero. */
export function changesNothing(
  { layout }: Pick<ModelInfo, 'layout'>,
  { values }: AdapterState,
): boolean {
  return layout.every(
    ({ name, offset, length }) =>
      !name.endsWith('.lora_B') ||
      values.subarray(offset, offset + length).every((value) => value === 0),
  );
}
