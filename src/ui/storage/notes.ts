/** @file The visitor's notes on what they do here: one text, stored with the rest. */
import { notesKey, SettingStore } from '../../storage/index.ts';

const settings = new SettingStore();

export async function readNotes(): Promise<string> {
  const notes = await settings.get(notesKey);
  return typeof notes === 'string' ? notes : '';
}

/** Throws a `StorageError` where they cannot be stored. */
export async function writeNotes(notes: string): Promise<void> {
  await settings.put(notesKey, notes);
}
