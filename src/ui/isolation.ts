/** @file Makes the page cross-origin isolated on a host that sends no headers, through the service worker `src/sw.ts`. */

const attempted = 'lethe/isolation';

/**
 * True where the page is about to be loaded again, isolated; the caller should then do nothing more. Tries once a tab: where
 * it does not help (no service workers, private mode) the page runs on with one thread.
 */
export async function isolate(): Promise<boolean> {
  if (crossOriginIsolated || !isSecureContext || !('serviceWorker' in navigator)) return false;
  try {
    if (sessionStorage.getItem(attempted)) return false;
    sessionStorage.setItem(attempted, 'yes');
    await navigator.serviceWorker.register('sw.js');
    await navigator.serviceWorker.ready;
  } catch {
    return false;
  }
  location.reload();
  return true;
}
