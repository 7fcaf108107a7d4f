/** @file The one place where the package reaches into Lethe's engine, which lies in `src` until it moves here. */
export { ownEntry } from '../../../src/own-entry.ts';
export { adapt } from '../../../src/model/adaptation.ts';
export { freshState } from '../../../src/model/adapter-state.ts';
export { openCausalLM, readCausalLM, type ReadModel } from '../../../src/model/causal-lm.ts';
export { adaptable, chosen, countParameters, modelName } from '../../../src/model/describe.ts';
export { CapabilityError } from '../../../src/model/errors.ts';
export type { FileSource } from '../../../src/model/open.ts';
export { DivergedError } from '../../../src/model/learner.ts';
export { exportPeft, importPeft } from '../../../src/model/peft.ts';
export { readPeftConfig } from '../../../src/model/peft-config.ts';
export { uniform } from '../../../src/model/random.ts';
export {
  float32Values,
  readSafetensors,
  writeSafetensors,
} from '../../../src/model/safetensors.ts';
export type {
  AdapterState,
  CausalLM,
  ChatMessage,
  LoadProgress,
  Prompt,
  StepOptions,
  StepResult,
  TrainingExample,
} from '../../../src/model/types.ts';
export { float32Tensor, parseModel } from '../../../src/onnx/index.ts';
export {
  adamW,
  adapterLayout,
  arenaLength,
  MemoryError,
  type ArenaSlice,
  type ObjectiveName,
  type OptimiserSettings,
  type Projection,
} from '../../../src/passes/index.ts';
export { isNode } from '../../../src/runtime/index.ts';
export { stepMemory, toldMemory } from '../../../src/hub/device.ts';
