/** @file `adapter_config.json`: what of PEFT's LoRA Lethe understands, and a clear refusal of the rest. */

/** The part of PEFT's configuration that says what an adapter's numbers mean. */
import { ownEntry } from '../own-entry.ts';
export interface PeftConfig {
  rank: number;
  alpha: number;
  /** Scaling by α/√r instead of α/r (Kalajdzievski 2023, arXiv 2312.03732). */
  rankStabilised: boolean;
  /** Other alphas by a module's path or the end of one. */
  alphas: readonly [string, number][];
}

/** Switches of PEFT that change what the numbers mean, and the values that leave them off. */
const unsupported: Readonly<Record<string, string>> = {
  use_dora: 'DoRA',
  use_qalora: 'QA-LoRA',
  use_bdlora: 'BD-LoRA',
  modules_to_save: 'whole modules that were trained (modules_to_save)',
  trainable_token_indices: 'trained tokens (trainable_token_indices)',
  target_parameters: 'parameters outside of modules (target_parameters)',
  layer_replication: 'repeated layers (layer_replication)',
  lora_bias: 'biases of its own (lora_bias)',
  alora_invocation_tokens: 'activation by tokens (aLoRA)',
};

/** Reads and checks the configuration. Throws with what is wrong when it is no LoRA or uses something that Lethe does not have. */
export function readPeftConfig(bytes: Uint8Array): PeftConfig {
  let config: Record<string, unknown>;
  try {
    config = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch (cause) {
    throw new Error('adapter_config.json is not JSON.', { cause });
  }
  if (config['peft_type'] !== 'LORA')
    throw new Error(
      `This adapter is of the kind ${JSON.stringify(config['peft_type'] ?? null)}; only LORA can be loaded.`,
    );
  for (const [key, what] of Object.entries(unsupported)) {
    const value = ownEntry(config, key);
    const isOff = !value || (Array.isArray(value) && value.length === 0);
    if (!isOff) throw new Error(`This adapter uses ${what}, which Lethe does not have.`);
  }
  const bias = config['bias'] ?? 'none';
  if (bias !== 'none') throw new Error(`This adapter trained biases (bias=${String(bias)}).`);
  const [rank, alpha] = ['r', 'lora_alpha'].map((key) => {
    const value = ownEntry(config, key);
    if (typeof value !== 'number' || !(value > 0) || (key === 'r' && !Number.isInteger(value)))
      throw new Error(`adapter_config.json has no valid ${key}.`);
    return value;
  }) as [number, number];
  const alphas = Object.entries((config['alpha_pattern'] ?? {}) as Record<string, number>);
  for (const [key, value] of alphas)
    if (!/^[\w.]+$/.test(key) || typeof value !== 'number')
      throw new Error(`alpha_pattern ${JSON.stringify(key)} is not the name of a module.`);
  return {
    rank,
    alpha,
    rankStabilised: config['use_rslora'] === true,
    alphas,
  };
}

/** What B·A is multiplied by in a module of this rank. */
export function scalingOf(config: PeftConfig, module: string, rank: number): number {
  const own = config.alphas.find(([key]) => `.${module}`.endsWith(`.${key}`));
  const alpha = own?.[1] ?? config.alpha;
  return alpha / (config.rankStabilised ? Math.sqrt(rank) : rank);
}
