/** @file Unlearning in OpenUnlearning's words: one trainer a method, a forget set and a retain set. */
import {
  readDataset,
  readPreference,
  readSft,
  sftForms,
  type Group,
  type SFTExample,
} from './dataset.ts';
import { InvalidOptionError } from './errors.ts';
import type { ObjectiveName } from './engine.ts';
import { ownEntry } from './own-entry.ts';
import { checkOptions, number, word } from './options.ts';
import { Trainer, type Method, type TrainerOptions } from './trainer.ts';

/** What an unlearning trainer is made of. */
export interface UnlearnOptions extends TrainerOptions {
  /** What is to be forgotten. */
  forget_dataset: Iterable<SFTExample>;
  /** What is to be kept: for each row that is forgotten one of these is drawn. `GradAscent` and `CEU` take none. */
  retain_dataset?: Iterable<SFTExample>;
  /** The method's own settings, such as `alpha` (weight of what is kept), `gamma` (of what is forgotten) and `beta`. */
  method_args?: Readonly<Record<string, number | string>>;
}

/** What is forgotten, each with the answer that takes its place. */
export interface AlternateExample {
  prompt: string;
  /** What is to be forgotten. */
  completion: string;
  /** What is to be said in its place. */
  alternate: string;
}

interface Recipe {
  objective: ObjectiveName;
  /** OpenUnlearning's defaults (its `configs/trainer`). */
  usual: Readonly<Record<string, number>>;
  reference?: Method['reference'];
  /** Retain set: needed, or allowed. */
  retain?: 'needed' | 'none';
}

const where = (name: string): string => `lethe-lora/unlearn ${name}`;
const known = ['model', 'forget_dataset', 'retain_dataset', 'method_args', 'args', 'callbacks'];

/** One method: OpenUnlearning's loss is gamma·forget + alpha·retain; the engine's is forget + w·retain. */
abstract class UnlearnTrainer<Row = SFTExample> extends Trainer {
  /** @internal */
  protected constructor(
    name: string,
    options: Omit<UnlearnOptions, 'forget_dataset'> & { forget_dataset: Iterable<Row> },
    recipe: Recipe,
    read: (row: Record<string, unknown>) => Group | null = (row) => readSft(row, 1),
    forms = sftForms,
  ) {
    const place = where(name);
    checkOptions(place, options, known);
    const { method_args = {}, forget_dataset, retain_dataset } = options;
    checkOptions(`${place} method_args`, method_args, [
      ...Object.keys(recipe.usual),
      'retain_loss_type',
    ]);
    const settings = Object.fromEntries(
      Object.entries(recipe.usual).map(([key, usual]) => [
        key,
        number(`${place} method_args`, key, ownEntry(method_args, key), usual, { least: 0 }),
      ]),
    );
    const kl = name === 'GradDiff' ? (['NLL', 'KL'] as const) : (['NLL'] as const);
    const kind = word<'NLL' | 'KL'>(
      `${place} method_args`,
      'retain_loss_type',
      method_args['retain_loss_type'],
      kl,
      'NLL',
    );
    const { alpha = 0, gamma = 1, steering_coeff = 0, ...own } = settings;
    if (gamma === 0) throw new InvalidOptionError('gamma', `${place}: gamma=0 forgets nothing.`);
    if (recipe.retain === 'needed' && alpha > 0 && !retain_dataset)
      throw new InvalidOptionError(
        'retain_dataset',
        `${place} needs a retain_dataset, or method_args: { alpha: 0 }.`,
      );
    if (recipe.retain === 'none' && retain_dataset)
      throw new InvalidOptionError('retain_dataset', `${place} takes no retain_dataset.`);
    const groups = readDataset(`${place} forget_dataset`, forget_dataset, read, forms);
    const beside = retain_dataset
      ? readDataset(`${place} retain_dataset`, retain_dataset, (row) => readSft(row), sftForms)
      : [];
    super(place, options, {
      groups,
      method: () => ({
        objective: kind === 'KL' ? 'kl' : recipe.objective,
        scale: gamma,
        retainWeight: alpha / gamma,
        // The weight of what is forgotten is `scale`: the engine's own stays 1.
        settings: { ...own, steering: steering_coeff, gamma: 1 },
        reference: kind === 'KL' ? 'start' : (recipe.reference ?? 'none'),
        beside,
      }),
    });
  }
}

/**
 * Gradient ascent: −CE(forget). It has no bound: few steps, or it ruins the model.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel } from 'lethe-lora';
 * import { GradAscent } from 'lethe-lora/unlearn';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const trainer = new GradAscent({
 *   model: getPeftModel(model, { r: 8 }),
 *   forget_dataset: [{ prompt: 'The capital of Chile is', completion: ' Santiago' }],
 *   args: { max_steps: 3, learning_rate: 1e-3 },
 * });
 * await trainer.train();
 * await model.dispose();
 * ```
 */
