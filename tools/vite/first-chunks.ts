/**
 * @file In how many files the page's first code comes: one of the page alone, and one of what its worker needs too. Left to itself the
 * bundler makes one for every set of entries that share something, thirty of them here, and each is a request before the first paint.
 */
import type { Rolldown } from 'vite';

type Groups = NonNullable<Extract<Rolldown.OutputOptions['codeSplitting'], object>['groups']>;

/** Groups for the modules that the page imports statically; `worker`: path of the worker's entry. */
export function firstChunks(worker: string): Groups {
  let ofWorker: ReadonlySet<string> | null = null;
  return [
    {
      debugName: 'shared',
      tags: ['$initial'],
      // A group takes along what its modules import: what the worker must not get is left to the next.
      priority: 2,
      name: (id, context) => {
        ofWorker ??= importedFrom(worker, context);
        return ofWorker.has(id) && id !== worker ? 'shared' : null;
      },
    },
    { tags: ['$initial'], priority: 1, name: 'page', test: (id) => id !== worker },
  ];
}

/** All modules that one imports, at once or later, and those that they import. */
function importedFrom(entry: string, context: Rolldown.ChunkingContext): Set<string> {
  const found = new Set<string>();
  const left = [entry];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    const module = context.getModuleInfo(id);
    left.push(...(module?.importedIds ?? []), ...(module?.dynamicallyImportedIds ?? []));
  }
  return found;
}
