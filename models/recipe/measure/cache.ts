/** @file Results on disk, a line each as they come, so that an evaluation that was cut off goes on where it was. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Cache {
  get(task: unknown): unknown;
  put(task: unknown, result: unknown): void;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Opens a JSON-lines file; a line that was cut off is passed over, and its task is done again. */
export function openCache(file: string): Cache {
  mkdirSync(dirname(file), { recursive: true });
  const results = new Map<string, unknown>();
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  for (const line of text.split('\n')) {
    try {
      const { key, result } = JSON.parse(line) as { key: string; result: unknown };
      results.set(key, result);
    } catch {
      continue;
    }
  }
  // After a cut line, the next must begin on one of its own.
  if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n');
  return {
    get: (task) => results.get(digest(JSON.stringify(task))),
    put(task, result) {
      const key = digest(JSON.stringify(task));
      results.set(key, result);
      appendFileSync(file, JSON.stringify({ key, result }) + '\n');
    },
  };
}

/** What results depend on beside the model and the task: how facts are said and lessons are given. */
const sources = ['facts', 'lab', 'model', 'passes'].map((folder) =>
  fileURLToPath(new URL(`../../../src/${folder}/`, import.meta.url)),
);

/** The cache's name for a model and the present sources: results of another model or other settings are never taken for its own. */
export function cacheName(modelDigest: string): string {
  const texts = sources.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|json)$/.test(name) && !name.endsWith('.test.ts'))
      .sort()
      .map((name) => name + readFileSync(folder + name, 'utf8')),
  );
  return `${modelDigest.slice(0, 16)}-${digest(texts.join('\n')).slice(0, 16)}.jsonl`;
}
