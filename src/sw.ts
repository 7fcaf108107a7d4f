/**
 * @file The service worker. It does two things, on any static host: it answers with the headers that make a page cross-origin
 * isolated (WebAssembly threads need them) and bind its workers to the Content-Security-Policy, and it keeps the site so that it works
 * without a network.
 *
 * The page itself is kept at once, as one version; ONNX Runtime, Atlas and fonts when they are first used, each under the digest of
 * its contents, so that an update fetches only what changed. A new version waits until the page says `SKIP_WAITING`.
 *
 * Nothing is kept that is not the file of the build, byte for byte: a network that wants somebody to sign in answers everything with its
 * own page, and a host in the middle of an update with anything.
 */
/// <reference lib="webworker" />
import { matchPrecache, precache } from 'workbox-precaching';
import { policyHeader } from './ui/offline/policy.ts';
import { filesCacheName, isLarge, type Ask, type SiteFile } from './ui/offline/protocol.ts';

declare const self: ServiceWorkerGlobalScope;

interface Entry {
  url: string;
  revision: string | null;
  bytes: number;
  /** Of its contents when the site was built: as the browser's fetch takes it, and in hexadecimal. */
  integrity: string;
  sha256: string;
}

const { scope } = self.registration;
const entries = self.__WB_MANIFEST as unknown as Entry[];
const large = new Map(entries.filter(({ url }) => isLarge(url)).map((entry) => [entry.url, entry]));
const filesCache = filesCacheName(scope);

precache(
  // The browser compares what comes with `integrity`; where it is something else, this version is not installed.
  entries
    .filter(({ url }) => !isLarge(url))
    .map(({ url, revision, integrity }) => ({ url, revision, integrity })),
);

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([self.clients.claim(), forgetOldFiles()]));
});

self.addEventListener('message', (event) => {
  const type = (event.data as Ask | null)?.type;
  if (type === 'SKIP_WAITING') event.waitUntil(self.skipWaiting());
  if (type === 'FILES')
    event.waitUntil(
      listFiles().then((files) => {
        event.ports[0]?.postMessage(files);
      }),
    );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(scope)) return;
  // A browser refuses this combination from a worker (it comes from developer tools).
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
  event.respondWith(answer(event));
});

async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const [address = ''] = request.url.slice(scope.length).split(/[?#]/);
  const path = decoded(address);
  const file = large.get(path);
  if (file) return isolated(await keptFile(event, file));
  return isolated((await matchPrecache(path || 'index.html')) ?? (await fetch(request)));
}

/** A path as the build has it; as it stands where it cannot be decoded. */
function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

/** Files whose bytes come, are compared or stored. */
const beingKept = new Set<Promise<void>>();
/** So long, in milliseconds, a list waits for them: a page that has just read a file is told that it is kept, and one stuck download stops nobody. */
const longestWait = 10_000;

/** From the cache, or from the network and into the cache; where there is no room for it, only from the network. */
async function keptFile(event: FetchEvent, file: Entry): Promise<Response> {
  const cache = await caches.open(filesCache);
  const kept = await cache.match(keyOf(file));
  if (kept) return kept;
  // The browser's own cache may hold the file of an older version: it is asked for again.
  const response = await fetch(event.request, { cache: 'no-cache' });
  if (response.status === 200) {
    const copy = response.clone();
    // No room, or a connection that broke: it is fetched again the next time.
    const kept = keep(cache, file, copy).catch(() => undefined);
    beingKept.add(kept);
    event.waitUntil(kept.finally(() => beingKept.delete(kept)));
  }
  return response;
}

/** Keeps an answer if it is the file. It is held whole for that while the page already has its bytes as they come. */
async function keep(cache: Cache, file: Entry, response: Response): Promise<void> {
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength !== file.bytes) return;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== file.sha256) return;
  const headers = new Headers(response.headers);
  // The bytes are those of the file, however they came.
  headers.delete('Content-Encoding');
  headers.set('Content-Length', String(bytes.byteLength));
  await cache.put(keyOf(file), new Response(bytes, { headers }));
}

/** Only what was compared is under this key: earlier versions kept whatever came, under another. */
function keyOf({ url, sha256 }: Entry): string {
  return `${scope}${url}?sha256=${sha256}`;
}

async function forgetOldFiles(): Promise<void> {
  const cache = await caches.open(filesCache);
  const current = new Set([...large.values()].map(keyOf));
  for (const request of await cache.keys())
    if (!current.has(request.url)) await cache.delete(request);
}

async function listFiles(): Promise<SiteFile[]> {
  await Promise.race([
    Promise.all(beingKept),
    new Promise((resolve) => setTimeout(resolve, longestWait)),
  ]);
  const cache = await caches.open(filesCache);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  return [...large.values()].map((entry) => ({
    path: entry.url,
    bytes: entry.bytes,
    kept: kept.has(keyOf(entry)),
  }));
}

/**
 * The response with the headers that a page needs to be cross-origin isolated, and a worker to be bound by the policy; the page itself
 * brings its own, which knows its scripts.
 */
function isolated(response: Response): Response {
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  if (!/^text\/html/i.test(headers.get('Content-Type') ?? ''))
    headers.set('Content-Security-Policy', policyHeader());
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
