import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCache } from './cache.ts';
import { performAll } from './schedule.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/lethe-evaluation-`);
  file = `${folder}/results.jsonl`;
});
afterEach(() => rmSync(folder, { recursive: true }));

const tasks = [1, 2, 3, 4, 5];
const ignore = (): void => undefined;

/** Squares a number, the small ones last. */
const square = async (task: number): Promise<number> => {
  await new Promise((done) => setTimeout(done, 10 - 2 * task));
  return task * task;
};

describe('an evaluation', () => {
  it('gives the same results in the same order, however many workers there are', async () => {
    for (const count of [1, 2, 7]) {
      const workers = Array.from({ length: count }, () => square);
      const cache = openCache(`${file}.${count}`);
      expect(await performAll(tasks, workers, cache, ignore)).toEqual([1, 4, 9, 16, 25]);
    }
  });

  it('goes on where it was cut off', async () => {
    const failing = (task: number): Promise<number> =>
      task === 3 ? Promise.reject(new Error('cut off')) : square(task);
    await expect(performAll(tasks, [failing], openCache(file), ignore)).rejects.toThrow('cut off');
    const done: number[] = [];
    const counting = (task: number): Promise<number> => {
      done.push(task);
      return square(task);
    };
    const results = await performAll(tasks, [counting], openCache(file), ignore);
    expect(results).toEqual([1, 4, 9, 16, 25]);
    expect(done).toEqual([3, 4, 5]);
  });

  it('does a task again whose line was cut off', async () => {
    await performAll([1], [square], openCache(file), ignore);
    appendFileSync(file, readFileSync(file, 'utf8').slice(0, 20));
    const cache = openCache(file);
    expect(cache.get(1)).toBe(1);
    cache.put(2, 4);
    expect(openCache(file).get(2)).toBe(4);
  });

  it('says how much is done and left', async () => {
    const reports: number[][] = [];
    await performAll(tasks, [square], openCache(file), ({ done, total }) =>
      reports.push([done, total]),
    );
    expect(reports).toEqual([1, 2, 3, 4, 5].map((done) => [done, 5]));
  });
});
