/** @file What makes the page work without a network, as the page sees it: what is kept, and whether a new version waits. */
import type { Workbox } from 'workbox-window';
import type { Device } from 'lethe-lora/engine';
import { neededFiles } from './needed.ts';
import type { Ask, SiteFile } from './protocol.ts';

/** `absent`: this browser, or this address, has no service workers; `cut-off`: not everything could be kept. */
export type Keeping = 'waiting' | 'absent' | 'keeping' | 'kept' | 'cut-off';

/** How often a page that stays open looks for a new version, in milliseconds. */
const lookEvery = 60 * 60 * 1000;

export class Offline {
  state = $state<Keeping>('waiting');
  /** Share of the needed bytes that are kept, from 0 to 1. */
  fraction = $state(0);
  /** A new version of the page is there and waits to be taken over. */
  updateWaits = $state(false);

  #workbox: Workbox | null = null;
  #registration: ServiceWorkerRegistration | null = null;

  /**
   * Registers the service worker and has it keep what a device needs; called when the page is usable, so that neither competes with
   * what the visitor waits for. Never throws: without it, the page needs a network as any other.
   */
  async start(device: Device, folder: string | null): Promise<void> {
    if (import.meta.env.DEV || !('serviceWorker' in navigator)) {
      this.state = 'absent';
      return;
    }
    try {
      const { Workbox } = await import('workbox-window');
      const workbox = new Workbox('sw.js');
      workbox.addEventListener('waiting', () => {
        this.updateWaits = true;
      });
      this.#registration = (await workbox.register()) ?? null;
      this.#workbox = workbox;
      setInterval(() => void workbox.update().catch(() => undefined), lookEvery);
    } catch {
      this.state = 'absent';
      return;
    }
    await this.keep(device, folder);
  }

  /**
   * Fetches through the service worker, which keeps it, what is needed and not kept yet; `folder`: that of the model in use, where it is one.
   */
  async keep(device: Device, folder: string | null): Promise<void> {
    if (!this.#registration) return;
    try {
      const worker = await controller(this.#registration);
      this.state = 'keeping';
      const needed = await neededNow(worker, device, folder);
      const total = needed.reduce((sum, { bytes }) => sum + bytes, 0);
      const missing = needed.filter(({ kept }) => !kept);
      let done = total - missing.reduce((sum, { bytes }) => sum + bytes, 0);
      for (const { path } of missing)
        for await (const bytes of read(path)) {
          done += bytes;
          this.fraction = Math.min(1, done / total);
        }
      const after = await neededNow(worker, device, folder);
      this.state = after.every(({ kept }) => kept) ? 'kept' : 'cut-off';
    } catch {
      this.state = 'cut-off';
    }
  }

  /** Lets the new version take over and loads the page again; other tabs stay as they are. */
  update(): void {
    // Another tab may have taken it over already.
    if (!this.#registration?.waiting) {
      location.reload();
      return;
    }
    this.#workbox?.addEventListener('controlling', () => {
      location.reload();
    });
    this.#workbox?.messageSkipWaiting();
  }
}

/** What the whole page shares: there is one service worker. */
export const offline = new Offline();

/** The worker that answers this page's requests; on a first visit it takes the page over as soon as it is installed. */
async function controller(registration: ServiceWorkerRegistration): Promise<ServiceWorker> {
  const { serviceWorker } = navigator;
  if (!serviceWorker.controller)
    await new Promise((resolve) => {
      serviceWorker.addEventListener('controllerchange', resolve, { once: true });
      // What came was not the site: this version is given up, and the next visit tries again.
      const { installing } = registration;
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'redundant') resolve(null);
      });
      if (!installing && !registration.waiting && !registration.active) resolve(null);
    });
  if (!serviceWorker.controller) throw new Error('No service worker took the page over.');
  return serviceWorker.controller;
}

/** What is needed on this device with what this page has shown: all its languages, so all the fonts that it will ever want. */
async function neededNow(
  worker: ServiceWorker,
  device: Device,
  folder: string | null,
): Promise<SiteFile[]> {
  const fetched = new Set(performance.getEntriesByType('resource').map(({ name }) => name));
  return neededFiles(await filesOf(worker), device, 'Suspending' in WebAssembly, (path) => {
    const { href } = new URL(path, document.baseURI);
    return fetched.has(href) || (folder !== null && href.startsWith(folder));
  });
}

async function filesOf(worker: ServiceWorker): Promise<SiteFile[]> {
  const { messageSW } = await import('workbox-window');
  return (await messageSW(worker, { type: 'FILES' } satisfies Ask)) as SiteFile[];
}

/** Lengths of a file's pieces as they come. */
async function* read(path: string): AsyncGenerator<number> {
  const response = await fetch(new URL(path, document.baseURI), { priority: 'low' });
  if (!response.ok || !response.body) throw new Error(`${path}: ${String(response.status)}`);
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value.length;
  }
}
