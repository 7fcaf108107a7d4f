/** @file What is stored, in the words of the laboratory and of the model. */
export {
  canonicalJson,
  check,
  moment,
  natural,
  parseCheckpointMeta,
  parseDraftFact,
  parseExperiment,
  parseResult,
  planSchema,
  type Checkpoint,
  type CheckpointMeta,
  type DraftFact,
  type ExperimentResult,
} from '../lab/index.ts';
export {
  float32Tensor,
  float32Values,
  readSafetensors,
  safetensorsMetadata,
  writeSafetensors,
  type AdapterState,
} from 'lethe-lora/engine';
