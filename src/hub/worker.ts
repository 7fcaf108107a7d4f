/** @file The downloads' worker: its own, so that a download goes on while a model is asked or taught in the other. */
import { expose } from 'comlink';
import { download, type DownloadProgress, type DownloadRequest } from './download.ts';
import { failureOf, type Failure } from './failure.ts';

let controller = new AbortController();

/** What the page's end calls. A failure is returned, not thrown: it must keep its fields on the way. */
export const downloads = {
  async start(
    request: DownloadRequest,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<Failure | null> {
    controller.abort();
    controller = new AbortController();
    try {
      await download(request, onProgress, controller.signal);
      return null;
    } catch (error) {
      return failureOf(error);
    }
  },
  cancel(): void {
    controller.abort();
  },
};

expose(downloads);
