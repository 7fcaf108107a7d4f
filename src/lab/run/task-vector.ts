/** @file Unlearning without a step: the taught model's difference from the untouched one, subtracted. */
import type { CausalLM } from 'lethe-lora/engine';

/**
 * θ ← θ₀ − scale·(θ − θ₀) (Ilharco et al. 2023, arXiv 2212.04089), with the model without its adapter as θ₀. The adapter adds
 * (alpha/r)·B·A, so B alone is scaled by −scale: 0 gives the untouched model back, and A stays.
 */
export async function subtractTaskVector(model: CausalLM, scale: number): Promise<void> {
  const state = await model.getState();
  for (const { name, offset, length } of model.info.layout) {
    if (!name.endsWith('.lora_B')) continue;
    for (let i = offset; i < offset + length; i++)
      state.values[i] = -scale * (state.values[i] ?? 0);
  }
  await model.setState({ ...state });
}
