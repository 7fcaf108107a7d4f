/** @file Sweeps in the database: what was planned, and every row as it came. */
import * as v from 'valibot';
import {
  canonicalJson,
  check,
  moment,
  natural,
  parseExperiment,
  parseResult,
  planSchema,
  type ExperimentResult,
} from './records.ts';
import { second, type Added, type Damaged } from './checkpoints.ts';
import { database, type Database } from './database.ts';

const record = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  createdAt: moment,
  /** What it is called beside another one that is else the same; absent where there is none. */
  name: v.exactOptional(v.pipe(v.string(), v.maxLength(200))),
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

export class SweepStore {
  constructor(private readonly db: Database = database) {}

  /** All sweeps, oldest first, with the number of their rows; records that cannot be read are named, and the others stay. */
  async list(): Promise<{ sweeps: (SweepRecord & { done: number })[]; damaged: Damaged[] }> {
    const stored = await this.db.read(['sweeps', 'rows'], async (read) => {
      const counted: [{ id: string }, number][] = [];
      for (const each of await read.objectStore('sweeps').getAll())
        counted.push([each, await read.objectStore('rows').count(rangeOf(each.id))]);
      return counted;
    });
    const sweeps: (SweepRecord & { done: number })[] = [];
    const damaged: Damaged[] = [];
    for (const [each, done] of stored) {
      try {
        sweeps.push({ ...parseRecord(each), done });
      } catch (error) {
        const { id } = each;
        damaged.push({ id, name: id.slice(0, 8), reason: (error as Error).message });
      }
    }
    sweeps.sort((a, b) => a.createdAt - b.createdAt);
    return { sweeps, damaged };
  }

  /** Throws when there is none, or when it is damaged. Experiments of older versions are brought up to date. */
  async read(id: string): Promise<SweepRecord> {
    const stored = await this.db.read(['sweeps'], (read) => read.objectStore('sweeps').get(id));
    if (!stored) throw new Error('This sweep is not stored on this computer any more.');
    return parseRecord(stored);
  }

  /** Rows in the order of the experiments; those that cannot be read are named by their place, and the others stay. */
  async rows(id: string): Promise<{ rows: SweepRow[]; damaged: Damaged[] }> {
    const all = await this.db.read(['rows'], (read) =>
      read.objectStore('rows').getAll(rangeOf(id)),
    );
    const rows: SweepRow[] = [];
    const damaged: Damaged[] = [];
    for (const row of all) {
      try {
        rows.push(parseRow(row));
      } catch (error) {
        const name = `Row ${row.at + 1}`;
        damaged.push({ id: `${id}/${row.at}`, name, reason: (error as Error).message });
      }
    }
    return { rows, damaged };
  }

  /** Keys and values of all sweeps, unchecked. */
  async raw(): Promise<[string, unknown][]> {
    const all = await this.db.read(['sweeps'], (read) => read.objectStore('sweeps').getAll());
    return all.map((each): [string, unknown] => [each.id, each]);
  }

  /** A sweep with its rows, unchecked; undefined where there is none. */
  async whole(id: string): Promise<{ record: unknown; rows: unknown[] } | undefined> {
    return this.db.read(['sweeps', 'rows'], async (read) => {
      const stored = await read.objectStore('sweeps').get(id);
      const rows = await read.objectStore('rows').getAll(rangeOf(id));
      return stored && { record: stored, rows };
    });
  }

  /**
   * Stores a sweep from outside and replaces nothing: rows that the one here lacks are added to it; where it is another sweep, or one row
   * differs, the new one stands beside it with “(2)” as its name.
   */
  async add(sweep: StoredSweep): Promise<Added> {
    const { id } = sweep.record;
    const here = await this.whole(id);
    if (!here) {
      await this.#write(sweep);
      return 'added';
    }
    const known = new Map(
      here.rows.map((row) => [(row as SweepRow).at, canonicalJson(upToDate(parseRow, row))]),
    );
    const isOne =
      canonicalJson(upToDate(parseRecord, here.record)) === canonicalJson(sweep.record) &&
      sweep.rows.every((row) => (known.get(row.at) ?? canonicalJson(row)) === canonicalJson(row));
    const lacking = sweep.rows.filter(({ at }) => !known.has(at));
    if (isOne && lacking.length === 0) return 'same';
    if (isOne) {
      await this.#write({ record: sweep.record, rows: lacking });
      return 'added';
    }
    return this.#addBeside(sweep);
  }

  async #addBeside({ record: given, rows }: StoredSweep): Promise<Added> {
    const id = `${given.id}-2`;
    const other: StoredSweep = {
      record: { ...given, id, name: second(given.name ?? '').trim() },
      rows: rows.map((row) => ({ ...row, sweep: id })),
    };
    return (await this.add(other)) === 'same' ? 'same' : 'beside';
  }

  /** Writes a sweep and rows of it, all or nothing. */
  async #write({ record: stored, rows }: StoredSweep): Promise<void> {
    await this.db.write(['sweeps', 'rows'], async (write) => {
      await write.objectStore('sweeps').put(stored);
      for (const row of rows) await write.objectStore('rows').put(row);
    });
  }

  /** Throws a `StorageError` where it cannot be stored. */
  async write(sweep: SweepRecord): Promise<void> {
    parseRecord(sweep);
    await this.db.write(['sweeps'], (write) => write.objectStore('sweeps').put(sweep));
  }

  /** Throws a `StorageError` where it cannot be stored, and an `Error` where this page could not read it again. */
  async writeRow(row: SweepRow): Promise<void> {
    parseRow(row);
    await this.db.write(['rows'], (write) => write.objectStore('rows').put(row));
  }

  async remove(id: string): Promise<void> {
    await this.db.write(['sweeps', 'rows'], async (write) => {
      await write.objectStore('sweeps').delete(id);
      await write.objectStore('rows').delete(rangeOf(id));
    });
  }
}

/** As this version would have written it; what cannot be read stays as it is. */
function upToDate(parse: (value: unknown) => unknown, value: unknown): unknown {
  try {
    return parse(value);
  } catch {
    return value;
  }
}

function parseRecord(value: unknown): SweepRecord {
  return check(record, value, 'This sweep is not valid');
}

const row = v.object({ sweep: v.string(), at: natural, result: v.unknown() });

function parseRow(value: unknown): SweepRow {
  const { result, ...place } = check(row, value, 'This row is not valid');
  return { ...place, result: parseResult(result) };
}

const whole = v.object({ record: v.unknown(), rows: v.array(v.unknown()) });

/** A sweep that comes from outside; throws with what is wrong with it. */
export function checkSweep(value: unknown): StoredSweep {
  const given = check(whole, value, 'This sweep is not valid');
  const own = parseRecord(given.record);
  const rows = given.rows.map(parseRow);
  if (rows.some(({ sweep, at }) => sweep !== own.id || at >= own.experiments.length))
    throw new Error('a row belongs to another sweep');
  if (new Set(rows.map(({ at }) => at)).size !== rows.length)
    throw new Error('two rows have the same place');
  return { record: own, rows };
}

function rangeOf(sweep: string): IDBKeyRange {
  return IDBKeyRange.bound([sweep, 0], [sweep, Infinity]);
}
