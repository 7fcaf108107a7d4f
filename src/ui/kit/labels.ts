/** @file Labels beside line ends: each as near to its line as it can be without covering another. */

/**
 * Moves positions apart until neighbours are at least `gap` from one another, inside [low, high], keeping their order and
 * the sum of squared moves least (pool adjacent violators on `position − order × gap`).
 * Where they cannot all fit, they are spread evenly over the range.
 */
export function spread(
  positions: readonly number[],
  gap: number,
  low: number,
  high: number,
): number[] {
  const order = positions
    .map((_, index) => index)
    .sort((a, b) => at(positions, a) - at(positions, b));
  const room = high - low;
  const need = gap * (positions.length - 1);
  const step = need > room ? room / Math.max(1, positions.length - 1) : gap;
  const blocks: { mean: number; size: number }[] = [];
  order.forEach((index, rank) => {
    let block = { mean: at(positions, index) - rank * step, size: 1 };
    for (let last = blocks.at(-1); last && last.mean > block.mean; last = blocks.at(-1)) {
      blocks.pop();
      const size = last.size + block.size;
      block = { mean: (last.mean * last.size + block.mean * block.size) / size, size };
    }
    blocks.push(block);
  });
  const top = high - step * (positions.length - 1);
  const placed = new Array<number>(positions.length);
  let rank = 0;
  for (const { mean, size } of blocks) {
    const start = Math.min(Math.max(mean, low), Math.max(top, low));
    for (let member = 0; member < size; member++, rank++)
      placed[order[rank] as number] = start + rank * step;
  }
  return placed;
}

function at(values: readonly number[], index: number): number {
  return values[index] as number;
}

/**
 * Puts each label on the first shelf where it does not touch the one before it: labels above vertical rules.
 * `items` are sorted by `start`. Returns the shelf of each, 0 nearest the chart.
 */
export function shelves(items: readonly { start: number; width: number }[], gap: number): number[] {
  const ends: number[] = [];
  return items.map(({ start, width }) => {
    const free = ends.findIndex((end) => end + gap <= start);
    const shelf = free < 0 ? ends.length : free;
    ends[shelf] = start + width;
    return shelf;
  });
}
