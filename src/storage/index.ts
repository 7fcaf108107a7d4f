/** @file The face of `src/storage`: what this browser stores of the page, and the files in which it travels. */
export {
  digestCheckpoint,
  readCheckpointFile,
  writeCheckpointFile,
  type StoredCheckpoint,
} from './checkpoint-file.ts';
export { beside, CheckpointStore, type Added, type Damaged } from './checkpoints.ts';
export { Database } from './database.ts';
export { FactStore, type StoredFact } from './facts.ts';
export { readSession, writeSession, type SessionReport } from './session-file.ts';
export {
  notesKey,
  sessionParts,
  type Listed,
  type Named,
  type SessionPart,
} from './session-parts.ts';
export { SettingStore } from './settings.ts';
export { SweepStore, type SweepRecord, type SweepRow } from './sweeps.ts';
export { StorageError, troubleOf, type Trouble } from './trouble.ts';
