/** @file Sweeps in the browser's database: what was planned, and every row as it came. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import * as v from 'valibot';
import {
  check,
  moment,
  parseExperiment,
  parseResult,
  planSchema,
  type ExperimentResult,
} from './records.ts';
import { writing, type Damaged } from './database.ts';

const record = v.object({
  id: v.string(),
  createdAt: moment,
  plan: planSchema,
  /** Brought up to date where an older version wrote them. */
  experiments: v.pipe(
    v.array(v.unknown()),
    v.transform((all) => all.map(parseExperiment)),
  ),
  /** The model that it is measured on, and the device. */
  model: v.object({ id: v.string(), digest: v.string() }),
  device: v.picklist(['webgpu', 'wasm', 'cpu']),
});

export type SweepRecord = v.InferOutput<typeof record>;

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
    const stored = await this.db.get('sweeps', id);
    if (!stored) throw new Error('This sweep is not stored on this computer any more.');
    return check(record, stored, 'This sweep is not valid');
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
    const stored = await this.db.get('sweeps', id);
    return stored && { record: stored, rows: await this.db.getAll('rows', rangeOf(id)) };
  }

  /** Writes a sweep and its rows, all or nothing. Throws a `StorageFullError` where there is no room. */
  async writeWhole({ record: stored, rows }: StoredSweep): Promise<void> {
    await writing(async () => {
      const transaction = this.db.transaction(['sweeps', 'rows'], 'readwrite');
      await Promise.all([
        transaction.objectStore('sweeps').put(stored),
        ...rows.map((row) => transaction.objectStore('rows').put(row)),
        transaction.done,
      ]);
    });
  }

  /** Throws a `StorageFullError` where there is no room. */
  async write(sweep: SweepRecord): Promise<void> {
    await writing(() => this.db.put('sweeps', sweep));
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

const whole = v.object({
  record,
  rows: v.array(v.object({ sweep: v.string(), at: v.number(), result: v.unknown() })),
});

/** A sweep that comes from outside; throws with what is wrong with it. */
export function checkSweep(value: unknown): StoredSweep {
  const { record: own, rows } = check(whole, value, 'This sweep is not valid');
  for (const { sweep, at, result } of rows) {
    if (sweep !== own.id || !(at in own.experiments))
      throw new Error('a row belongs to another sweep');
    parseResult(result);
  }
  return value as StoredSweep;
}

function rangeOf(sweep: string): IDBKeyRange {
  return IDBKeyRange.bound([sweep, 0], [sweep, Infinity]);
}
