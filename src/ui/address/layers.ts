/** @file Layers of a model as a person writes them. */

/** Layers written as `0-3, 7`, each from 0 to `last`; empty for none; null where it cannot be read. */
export function readLayers(text: string, last: number): number[] | null {
  const layers = new Set<number>();
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const [, first = '', end = first] = /^(\d+)(?:\s*[-–]\s*(\d+))?$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(end)];
    if (first === '' || from > to || to > last) return null;
    for (let layer = from; layer <= to; layer++) layers.add(layer);
  }
  return [...layers].sort((a, b) => a - b);
}

/** The same the other way round: `[0, 1, 2, 7]` is `0-2, 7`. */
export function writeLayers(layers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const layer of [...layers].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && layer === run[1] + 1) run[1] = layer;
    else runs.push([layer, layer]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
