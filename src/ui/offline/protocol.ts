/** @file What the page and the service worker say to each other. */

/** A large file of the site: kept when it is first used, not when the page is installed. */
export interface SiteFile {
  /** Address within the site's folder, such as `models/atlas/onnx/model.onnx`. */
  path: string;
  bytes: number;
  /** It is in the cache and needs no network any more. */
  kept: boolean;
}

/** Asked by a `MessageChannel`, whose port gets the answer: for `FILES`, a `SiteFile[]`. */
export interface Ask {
  /** `SKIP_WAITING`: the waiting version takes over now. */
  type: 'FILES' | 'SKIP_WAITING';
}

/** The cache of the large files, one for every folder in which a copy of the site lies. */
export function filesCacheName(scope: string): string {
  return `lethe-files-${scope}`;
}

/** Workbox's own name for the cache of the page itself. */
export function pageCacheName(scope: string): string {
  return `workbox-precache-v2-${scope}`;
}

/** Files that are too large to fetch before anybody needs them. */
export function isLarge(path: string): boolean {
  return /^(ort|models)\/|\.woff2$/.test(path);
}
