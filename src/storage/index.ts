/** @file The face of `src/storage`: checkpoints in the browser's database and in files. */
export {
  digestCheckpoint,
  readCheckpointFile,
  writeCheckpointFile,
  type StoredCheckpoint,
} from './checkpoint-file.ts';
export { CheckpointStore, StorageFullError, type Damaged } from './database.ts';
export { encode } from './encode.ts';
export { readSession, writeSession, type SessionReport } from './session-file.ts';
export { notesKey, sessionParts, type SessionPart } from './session-parts.ts';
export { FactStore } from './fact-store.ts';
export { sweepDatabase, SweepStore, type SweepRecord, type SweepRow } from './sweeps.ts';
