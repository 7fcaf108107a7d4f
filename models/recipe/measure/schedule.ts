/** @file Does tasks, several at once, and gives their results in the tasks' order. */
import type { Cache } from './cache.ts';

/** Does one task at a time. */
export type Worker<T> = (task: T) => Promise<unknown>;

export interface Progress {
  done: number;
  total: number;
  /** Seconds that a task took on average on one worker, and that are left. */
  secondsPerTask: number;
  secondsLeft: number;
}

/**
 * Results of all tasks: those in the cache at once, the others as workers come free, each written to the cache when it is there. Throws
 * the first worker's error; what was done by then is in the cache.
 */
export async function performAll<T>(
  tasks: readonly T[],
  workers: readonly Worker<T>[],
  cache: Cache,
  report: (progress: Progress) => void,
): Promise<unknown[]> {
  const results = tasks.map((task) => cache.get(task));
  const left = tasks.flatMap((task, index) =>
    results[index] === undefined ? [{ task, index }] : [],
  );
  const since = performance.now();
  const cached = tasks.length - left.length;
  let done = 0;
  const queue = left.values();
  await Promise.all(
    workers.map(async (work) => {
      for (const { task, index } of queue) {
        const result = await work(task);
        results[index] = result;
        cache.put(task, result);
        done++;
        const seconds = (performance.now() - since) / 1000;
        report({
          done: cached + done,
          total: tasks.length,
          secondsPerTask: (seconds * Math.min(workers.length, left.length)) / done,
          secondsLeft: (seconds / done) * (left.length - done),
        });
      }
    }),
  );
  return results;
}