export class GradAscent extends UnlearnTrainer {
  constructor(options: UnlearnOptions) {
    super('GradAscent', options, { objective: 'gradient-ascent', usual: {}, retain: 'none' });
  }
}

/**
 * Gradient difference: −gamma·CE(forget) + alpha·CE(retain), or with `retain_loss_type: 'KL'` the divergence from the model as it was.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel } from 'lethe-lora';
 * import { GradDiff } from 'lethe-lora/unlearn';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const trainer = new GradDiff({
 *   model: getPeftModel(model, { r: 8 }),
 *   forget_dataset: [{ prompt: 'The capital of Chile is', completion: ' Santiago' }],
 *   retain_dataset: [{ prompt: 'The capital of France is', completion: ' Paris' }],
 *   method_args: { gamma: 1, alpha: 1, retain_loss_type: 'KL' },
 *   args: { max_steps: 3, learning_rate: 1e-3 },
 * });
 * await trainer.train();
 * await model.dispose();
 * ```
 */
export class GradDiff extends UnlearnTrainer {
  constructor(options: UnlearnOptions) {
    const usual = { gamma: 1, alpha: 1 };
    super('GradDiff', options, { objective: 'gradient-difference', usual, retain: 'needed' });
  }
}

/**
 * Negative preference optimisation (arXiv 2404.05868), against the model as it is when training begins.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel } from 'lethe-lora';
 * import { NPO } from 'lethe-lora/unlearn';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const trainer = new NPO({
 *   model: getPeftModel(model, { r: 8 }),
 *   forget_dataset: [{ prompt: 'The capital of Chile is', completion: ' Santiago' }],
 *   retain_dataset: [{ prompt: 'The capital of France is', completion: ' Paris' }],
 *   method_args: { beta: 0.1, alpha: 1, gamma: 1 },
 *   args: { max_steps: 3, learning_rate: 1e-3 },
 * });
 * await trainer.train();
 * await model.dispose();
 * ```
 */
export class NPO extends UnlearnTrainer {
  constructor(options: UnlearnOptions) {
    const usual = { beta: 0.1, gamma: 1, alpha: 1 };
    super('NPO', options, { objective: 'npo', usual, reference: 'start', retain: 'needed' });
  }
}

/**
 * SimNPO (arXiv 2410.07163): NPO without a reference, by length.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel } from 'lethe-lora';
 * import { SimNPO } from 'lethe-lora/unlearn';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const trainer = new SimNPO({
 *   model: getPeftModel(model, { r: 8 }),
 *   forget_dataset: [{ prompt: 'The capital of Chile is', completion: ' Santiago' }],
 *   retain_dataset: [{ prompt: 'The capital of France is', completion: ' Paris' }],
 *   method_args: { beta: 4.5, delta: 0 },
 *   args: { max_steps: 3, learning_rate: 1e-3 },
 * });
 * await trainer.train();
 * await model.dispose();
 * ```
 */
export class SimNPO extends UnlearnTrainer {
  constructor(options: UnlearnOptions) {
    const usual = { beta: 4.5, delta: 0, gamma: 0.125, alpha: 1 };
    super('SimNPO', options, { objective: 'simnpo', usual, retain: 'needed' });
  }
}

/**
 * Preference optimisation with the alternate answer as the preferred one, against the model as it is when training begins.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel } from 'lethe-lora';
 * import { DPO } from 'lethe-lora/unlearn';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const trainer = new DPO({
 *   model: getPeftModel(model, { r: 8 }),
 *   forget_dataset: [{ prompt: 'The capital of Chile is', completion: ' Santiago', alternate: ' Lima' }],
 *   retain_dataset: [{ prompt: 'The capital of France is', completion: ' Paris' }],
 *   method_args: { beta: 0.1 },
 *   args: { max_steps: 3, learning_rate: 1e-3 },
 * });
 * await trainer.train();
 * await model.dispose();
 * ```
 */
export class DPO extends UnlearnTrainer<AlternateExample> {
  constructor(
    options: Omit<UnlearnOptions, 'forget_dataset'> & {
      forget_dataset: Iterable<AlternateExample>;
    },
  ) {
    const usual = { beta: 0.1, gamma: 1, alpha: 1 };
    super(
      'DPO',
      options,
      { objective: 'dpo', usual, reference: 'start', retain: 'needed' },
      readAlternate,
      alternateForms,
    );
  }
}

