/** @file The face of `src/storage`: checkpoints in the browser's database and in files. */
export { digestCheckpoint, readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts';
export { CheckpointStore, StorageFullError, type Damaged } from './database.ts';
