/** @file What is stored, in the laboratory's words. */
export { parseCheckpointMeta, type Checkpoint, type CheckpointMeta } from '../lab/index.ts';
export type { AdapterState } from '../model/index.ts';
