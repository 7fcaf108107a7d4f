/** @file `adapter_config.json`: what of PEFT's LoRA Lethe understands, and a refusal by name of all the rest. */
import { ownEntry } from '../own-entry.ts';
import { shorten } from '../shorten.ts';

/** The part of PEFT's configuration that says what an adapter's numbers mean. */
export interface PeftConfig {
  rank: number;
  alpha: number;
  /** Scaling by α/√r instead of α/r (Kalajdzievski 2023, arXiv 2312.03732). */
  rankStabilised: boolean;
  /** Other ranks and alphas, by what a module's path is to match. The first that matches counts, as in PEFT. */
  ranks: readonly Pattern[];
  alphas: readonly Pattern[];
}

interface Pattern {
  matches: RegExp;
  value: number;
}

/** Settings that change what the numbers mean, where they are set. */
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
  arrow_config: 'a router between adapters (arrow_config)',
  kasa_config: 'KaSA',
  megatron_config: 'Megatron’s parallel layers (megatron_config)',
};

/** Settings that say how an adapter was made or where it belongs: its numbers mean the same whatever they are. */
const meaningless: ReadonlySet<string> = new Set([
  ...['peft_type', 'peft_version', 'auto_mapping', 'task_type', 'base_model_name_or_path'],
  ...['revision', 'inference_mode', 'target_modules', 'exclude_modules', 'layers_to_transform'],
  ...['layers_pattern', 'lora_dropout', 'fan_in_fan_out', 'ensure_weight_tying', 'megatron_core'],
  // Of ways to begin that are refused by `init_lora_weights`, or that leave the model's weights as they are.
  ...['loftq_config', 'corda_config', 'lora_ga_config', 'eva_config', 'qalora_group_size'],
]);

/** Settings that are read below. */
const read: ReadonlySet<string> = new Set([
  ...['r', 'lora_alpha', 'rank_pattern', 'alpha_pattern', 'use_rslora', 'bias'],
  'init_lora_weights',
]);

/** Ways to begin an adapter that leave the model's own weights as they are; others (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA …) change them. */
const plainBeginnings: ReadonlySet<unknown> = new Set([
  ...[undefined, null, true, false],
  ...['gaussian', 'eva', 'orthogonal'],
]);

/**
 * Reads and checks the configuration. Throws with what is wrong when it is no LoRA, or sets something that Lethe does not have or does not
 * know: numbers that mean something else would be wrong without a word.
 */
export function readPeftConfig(bytes: Uint8Array): PeftConfig {
  const config = parsed(bytes);
  if (config['peft_type'] !== 'LORA')
    throw new Error(
      `This adapter is of the kind ${shorten(JSON.stringify(config['peft_type'] ?? null), 60)}; only LORA can be loaded.`,
    );
  for (const [key, value] of Object.entries(config)) {
    if (isOff(value) || meaningless.has(key) || read.has(key)) continue;
    const what = ownEntry(unsupported, key) ?? `the setting ${short(key)} (${short(value)})`;
    throw new Error(`This adapter uses ${what}, which Lethe does not have.`);
  }
  const beginning = config['init_lora_weights'];
  if (!plainBeginnings.has(beginning))
    throw new Error(
      `This adapter began with init_lora_weights=${short(beginning)}, which changes the model's own weights: convert it in PEFT (save_pretrained with path_initial_model_for_weight_conversion), and open that.`,
    );
  const bias = config['bias'] ?? 'none';
  if (bias !== 'none') throw new Error(`This adapter trained biases (bias=${short(bias)}).`);
  const [rank, alpha] = ['r', 'lora_alpha'].map((key) => {
    const value = ownEntry(config, key);
    if (typeof value !== 'number' || !(value > 0) || (key === 'r' && !Number.isInteger(value)))
      throw new Error(`adapter_config.json has no valid ${key}.`);
    return value;
  }) as [number, number];
  return {
    rank,
    alpha,
    rankStabilised: config['use_rslora'] === true,
    ranks: patterns(config, 'rank_pattern'),
    alphas: patterns(config, 'alpha_pattern'),
  };
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  let config: unknown;
  try {
    config = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new Error('adapter_config.json is not JSON.', { cause });
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new Error('adapter_config.json is not an object.');
  return config as Record<string, unknown>;
}

/** Not set: nothing, no, or empty. */
function isOff(value: unknown): boolean {
  if (!value) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function short(value: unknown): string {
  return shorten(typeof value === 'string' ? value : JSON.stringify(value), 60);
}

/** More and longer ones than any adapter has. */
const mostPatterns = 1000;
const longestPattern = 300;

/** The entries of `rank_pattern` or `alpha_pattern`: numbers by regular expressions. Throws for one that cannot be matched safely. */
function patterns(config: Readonly<Record<string, unknown>>, name: string): Pattern[] {
  const given = ownEntry(config, name) ?? {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw new Error(`${name} is not an object.`);
  const entries = Object.entries(given as Record<string, unknown>);
  if (entries.length > mostPatterns)
    throw new Error(`${name} has ${entries.length} entries, more than ${mostPatterns}.`);
  return entries.map(([key, value]) => {
    if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value))
      throw new Error(`${name} of ${short(key)} is not a positive number.`);
    return { matches: patternOf(key, name), value };
  });
}

/**
 * What PEFT matches a module's path with (`get_pattern_key`): the pattern, at the end of the path and behind a dot or at its beginning.
 * Python's own forms, and repeated groups, which may take for ever, are refused.
 */
function patternOf(key: string, name: string): RegExp {
  const refuse = (why: string, cause?: unknown): Error =>
    new Error(`${name} has ${short(key)}, ${why}`, { cause });
  if (key.length > longestPattern)
    throw refuse(`which is longer than ${longestPattern} characters.`);
  const repeats = key.match(/(?<!\\)[*+{]/g) ?? [];
  if (/(?<!\\)\)(?:[*+]|\{)/.test(key) || repeats.length > 8)
    throw refuse('a pattern that may take for ever to match.');
  if (/(?<!\\)\(\?(?!:)/.test(key) || /\\[AZ\d]/.test(key))
    throw refuse('a form of regular expression that Lethe does not read.');
  try {
    return new RegExp(`^(?:(.*\\.)?(${key})$)`, 'u');
  } catch (cause) {
    throw refuse('which is no regular expression that Lethe reads.', cause);
  }
}

function valueFor(patterns: readonly Pattern[], module: string): number | undefined {
  return patterns.find(({ matches }) => matches.test(module))?.value;
}

/**
 * What B·A is multiplied by in a module, whose path is as in the model without an adapter. Throws where its rank is another than the
 * configuration says: PEFT could not load it either.
 */
export function scalingOf(config: PeftConfig, module: string, rank: number): number {
  const told = valueFor(config.ranks, module) ?? config.rank;
  if (told !== rank)
    throw new Error(
      `The adapter's ${module} has rank ${rank}, and adapter_config.json says ${told}.`,
    );
  const alpha = valueFor(config.alphas, module) ?? config.alpha;
  return alpha / (config.rankStabilised ? Math.sqrt(rank) : rank);
}
