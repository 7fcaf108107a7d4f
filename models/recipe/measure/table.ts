/** @file A table of results: as text for the console and as Markdown for the card. */

export interface Table {
  /** Names the table's place in the card. */
  name: string;
  title: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  /** What the numbers are, and by which rule words were chosen. */
  note: string;
}

/** 0.98765 → `98.8 %`; a dash where nothing was asked. */
export function percent(share: number | null): string {
  return share === null || Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`;
}

/** 0.98765 → `0.99`. */
export function fraction(value: number | null): string {
  return value === null || Number.isNaN(value) ? '–' : value.toFixed(2);
}

/** Columns as wide as their widest cell; the first is flush left, the others flush right. */
export function asText({ title, columns, rows, note }: Table): string {
  const widths = columns.map((column, c) =>
    Math.max(column.length, ...rows.map((row) => row[c]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    widths
      .map((width, c) => (c === 0 ? (row[c] ?? '').padEnd(width) : (row[c] ?? '').padStart(width)))
      .join('  ')
      .trimEnd();
  return [`\n${title}`, line(columns), ...rows.map(line), note].join('\n');
}

export function asMarkdown({ columns, rows, note }: Table): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const ruler = columns.map((_, c) => (c === 0 ? '---' : '---:'));
  return [line(columns), line(ruler), ...rows.map(line), '', note].join('\n');
}

const marker = (name: string): RegExp =>
  new RegExp(`(<!-- table:${name} -->)[\\s\\S]*?(<!-- /table -->)`);

/** The card with every table put between its markers, and the names of those that it has no place for. */
export function fillCard(card: string, tables: readonly Table[]): { card: string; left: string[] } {
  const left = tables.filter(({ name }) => !marker(name).test(card)).map(({ name }) => name);
  const filled = tables.reduce(
    (text, table) =>
      text.replace(
        marker(table.name),
        (_, open: string, close: string) => `${open}\n\n${asMarkdown(table)}\n\n${close}`,
      ),
    card,
  );
  return { card: filled, left };
}
