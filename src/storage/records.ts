/** @file What is stored, in the laboratory's words. */
export {
  canonicalJson,
  parseCheckpointMeta,
  parseDraft,
  parseExperiment,
  parseResult,
  type Checkpoint,
  type CheckpointMeta,
  type Experiment,
  type ExperimentResult,
  type Plan,
} from '../lab/index.ts';
export type { AdapterState, Device } from '../model/index.ts';
