/** @file Splits work into runs in which no value is larger than the device's buffers may be. */
import { estimateMemory, roles, type Role } from '../passes/index.ts';
import type { Graph } from '../onnx/index.ts';
import { rowsOf } from './decoder.ts';
import { paddedTime, type LabelledSequence } from './sequences.ts';

/** Raised when even the smallest run of a graph would need a larger buffer than the device allows. */
export class BufferLimitError extends Error {
  constructor(value: string, bytes: number, limit: number, advice: string) {
    const readable = (size: number): string =>
      size < 1e6 ? `${Math.ceil(size / 1e3)} kB` : `${Math.ceil(size / 1e6)} MB`;
    super(
      `"${value}" takes ${readable(bytes)} in one buffer, and this device allows ${readable(limit)}: ${advice}.`,
    );
    this.name = 'BufferLimitError';
  }
}

/** Throws `BufferLimitError` where a graph cannot run at all: even one row of one block of tokens is too large. */
export function checkBuffers(graph: Graph, limit: number): void {
  if (limit === Infinity) return;
  const { largest, largestValue } = estimateMemory(graph, 1, 16, { labelled: 16, positions: 1 });
  if (largest > limit)
    throw new BufferLimitError(
      largestValue,
      largest,
      limit,
      'choose a smaller model or variant (q4), or run it on the processor (WebAssembly)',
    );
}

/**
 * Groups sequences, in order, into as few runs of a score or train graph as keep its largest value within `limit` bytes. Sequences of
 * one unit stay together. Throws `BufferLimitError` when one unit alone is too large, and an error where a unit has more sequences than
 * the file was made for.
 */
export function splitToFit<T extends LabelledSequence>(
  units: readonly (readonly T[])[],
  graph: Graph,
  limit: number,
): T[][] {
  const rows = rowsOf(graph);
  if (limit === Infinity && rows === Infinity) return [units.flat()];
  const largestUnit = Math.max(...units.map(({ length }) => length));
  if (largestUnit > rows)
    throw new Error(
      `This file takes ${rows} text at once, and ${largestUnit} must be compared: export it with any number of rows.`,
    );
  const runs: T[][] = [];
  let run: T[] = [];
  for (const unit of units) {
    const together = [...run, ...unit];
    const isTooMuch = together.length > rows || largestOf(together, graph).largest > limit;
    if (run.length > 0 && isTooMuch) {
      runs.push(run);
      run = [...unit];
    } else run = together;
    if (run.length > unit.length) continue;
    const { largest, largestValue } = largestOf(run, graph);
    if (largest > limit)
      throw new BufferLimitError(largestValue, largest, limit, 'use a shorter text');
  }
  if (run.length > 0) runs.push(run);
  return runs;
}

function largestOf(sequences: readonly LabelledSequence[], graph: Graph) {
  const labelled = sequences.reduce((sum, { ids, from }) => sum + ids.length - from, 0);
  return estimateMemory(graph, sequences.length, paddedTime(sequences), {
    labelled,
    positions: sequences.length,
  });
}

/** How many rows of up to `time` tokens, prompt and answer, may be generated at once; at least one. */
export function rowsAtOnce(graph: Graph, time: number, limit: number): number {
  if (limit === Infinity) return Infinity;
  const past = graph.inputs
    .map(({ shape }) => shape?.[2])
    .filter((dim) => typeof dim === 'string')
    .map((dim) => [dim, 0] as const);
  const known = { positions: 1, ...Object.fromEntries(past) };
  const { largest, largestValue } = estimateMemory(graph, 1, time, known);
  if (largest > limit)
    throw new BufferLimitError(largestValue, largest, limit, 'use a shorter prompt');
  let rows = 1;
  // Weights do not grow with the rows, the rest does so at most in proportion.
  while (estimateMemory(graph, 2 * rows, time, { ...known, positions: 2 * rows }).largest <= limit)
    if ((rows *= 2) >= 1024) break;
  return rows;
}

/** Examples that an objective compares with each other, together: a forgotten one and the preferred one right behind it. */
export function unitsOf<T extends { role: Role }>(examples: readonly T[]): T[][] {
  const units: T[][] = [];
  for (const example of examples) {
    const before = units[units.length - 1];
    const isPair =
      before?.length === 1 &&
      before[0]?.role === roles.forgotten &&
      example.role === roles.preferred;
    if (isPair) before.push(example);
    else units.push([example]);
  }
  return units;
}

/** Indices of the prompts that are continued together: at most `rows` of them, and where they may not be padded of one length. */
export function groupsOf(
  prompts: readonly (readonly number[])[],
  rows: number,
  mayPad: boolean,
): number[][] {
  const byLength = new Map<number, number[]>();
  prompts.forEach(({ length }, index) => {
    const key = mayPad ? 0 : length;
    byLength.set(key, [...(byLength.get(key) ?? []), index]);
  });
  return [...byLength.values()].flatMap((alike) => {
    const size = Math.min(rows, alike.length);
    const groups: number[][] = [];
    for (let from = 0; from < alike.length; from += size)
      groups.push(alike.slice(from, from + size));
    return groups;
  });
}
