/** @file What is stored, in the laboratory's words. */
export {
  canonicalJson,
  check,
  moment,
  parseCheckpointMeta,
  parseDraftFact,
  parseExperiment,
  parseResult,
  planSchema,
  type Checkpoint,
  type CheckpointMeta,
  type ExperimentResult,
} from '../lab/index.ts';
export type { AdapterState } from '../model/index.ts';
