/** @file Makes the page cross-origin isolated on a host that sends no headers, through the service worker `src/sw.ts`. */

const attempted = 'lethe/isolation';

/**
 * True where the page is about to be loaded again, isolated; the caller should then do nothing more. Tries once a tab: where
 * it does not help (no service workers, private mode) the page runs on with one thread.
 */
export async function isolate(): Promise<boolean> {
  // A frame is as isolated as the page around it: loading it again does not help.
  if (window.top !== window) return false;
  if (crossOriginIsolated || !isSecureContext || !('serviceWorker' in navigator)) return false;
  try {
    if (sessionStorage.getItem(attempted)) return false;
    sessionStorage.setItem(attempted, 'yes');
    if (!(await activated(await navigator.serviceWorker.register('sw.js')))) return false;
  } catch {
    return false;
  }
  location.reload();
  return true;
}

/** False where it could not be installed, for want of room for instance. */
async function activated(registration: ServiceWorkerRegistration): Promise<boolean> {
  if (registration.active) return true;
  const worker = registration.installing ?? registration.waiting;
  if (!worker) return false;
  return new Promise((resolve) => {
    const look = (): void => {
      if (worker.state === 'activated' || worker.state === 'redundant')
        resolve(worker.state === 'activated');
    };
    worker.addEventListener('statechange', look);
    look();
  });
}
