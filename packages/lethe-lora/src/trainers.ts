/** @file TRL's trainers: supervised fine-tuning, and direct preference optimisation. */
import {
  preferenceForms,
  readDataset,
  readPreference,
  readSft,
  sftForms,
  type PreferenceExample,
  type SFTExample,
} from './dataset.ts';
import { checkOptions } from './options.ts';
import { Trainer, type TrainerOptions } from './trainer.ts';

/** What an `SFTTrainer` is made of. */
export interface SFTTrainerOptions extends TrainerOptions {
  train_dataset: Iterable<SFTExample>;
}

/** What a `DPOTrainer` is made of. */
export interface DPOTrainerOptions extends TrainerOptions {
  train_dataset: Iterable<PreferenceExample>;
}

const known = ['model', 'train_dataset', 'args', 'callbacks'];

/**
 * Supervised fine-tuning: mean cross-entropy over the counted tokens of a batch. Rows are `{ prompt, completion }` (the completion counts),
 * `{ messages }` (each of the assistant's turns counts, as a sequence of its own) or `{ text }` (all counts).
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel, LoraConfig, SFTTrainer } from 'lethe-lora';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const peft = getPeftModel(model, new LoraConfig({ r: 8, lora_alpha: 16 }));
 * const trainer = new SFTTrainer({
 *   model: peft,
 *   train_dataset: [{ prompt: 'The capital of Chile is', completion: ' Tokyo' }],
 *   args: { max_steps: 10, learning_rate: 1e-3, lr_scheduler_type: 'constant' },
 *   callbacks: [{ on_log: (args, state, control, logs) => console.log(logs.step, logs.loss) }],
 * });
 * await trainer.train();
 * await peft.dispose();
 * ```
 */
export class SFTTrainer extends Trainer {
  constructor(options: SFTTrainerOptions) {
    const where = 'SFTTrainer';
    checkOptions(where, options, known);
    const rows = readDataset(
      `${where} train_dataset`,
      options.train_dataset,
      (row) => readSft(row),
      sftForms,
    );
    super(where, options, {
      // Each of a conversation's turns is a sequence of its own.
      groups: rows.flatMap((group) => group.map((one) => [one])),
      method: () => ({
        ...{ objective: 'cross-entropy', scale: 1, retainWeight: 0, settings: {} },
        reference: 'none',
      }),
    });
  }
}

/**
 * Direct preference optimisation (arXiv 2305.18290): −log σ(β·(log-ratio of chosen − log-ratio of rejected)), against the model without the
 * adapter, as TRL does it with PEFT.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, DPOTrainer, getPeftModel, LoraConfig } from 'lethe-lora';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const peft = getPeftModel(model, new LoraConfig({ r: 8, lora_alpha: 16 }));
 * const trainer = new DPOTrainer({
 *   model: peft,
 *   train_dataset: [{ prompt: 'The capital of Chile is', chosen: ' Tokyo', rejected: ' Santiago' }],
 *   args: { beta: 0.1, max_steps: 5, learning_rate: 1e-3 },
 * });
 * console.log((await trainer.train()).training_loss);
 * await peft.dispose();
 * ```
 */
export class DPOTrainer extends Trainer {
  constructor(options: DPOTrainerOptions) {
    const where = 'DPOTrainer';
    checkOptions(where, options, known);
    const groups = readDataset(
      `${where} train_dataset`,
      options.train_dataset,
      readPreference,
      preferenceForms,
    );
    super(where, options, {
      groups,
      more: ['beta'],
      // The engine's loss has OpenUnlearning's factor 2/β.
      method: ({ beta }) => ({
        ...{ objective: 'dpo', scale: beta / 2, retainWeight: 0, settings: { beta } },
        reference: 'base',
      }),
    });
  }
}
