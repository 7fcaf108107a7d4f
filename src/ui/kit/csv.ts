/** @file Tables as comma-separated values. */

export type CsvValue = string | number | null;

/** A table with named columns, as the screen shows it and as it is saved. */
export interface DataTable {
  columns: readonly string[];
  rows: readonly (readonly CsvValue[])[];
}

/**
 * RFC 4180: CRLF after each line, quotes where they are needed. Null and NaN are empty; numbers are written as JavaScript does. A text that
 * a spreadsheet would run as a formula, quotes or not, has an apostrophe before it: what a model answers may be anything.
 */
export function toCsv({ columns, rows }: DataTable): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Spreadsheets run what begins so (also in the full-width forms of East Asian keyboards), but not a plain number. */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r\n＝＋－＠]/.test(text) && !/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);
}

function cell(value: CsvValue): string {
  if (value === null || Number.isNaN(value)) return '';
  const text = typeof value === 'string' && isFormula(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
