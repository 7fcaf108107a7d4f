/** @file The page's end of the downloads' worker. */
import { proxy, wrap, type Remote } from 'comlink';
import type { DownloadProgress, DownloadRequest } from './download.ts';
import type { Failure } from './failure.ts';
import type { downloads } from './worker.ts';

/** One download at a time; another one ends it. */
export class Downloads {
  #remote: Remote<typeof downloads> | null = null;

  /** Downloads a variant, or what is missing of it. Resolves with why it failed, or null when all of it is here. */
  start(
    request: DownloadRequest,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<Failure | null> {
    this.#remote ??= wrap<typeof downloads>(
      new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
    );
    return this.#remote.start(request, proxy(onProgress));
  }

  /** Ends the download; what came stays. */
  async cancel(): Promise<void> {
    await this.#remote?.cancel();
  }
}
