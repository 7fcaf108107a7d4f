/** @file What lies in the page's database, store by store. */
import type { DBSchema, IDBPDatabase, StoreNames } from 'idb';
import type { AdapterState } from './records.ts';

/** A checkpoint's record as it was written, perhaps by an older version, with what its list shows. */
export interface CheckpointRow {
  record: unknown;
  /** What its state takes. */
  bytes: number;
  /** The visitor gave it its name. */
  named?: boolean;
}

export interface Schema extends DBSchema {
  checkpoints: { key: string; value: CheckpointRow };
  /** By the same key. Apart from the records, so that a list reads none of them. */
  states: { key: string; value: AdapterState };
  /** The visitor's own facts, as they are typed. */
  facts: { key: string; value: unknown };
  sweeps: { key: string; value: { id: string } };
  rows: { key: [sweep: string, at: number]; value: { sweep: string; at: number } };
  /** Small things by name: notes, the checkpoint that each model is in, the way to ask. */
  settings: { key: string; value: unknown };
}

export type Connection = IDBPDatabase<Schema>;
export type Store = StoreNames<Schema>;