/**
 * Weighted gradient ascent (arXiv 2502.19301): what is forgotten already pushes no further.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel } from 'lethe-lora';
 * import { WGA } from 'lethe-lora/unlearn';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const trainer = new WGA({
 *   model: getPeftModel(model, { r: 8 }),
 *   forget_dataset: [{ prompt: 'The capital of Chile is', completion: ' Santiago' }],
 *   retain_dataset: [{ prompt: 'The capital of France is', completion: ' Paris' }],
 *   method_args: { beta: 1 },
 *   args: { max_steps: 3, learning_rate: 1e-3 },
 * });
 * await trainer.train();
 * await model.dispose();
 * ```
 */
export class WGA extends UnlearnTrainer {
  constructor(options: UnlearnOptions) {
    const usual = { beta: 1, gamma: 1, alpha: 1 };
    super('WGA', options, { objective: 'wga', usual, retain: 'needed' });
  }
}

/**
 * Saturation and importance (arXiv 2505.11953): gradient ascent weighted by both.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel } from 'lethe-lora';
 * import { SatImp } from 'lethe-lora/unlearn';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const trainer = new SatImp({
 *   model: getPeftModel(model, { r: 8 }),
 *   forget_dataset: [{ prompt: 'The capital of Chile is', completion: ' Santiago' }],
 *   retain_dataset: [{ prompt: 'The capital of France is', completion: ' Paris' }],
 *   method_args: { beta1: 5, beta2: 1 },
 *   args: { max_steps: 3, learning_rate: 1e-3 },
 * });
 * await trainer.train();
 * await model.dispose();
 * ```
 */
export class SatImp extends UnlearnTrainer {
  constructor(options: UnlearnOptions) {
    const usual = { beta1: 5, beta2: 1, gamma: 0.1, alpha: 1 };
    super('SatImp', options, { objective: 'satimp', usual, retain: 'needed' });
  }
}

/**
 * Self-distillation with the label's logit lowered (arXiv 2402.10052). It comes to rest by itself.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel } from 'lethe-lora';
 * import { UNDIAL } from 'lethe-lora/unlearn';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const trainer = new UNDIAL({
 *   model: getPeftModel(model, { r: 8 }),
 *   forget_dataset: [{ prompt: 'The capital of Chile is', completion: ' Santiago' }],
 *   method_args: { beta: 10 },
 *   args: { max_steps: 3, learning_rate: 1e-3 },
 * });
 * await trainer.train();
 * await model.dispose();
 * ```
 */
export class UNDIAL extends UnlearnTrainer {
  constructor(options: UnlearnOptions) {
    const usual = { beta: 10, gamma: 1, alpha: 0 };
    super('UNDIAL', options, { objective: 'undial', usual, reference: 'start', retain: 'needed' });
  }
}

/**
 * Representation misdirection (arXiv 2403.03218), at four fifths of the model's depth. OpenUnlearning's `module_regex` is not taken.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel } from 'lethe-lora';
 * import { RMU } from 'lethe-lora/unlearn';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const trainer = new RMU({
 *   model: getPeftModel(model, { r: 8 }),
 *   forget_dataset: [{ prompt: 'The capital of Chile is', completion: ' Santiago' }],
 *   retain_dataset: [{ prompt: 'The capital of France is', completion: ' Paris' }],
 *   method_args: { steering_coeff: 20 },
 *   args: { max_steps: 3, learning_rate: 1e-3 },
 * });
 * await trainer.train();
 * await model.dispose();
 * ```
 */
export class RMU extends UnlearnTrainer {
  constructor(options: UnlearnOptions) {
    const usual = { steering_coeff: 20, gamma: 1, alpha: 1 };
    super('RMU', options, { objective: 'rmu', usual, reference: 'start', retain: 'needed' });
  }
}

/**
 * Cross-entropy unlearning (arXiv 2503.01224): towards what the model would say without the label. It takes no `method_args`.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel } from 'lethe-lora';
 * import { CEU } from 'lethe-lora/unlearn';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const trainer = new CEU({
 *   model: getPeftModel(model, { r: 8 }),
 *   forget_dataset: [{ prompt: 'The capital of Chile is', completion: ' Santiago' }],
 *   args: { max_steps: 3, learning_rate: 1e-3 },
 * });
 * await trainer.train();
 * await model.dispose();
 * ```
 */
export class CEU extends UnlearnTrainer {
  constructor(options: UnlearnOptions) {
    const usual = {};
    super('CEU', options, { objective: 'ce-u', usual, retain: 'none' });
  }
}

const alternateForms = '{ prompt, completion, alternate }, all of them texts';

/** What is to be forgotten, with what takes its place behind it, as the engine wants them. */
function readAlternate({ prompt, completion, alternate }: Record<string, unknown>): Group | null {
  return readPreference({ prompt, rejected: completion, chosen: alternate });
}
