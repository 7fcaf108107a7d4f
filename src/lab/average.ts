/** @file Means over observations, and over the cells of a matrix. */

/** Null where there is nothing to average. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The share of items for which something holds. */
export function shareOf<T>(items: readonly T[], holds: (item: T) => boolean): number | null {
  return mean(items.map((item) => (holds(item) ? 1 : 0)));
}

/** Groups in order of first appearance. */
export function groupBy<T, K extends string>(
  items: readonly T[],
  key: (item: T) => K,
): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** Means by row and column: `matrix[row][column]`. */
export function matrix<T, K extends string>(
  items: readonly T[],
  row: (item: T) => K,
  column: (item: T) => K,
  value: (item: T) => number,
): Record<string, Record<string, number>> {
  return Object.fromEntries(
    [...groupBy(items, row)].map(([key, inRow]) => [
      key,
      Object.fromEntries(
        [...groupBy(inRow, column)].map(([name, cell]) => [name, mean(cell.map(value)) ?? NaN]),
      ),
    ]),
  );
}
