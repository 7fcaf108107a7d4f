/** @file The visitor's notes on what they do here: one text, stored with the rest. */
import { CheckpointStore, notesKey } from '../../storage/index.ts';

let opened: Promise<CheckpointStore> | undefined;

function open(): Promise<CheckpointStore> {
  opened ??= CheckpointStore.open();
  return opened;
}

export async function readNotes(): Promise<string> {
  return (await (await open()).remembered(notesKey)) ?? '';
}

/** Throws a `StorageFullError` where there is no room. */
export async function writeNotes(notes: string): Promise<void> {
  await (await open()).remember(notesKey, notes);
}
