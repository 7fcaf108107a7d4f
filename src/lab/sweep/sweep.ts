/** @file Many experiments: read from lines, shared out among machines, and gone on with where they were cut off. */
import { parseExperiment, type Experiment } from '../experiment/experiment.ts';

/** Reads one experiment a line; empty lines are passed over. Throws with the number of the first bad line and the field. */
export function parseExperiments(text: string): Experiment[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [parseExperiment(JSON.parse(line) as unknown)];
    } catch (error) {
      throw new Error(`Line ${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
}

/** Shard `i/n` of the items: every n-th, beginning with the i-th (from 1). Throws where it is no shard. */
export function shardOf<T>(items: readonly T[], shard: string): T[] {
  const [, i, n] = (/^(\d+)\/(\d+)$/.exec(shard) ?? []).map(Number);
  if (!i || !n || i > n)
    throw new Error(`"${shard}" is no shard: it should read i/n, with i from 1 to n.`);
  return items.filter((_, index) => index % n === i - 1);
}

export interface Finished {
  keys: Set<string>;
  /** The text without a last line that was cut off. */
  text: string;
}

/** What a results file holds already. Throws where a whole line is not a result. */
export function readFinished(text: string): Finished {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const keys = new Set<string>();
  whole.split('\n').forEach((line, index) => {
    if (line === '') return;
    const key = keyOf(line);
    if (key === null) throw new Error(`Line ${index + 1} of the results is not a result.`);
    keys.add(key);
  });
  return { keys, text: whole };
}

function keyOf(line: string): string | null {
  try {
    const { key } = JSON.parse(line) as { key?: unknown };
    return typeof key === 'string' ? key : null;
  } catch {
    return null;
  }
}

/** Runs what is not finished yet, one after the other, and gives out a line a result as it comes. */
export async function sweep<T extends { key: string }>(
  experiments: readonly Experiment[],
  finished: ReadonlySet<string>,
  {
    keyOf: nameOf,
    perform,
    onLine,
  }: {
    keyOf: (experiment: Experiment) => Promise<string>;
    perform: (experiment: Experiment) => Promise<T>;
    onLine: (line: string) => void;
  },
): Promise<void> {
  const done = new Set(finished);
  for (const experiment of experiments) {
    const key = await nameOf(experiment);
    if (done.has(key)) continue;
    onLine(`${JSON.stringify(await perform(experiment))}\n`);
    done.add(key);
  }
}
