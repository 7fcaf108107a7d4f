/** @file Where things are on the Hub, or on another server that speaks its paths. */
import type { env } from '@huggingface/transformers';

/** Host and paths, as in the library's environment. */
export type HubEnvironment = Pick<typeof env, 'remoteHost' | 'remotePathTemplate'>;

/** Address of a file of a model. */
export function fileUrl(env: HubEnvironment, id: string, revision: string, path: string): string {
  const folder = env.remotePathTemplate
    .replaceAll('{model}', id)
    .replaceAll('{revision}', encodeURIComponent(revision));
  return new URL(folder + path.split('/').map(encodeURIComponent).join('/'), env.remoteHost).href;
}

/** Address of a model's listing; `blobs` adds the size of every file. */
export function apiUrl(env: HubEnvironment, id: string, revision: string): string {
  const path = `api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
  return new URL(path, env.remoteHost).href;
}
