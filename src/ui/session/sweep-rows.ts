/** @file Rows of results by their source and place, and what is stored of sweeps. No effects here. */
import type { ExperimentResult } from '../../lab/index.ts';
import type { SweepRecord, SweepRow } from '../../storage/index.ts';

/** By source, then by place. */
export type Rows = ReadonlyMap<string, ReadonlyMap<number, ExperimentResult>>;

/** By id. */
export type Records = ReadonlyMap<string, SweepRecord>;

export const noRows: Rows = new Map();
export const noRecords: Records = new Map();

export function recordsById(records: readonly SweepRecord[]): Records {
  return new Map(records.map((record) => [record.id, record]));
}

export function withRecord(records: Records, record: SweepRecord): Records {
  return new Map([...records, [record.id, record]]);
}

/** The rows of a source, all at once. */
export function withRows(
  rows: Rows,
  id: string,
  own: readonly Pick<SweepRow, 'at' | 'result'>[],
): Rows {
  return new Map([...rows, [id, new Map(own.map(({ at, result }) => [at, result]))]]);
}

/** One row more. */
export function withRow(rows: Rows, id: string, at: number, result: ExperimentResult): Rows {
  return new Map([...rows, [id, new Map([...(rows.get(id) ?? []), [at, result]])]]);
}

export function withoutRows(rows: Rows, id: string): Rows {
  return new Map([...rows].filter(([key]) => key !== id));
}

/** The results of a source in the order of its experiments; empty where none are at hand. */
export function resultsOf(rows: Rows, id: string): ExperimentResult[] {
  return [...(rows.get(id) ?? [])].sort(([a], [b]) => a - b).map(([, result]) => result);
}
