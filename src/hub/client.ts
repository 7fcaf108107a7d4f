/** @file The page's end of the downloads' worker. */
import { proxy, wrap, type Remote } from 'comlink';
import type { DownloadProgress, DownloadRequest } from './download.ts';
import type { Failure } from './failure.ts';
import type { downloads } from './worker.ts';

/** One download at a time; another one ends it. */
export class Downloads {
  #engine: { remote: Remote<typeof downloads>; lost: Promise<Failure> } | null = null;

  /** Downloads a variant, or what is missing of it. Resolves with why it failed, or null when all of it is here. */
  start(
    request: DownloadRequest,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<Failure | null> {
    const { remote, lost } = (this.#engine ??= this.#begin());
    return Promise.race([remote.start(request, proxy(onProgress)), lost]);
  }

  /** A worker whose code cannot be had, or that breaks down, is thrown away: the next download starts another one. */
  #begin(): { remote: Remote<typeof downloads>; lost: Promise<Failure> } {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    const lost = new Promise<Failure>((resolve) => {
      worker.addEventListener('error', () => {
        this.#engine = null;
        worker.terminate();
        resolve({ kind: 'not-started' });
      });
    });
    return { remote: wrap<typeof downloads>(worker), lost };
  }

  /** Ends the download; what came stays. */
  async cancel(): Promise<void> {
    await this.#engine?.remote.cancel();
  }
}
