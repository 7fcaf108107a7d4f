/** @file The engine below PEFT's words: what Lethe's page is made with. */
export * from './model/index.ts';
export { adapt } from './model/adaptation.ts';
export { freshState } from './model/adapter-state.ts';
export { openCausalLM, readCausalLM, type ReadModel } from './model/causal-lm.ts';
export { adaptable, chosen, countParameters, modelName } from './model/describe.ts';
export { CapabilityError } from './model/errors.ts';
export type { FileSource } from './model/open.ts';
export { DivergedError } from './model/learner.ts';
export { exportPeft, importPeft } from './model/peft.ts';
export { readPeftConfig } from './model/peft-config.ts';
export { uniform } from './model/random.ts';
export { float32Values, readSafetensors, writeSafetensors } from './model/safetensors.ts';
export type {
  AdapterState,
  CausalLM,
  ChatMessage,
  LoadProgress,
  Prompt,
  StepOptions,
  StepResult,
  TrainingExample,
} from './model/types.ts';
export { float32Tensor, parseModel } from './onnx/index.ts';
export {
  adamW,
  adapterLayout,
  arenaLength,
  MemoryError,
  type ArenaSlice,
  type ObjectiveName,
  type OptimiserSettings,
  type Projection,
} from './passes/index.ts';
export { isNode, stepMemory, toldMemory, usableMemory } from './runtime/index.ts';
