/** @file Serves folders over HTTP with the headers that WebAssembly threads need, and with the site's Content-Security-Policy. */
import compression from 'compression';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { readFileSync } from 'node:fs';
import serveStatic from 'serve-static';
import { policyHeader, policyOf } from '../src/ui/offline/policy.ts';

export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
} as const;

const alwaysSent = {
  ...isolationHeaders,
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** Weights and pictures are compressed already, or hardly get smaller. */
const isText = /^text\/|json|javascript|svg|manifest/;
/** Its types are Express's, its code asks for no more than Node's own. */
const compress = compression({
  filter: (_request, response) => isText.test(String(response.getHeader('Content-Type'))),
}) as unknown as Middleware;

/** Hashed names never change their contents; everything else is asked for again. */
function cacheControl(file: string): string {
  return /-[\w-]{8}\.\w+$/.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** A worker has the policy of its own script, so every file brings it; a page knows the hashes of its scripts. */
function policyFor(file: string): string {
  return policyHeader(file.endsWith('.html') ? policyOf(readFileSync(file, 'utf8')) : null);
}

/** Answers with the files of a folder, with their policy if asked to, and with 404 where there is none. */
export function filesOf(folder: string, withPolicy = false): RequestListener {
  const files = serveStatic(folder, {
    cacheControl: false,
    redirect: false,
    setHeaders: (response, file) => {
      response.setHeader('Cache-Control', cacheControl(file));
      if (withPolicy) response.setHeader('Content-Security-Policy', policyFor(file));
    },
  });
  return (request, response) =>
    files(request, response, () => {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found');
    });
}

/** A server of `root` and, below their prefixes, of other folders. */
export function siteServer(root: string, also: Readonly<Record<string, string>> = {}): Server {
  const mounts = Object.entries(also).map(([prefix, folder]) => ({
    prefix: `/${prefix}/`,
    files: filesOf(folder, true),
  }));
  const site = filesOf(root, true);
  return createServer((request, response) => {
    for (const [name, value] of Object.entries(alwaysSent)) response.setHeader(name, value);
    const mount = mounts.find(({ prefix }) => request.url?.startsWith(prefix));
    if (mount) request.url = request.url?.slice(mount.prefix.length - 1);
    compress(request, response, () => (mount?.files ?? site)(request, response));
  });
}
