/** @file Tables as comma-separated values. */

export type CsvValue = string | number | null;

/** A table with named columns, as the screen shows it and as it is saved. */
export interface DataTable {
  columns: readonly string[];
  rows: readonly (readonly CsvValue[])[];
}

/** RFC 4180: CRLF after each line, quotes where they are needed. Null and NaN are empty; numbers are written as JavaScript does. */
export function toCsv({ columns, rows }: DataTable): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: CsvValue): string {
  if (value === null || Number.isNaN(value)) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
