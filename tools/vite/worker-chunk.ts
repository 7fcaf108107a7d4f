/** @file A Vite plugin: builds the worker together with the page, so that what both need (countries, names, schemas) is loaded once. */
import type { Plugin } from 'vite';

/** How the page starts its worker; Vite itself understands it in development. */
const start = "new URL('./worker.ts', import.meta.url)";

/**
 * In a build, `client`'s way to start its worker becomes the address of a chunk of the page's own build. Vite would build a worker
 * apart, with a second copy of every module that both import.
 */
export function workerChunk(client: string, worker: string): Plugin {
  return {
    name: 'lethe-worker-chunk',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      if (id.split('?')[0] !== client) return null;
      if (!code.includes(start)) this.error(`${client} does not start its worker by ${start}.`);
      const reference = this.emitFile({ type: 'chunk', id: worker, name: 'worker' });
      return { code: code.replace(start, `import.meta.ROLLUP_FILE_URL_${reference}`), map: null };
    },
  };
}
