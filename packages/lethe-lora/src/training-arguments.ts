/** @file `TrainingArguments` in Transformers' words, as far as the engine has them; and the learning rate's schedule. */
import type { OptimiserSettings } from './engine.ts';
import { checkOptions, number, word, type Refusals } from './options.ts';

const schedulers = ['linear', 'cosine', 'constant', 'constant_with_warmup'] as const;

/** How a trainer trains. */
export interface TrainingArguments {
  /** 2e-4 by default, which suits adapters; TRL's 2e-5 is for whole models. */
  learning_rate?: number;
  /** 8 by default. Where a batch does not fit into memory, the engine computes it in parts. */
  per_device_train_batch_size?: number;
  /** Rows of so many batches make one step; 1 by default. */
  gradient_accumulation_steps?: number;
  /** Steps in all; where it is not above 0 (the default), `num_train_epochs` decides. */
  max_steps?: number;
  /** Times that each row is seen; 3 by default. */
  num_train_epochs?: number;
  /** Steps in which the learning rate rises from 0; 0 by default. */
  warmup_steps?: number;
  /** `'linear'` by default: falls to 0 by the last step. */
  lr_scheduler_type?: (typeof schedulers)[number];
  /** Longer gradients are scaled down to it; 1 by default. */
  max_grad_norm?: number;
  weight_decay?: number;
  adam_beta1?: number;
  adam_beta2?: number;
  adam_epsilon?: number;
  /** `on_log` hears every so many steps; 10 by default. */
  logging_steps?: number;
  /** Seeds the order of the rows; 42 by default. */
  seed?: number;
  /** Of preferences: how far the model may move; 0.1 by default. Only `DPOTrainer` takes it. */
  beta?: number;
}

/** All of them, each with its value. */
export type FullArguments = Required<TrainingArguments>;

const known = [
  ...['learning_rate', 'per_device_train_batch_size', 'gradient_accumulation_steps', 'max_steps'],
  ...['num_train_epochs', 'warmup_steps', 'lr_scheduler_type', 'max_grad_norm', 'weight_decay'],
  ...['adam_beta1', 'adam_beta2', 'adam_epsilon', 'logging_steps', 'seed'],
];

const stored = 'Nothing is written by itself: take save_checkpoint() and save_pretrained().';
const precision = 'Training computes in float32, and the frozen weights stay as they are.';
const refused: Refusals = {
  output_dir: { neutral: [null], instead: stored },
  save_steps: { neutral: [null], instead: stored },
  save_strategy: { neutral: ['no'], instead: stored },
  fp16: { neutral: [false], instead: precision },
  bf16: { neutral: [false], instead: precision },
  report_to: { neutral: ['none', null], instead: 'Use a callback with on_log.' },
  warmup_ratio: { neutral: [0, null], instead: 'Use warmup_steps.' },
  max_length: {
    neutral: [null],
    instead: 'Texts are not cut: one that is too long for the model is refused.',
  },
  packing: { neutral: [false], instead: 'Each row is a sequence of its own.' },
  completion_only_loss: {
    neutral: [true, null],
    instead: 'Give rows { text } to count all tokens.',
  },
  assistant_only_loss: { neutral: [true], instead: 'Give rows { text } to count all tokens.' },
  optim: { neutral: ['adamw_torch', 'adamw_torch_fused'], instead: 'The optimiser is AdamW.' },
  loss_type: { neutral: ['sigmoid', 'nll', null], instead: 'Leave it out.' },
};

/** Checks arguments by name and value, and fills in the others. */
export function readArguments(
  where: string,
  given: TrainingArguments,
  more: readonly string[] = [],
): FullArguments {
  checkOptions(where, given, [...known, ...more], refused);
  const positive = { above: 0 };
  const count = { least: 1, whole: true };
  const read = (name: keyof TrainingArguments, usual: number, bounds: object): number =>
    number(where, name, given[name], usual, bounds);
  return {
    learning_rate: read('learning_rate', 2e-4, { least: 0 }),
    per_device_train_batch_size: read('per_device_train_batch_size', 8, count),
    gradient_accumulation_steps: read('gradient_accumulation_steps', 1, count),
    max_steps: read('max_steps', -1, { whole: true }),
    num_train_epochs: read('num_train_epochs', 3, positive),
    warmup_steps: read('warmup_steps', 0, { least: 0, whole: true }),
    lr_scheduler_type: word(
      where,
      'lr_scheduler_type',
      given.lr_scheduler_type,
      schedulers,
      'linear',
    ),
    max_grad_norm: read('max_grad_norm', 1, positive),
    weight_decay: read('weight_decay', 0, { least: 0 }),
    adam_beta1: read('adam_beta1', 0.9, { least: 0 }),
    adam_beta2: read('adam_beta2', 0.999, { least: 0 }),
    adam_epsilon: read('adam_epsilon', 1e-8, positive),
    logging_steps: read('logging_steps', 10, count),
    seed: read('seed', 42, { least: 0, whole: true }),
    beta: read('beta', 0.1, positive),
  };
}

/**
 * The optimiser. The engine's loss may be the wanted one divided by `scale`: AdamW takes the same steps where its epsilon and the bound on the
 * gradient are divided too.
 *
 * @internal
 */
export function optimiserOf(args: FullArguments, scale: number): OptimiserSettings {
  return {
    beta1: args.adam_beta1,
    beta2: args.adam_beta2,
    epsilon: args.adam_epsilon / scale,
    weightDecay: args.weight_decay,
    maxGradientNorm: args.max_grad_norm / scale,
  };
}

/** The learning rate of a step (from 0) among `total`, as Transformers' schedulers give it. */
export function learningRate(args: FullArguments, step: number, total: number): number {
  const { learning_rate, lr_scheduler_type: type, warmup_steps: warmup } = args;
  if (type === 'constant') return learning_rate;
  if (step < warmup) return (learning_rate * step) / Math.max(1, warmup);
  if (type === 'constant_with_warmup') return learning_rate;
  const progress = (step - warmup) / Math.max(1, total - warmup);
  if (type === 'cosine') return learning_rate * Math.max(0, (1 + Math.cos(Math.PI * progress)) / 2);
  return learning_rate * Math.max(0, 1 - progress);
}
