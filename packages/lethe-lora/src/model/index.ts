/** @file The face of `src/model`: a causal language model that can be asked and taught. */
export { changesNothing } from './adapter-state.ts';
export { whyNot } from './capabilities.ts';
export { loadCausalLM, type LoadOptions } from './causal-lm.ts';
export { CapabilityError } from './errors.ts';
export type { FileSource } from './files.ts';
export { DivergedError } from './learner.ts';
export { objectiveSettings } from '../passes/index.ts';
export { longestPiece } from './pieces.ts';
export {
  exportPeft,
  importPeft,
  packedModules,
  type ImportedAdapter,
  type PeftFiles,
} from './peft.ts';
export { uniform } from './random.ts';
export { throttleProgress } from './throttle-progress.ts';
export { float32Tensor } from '../onnx/index.ts';
export {
  float32Values,
  readSafetensors,
  safetensorsMetadata,
  writeSafetensors,
} from './safetensors.ts';
export type { ModelFile } from '../onnx/index.ts';
export type { MemoryEstimate } from '../passes/index.ts';
export { isSlow } from './types.ts';
export type * from './types.ts';
export { watchGpu } from '../runtime/index.ts';
