/** @file Sweeps in the browser's database: what was planned, and every row as it came. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import * as v from 'valibot';
import {
  parseExperiment,
  parseResult,
  type Device,
  type Experiment,
  type ExperimentResult,
  type Plan,
} from './records.ts';
import { writing, type Damaged } from './database.ts';

/** A sweep and the model that it is measured on. */
export interface SweepRecord {
  id: string;
  createdAt: number;
  plan: Plan;
  experiments: Experiment[];
  model: { id: string; digest: string };
  device: Device;
}

/** The row of the experiment at place `at`. */
export interface SweepRow {
  sweep: string;
  at: number;
  result: ExperimentResult;
}

/** A sweep with every row that it has by now. */
export interface StoredSweep {
  record: SweepRecord;
  rows: SweepRow[];
}

interface Schema extends DBSchema {
  sweeps: { key: string; value: SweepRecord };
  rows: { key: [string, number]; value: SweepRow };
}

/** A database of its own: checkpoints and sweeps know nothing of each other. */
export const sweepDatabase = 'lethe-sweeps';

export class SweepStore {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(name = sweepDatabase): Promise<SweepStore> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(database) {
        database.createObjectStore('sweeps', { keyPath: 'id' });
        database.createObjectStore('rows', { keyPath: ['sweep', 'at'] });
      },
      // Another tab wants to upgrade: let it.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
    return new SweepStore(db);
  }

  /** All sweeps, oldest first, with the number of their rows; records that cannot be read are named, and the others stay. */
  async list(): Promise<{ sweeps: (SweepRecord & { done: number })[]; damaged: Damaged[] }> {
    const sweeps: (SweepRecord & { done: number })[] = [];
    const damaged: Damaged[] = [];
    for (const id of await this.db.getAllKeys('sweeps')) {
      try {
        const done = await this.db.count('rows', rangeOf(id));
        sweeps.push({ ...(await this.read(id)), done });
      } catch (error) {
        damaged.push({ id, name: id.slice(0, 8), reason: (error as Error).message });
      }
    }
    sweeps.sort((a, b) => a.createdAt - b.createdAt);
    return { sweeps, damaged };
  }

  /** Throws when there is none, or when it is damaged. Experiments of older versions are brought up to date. */
  async read(id: string): Promise<SweepRecord> {
    const record = await this.db.get('sweeps', id);
    if (!record) throw new Error('This sweep is not stored on this computer any more.');
    return { ...record, experiments: record.experiments.map(parseExperiment) };
  }

  /** Rows in the order of the experiments; throws with the place and the field of one that is damaged. */
  async rows(id: string): Promise<SweepRow[]> {
    const rows = await this.db.getAll('rows', rangeOf(id));
    return rows.map((row) => {
      try {
        return { ...row, result: parseResult(row.result) };
      } catch (error) {
        throw new Error(`Row ${row.at + 1}: ${(error as Error).message}`, { cause: error });
      }
    });
  }

  ids(): Promise<string[]> {
    return this.db.getAllKeys('sweeps');
  }

  /** A sweep with its rows; undefined where there is none. */
  async whole(id: string): Promise<StoredSweep | undefined> {
    const record = await this.db.get('sweeps', id);
    return record && { record, rows: await this.db.getAll('rows', rangeOf(id)) };
  }

  /** Writes a sweep and its rows, all or nothing. Throws a `StorageFullError` where there is no room. */
  async writeWhole({ record, rows }: StoredSweep): Promise<void> {
    await writing(async () => {
      const transaction = this.db.transaction(['sweeps', 'rows'], 'readwrite');
      await Promise.all([
        transaction.objectStore('sweeps').put(record),
        ...rows.map((row) => transaction.objectStore('rows').put(row)),
        transaction.done,
      ]);
    });
  }

  /** Throws a `StorageFullError` where there is no room. */
  async write(record: SweepRecord): Promise<void> {
    await writing(() => this.db.put('sweeps', record));
  }

  /** Throws a `StorageFullError` where there is no room. */
  async writeRow(row: SweepRow): Promise<void> {
    await writing(() => this.db.put('rows', row));
  }

  async remove(id: string): Promise<void> {
    const transaction = this.db.transaction(['sweeps', 'rows'], 'readwrite');
    await Promise.all([
      transaction.objectStore('sweeps').delete(id),
      transaction.objectStore('rows').delete(rangeOf(id)),
      transaction.done,
    ]);
  }

  close(): void {
    this.db.close();
  }
}

const shape = v.looseObject({
  record: v.looseObject({
    id: v.string(),
    createdAt: v.number(),
    experiments: v.array(v.unknown()),
    plan: v.looseObject({ kind: v.picklist(['spread', 'grid', 'methods']) }),
  }),
  rows: v.array(v.looseObject({ sweep: v.string(), at: v.number(), result: v.unknown() })),
});

/** A sweep that comes from outside; throws with what is wrong with it. */
export function checkSweep(value: unknown): StoredSweep {
  const { record, rows } = v.parse(shape, value);
  record.experiments.forEach((experiment) => parseExperiment(experiment));
  for (const { sweep, at, result } of rows) {
    if (sweep !== record.id || !(at in record.experiments))
      throw new Error('a row belongs to another sweep');
    parseResult(result);
  }
  return value as StoredSweep;
}

function rangeOf(sweep: string): IDBKeyRange {
  return IDBKeyRange.bound([sweep, 0], [sweep, Infinity]);
}
