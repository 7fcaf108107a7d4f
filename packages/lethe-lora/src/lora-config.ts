/** @file `LoraConfig`: PEFT's names for what an adapter is, as far as the engine has it. */
import { checkOptions, number, word, type Refusals } from './options.ts';
import { InvalidOptionError } from './errors.ts';

/** What an adapter is, in PEFT's words. */
export interface LoraConfigOptions {
  /** Rank of the two small matrices; 8 by default. */
  r?: number;
  /** The product of the two is multiplied by `lora_alpha / r`; 8 by default, as in PEFT. */
  lora_alpha?: number;
  /**
   * Modules that get an adapter, by their last names (`['q_proj', 'v_proj']`), or `'all-linear'`: every projection but the output head. The
   * default is `'all-linear'`; PEFT's depends on the model.
   */
  target_modules?: readonly string[] | 'all-linear' | null;
  /** Layers that get one, from 0; all by default. */
  layers_to_transform?: number | readonly number[] | null;
  /** Only `'CAUSAL_LM'`. */
  task_type?: 'CAUSAL_LM';
  /** Seeds the random A matrices (B begins at zero, so that a new adapter changes nothing); 0 by default. Not in PEFT. */
  seed?: number;
  /** PEFT's other options, taken where their value changes nothing. */
  peft_type?: 'LORA';
  lora_dropout?: 0;
  bias?: 'none';
  use_rslora?: false;
  use_dora?: false;
  init_lora_weights?: true;
  modules_to_save?: null;
  fan_in_fan_out?: boolean;
  inference_mode?: boolean;
}

const known = [
  'r',
  'lora_alpha',
  'target_modules',
  'layers_to_transform',
  'task_type',
  'seed',
  'peft_type',
  'fan_in_fan_out',
  'inference_mode',
];

const off = [false, null];
const refused: Refusals = {
  lora_dropout: { neutral: [0, null], instead: 'The engine has no dropout: leave it out.' },
  bias: { neutral: ['none'], instead: 'Biases are not trained: use "none".' },
  use_rslora: { neutral: off, instead: 'Use lora_alpha = your lora_alpha · √r instead.' },
  use_dora: { neutral: off, instead: 'The engine has plain LoRA only.' },
  init_lora_weights: {
    neutral: [true, null],
    instead: 'A begins with uniform numbers and B with zeros, as PEFT’s default.',
  },
  modules_to_save: { neutral: [null], instead: 'Only adapters are trained.' },
  rank_pattern: { neutral: [null], instead: 'All modules have one rank.' },
  alpha_pattern: { neutral: [null], instead: 'All modules have one alpha.' },
  exclude_modules: { neutral: [null], instead: 'Name the others in target_modules.' },
  layers_pattern: { neutral: [null], instead: 'Layers are found in the graph: leave it out.' },
};

/**
 * What an adapter is. Options of PEFT that the engine lacks are refused by name.
 *
 * @example
 * ```js
 * import { LoraConfig } from 'lethe-lora';
 *
 * const config = new LoraConfig({ r: 8, lora_alpha: 16, target_modules: ['q_proj', 'v_proj'] });
 * console.log(config.r, config.lora_alpha); // 8 16
 * ```
 */
export class LoraConfig {
  readonly peft_type = 'LORA';
  readonly task_type = 'CAUSAL_LM';
  readonly r: number;
  readonly lora_alpha: number;
  readonly target_modules: readonly string[] | 'all-linear';
  /** Null: all layers. */
  readonly layers_to_transform: readonly number[] | null;
  readonly seed: number;

  constructor(options: LoraConfigOptions = {}) {
    const where = 'LoraConfig';
    checkOptions(where, options, known, refused);
    word(where, 'peft_type', options.peft_type, ['LORA'], 'LORA');
    word(where, 'task_type', options.task_type, ['CAUSAL_LM'], 'CAUSAL_LM');
    this.r = number(where, 'r', options.r, 8, { least: 1, whole: true });
    this.lora_alpha = number(where, 'lora_alpha', options.lora_alpha, 8, { above: 0 });
    this.seed = number(where, 'seed', options.seed, 0, { least: 0, whole: true });
    this.target_modules = modules(options.target_modules ?? 'all-linear');
    this.layers_to_transform = layers(options.layers_to_transform ?? null);
  }
}

function modules(given: unknown): readonly string[] | 'all-linear' {
  if (given === 'all-linear') return given;
  const refuse = (why: string): Error =>
    new InvalidOptionError(
      'target_modules',
      `LoraConfig: target_modules=${JSON.stringify(given)} ${why}. Give the last names of modules, such as ["q_proj", "v_proj"], or "all-linear".`,
    );
  if (typeof given === 'string') throw refuse('would be a regular expression, which is not read');
  if (!Array.isArray(given) || given.length === 0) throw refuse('names no module');
  for (const name of given as readonly unknown[])
    if (typeof name !== 'string' || name === '' || name.includes('.'))
      throw refuse('has something else than last names of modules');
  return [...(given as readonly string[])];
}

function layers(given: number | readonly number[] | null): readonly number[] | null {
  if (given === null) return null;
  const all = typeof given === 'number' ? [given] : [...given];
  if (all.length === 0 || !all.every((layer) => Number.isInteger(layer) && layer >= 0))
    throw new InvalidOptionError(
      'layers_to_transform',
      `LoraConfig: layers_to_transform=${JSON.stringify(given)} is no list of layers. They count from 0.`,
    );
  return all;
}
