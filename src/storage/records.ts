/** @file What is stored, in the laboratory's words. */
export {
  canonicalJson,
  parseCheckpointMeta,
  type Checkpoint,
  type CheckpointMeta,
} from '../lab/index.ts';
export type { AdapterState } from '../model/index.ts';
