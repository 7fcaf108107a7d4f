/**
 * LoRA for causal language models in ONNX, in browsers and Node: train adapters, switch between them, merge them.
 *
 * @packageDocumentation
 */
export type { PreferenceExample, SFTExample } from './dataset.ts';
export { env, type Environment } from './env.ts';
export { InvalidOptionError, LetheError, type LetheErrorCode } from './errors.ts';
export type { Files, ProgressInfo, Source } from './files.ts';
export type {
  GenerateOptions,
  Message,
  Messages,
  Streamer,
  TensorLike,
  TextInput,
  TokenIds,
  TokenInputs,
} from './generate.ts';
export { LoraConfig, type LoraConfigOptions } from './lora-config.ts';
export {
  AutoModelForCausalLM,
  CausalLMModel,
  GenerativeModel,
  type DataType,
  type PretrainedModelOptions,
} from './model.ts';
export { getPeftModel, PeftModel, type LoadAdapterOptions, type SavedFiles } from './peft-model.ts';
export {
  Trainer,
  type Event,
  type Logs,
  type TrainerCallback,
  type TrainerControl,
  type TrainerOptions,
  type TrainerState,
  type TrainOptions,
  type TrainOutput,
} from './trainer.ts';
export {
  DPOTrainer,
  SFTTrainer,
  type DPOTrainerOptions,
  type SFTTrainerOptions,
} from './trainers.ts';
export type { FullArguments, TrainingArguments } from './training-arguments.ts';
