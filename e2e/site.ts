/** @file A plain static host for the built site: in a folder, with or without the isolation headers, and able to go away. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { test as base } from './fixtures.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export interface Site {
  url: string;
  /** Which build it serves: another one is a new version of the site. */
  root: string;
  withHeaders: boolean;
  /** Files in whose place a network that wants somebody to sign in answers with its own page. */
  portal: { files: RegExp; type: string } | null;
  close(): Promise<void>;
}

/** Serves a built site at `/deep/site/` on a free port of this computer. */
async function serveSite(): Promise<Site> {
  const folder = '/deep/site/';
  const site: Site = {
    url: '',
    root: join(import.meta.dirname, '../dist'),
    withHeaders: false,
    portal: null,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const name = path.startsWith(folder) ? path.slice(folder.length) || 'index.html' : null;
    const file = name === null ? '' : join(site.root, name);
    if (!file || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    if (site.portal?.files.test(name ?? '')) {
      response.setHeader('Content-Type', site.portal.type);
      response.end('<!doctype html><title>Sign in</title>');
      return;
    }
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    response.setHeader('Content-Length', statSync(file).size);
    if (site.withHeaders)
      for (const [key, value] of Object.entries(isolation)) response.setHeader(key, value);
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${folder}`;
  return site;
}

/** A test on a static host of its own, where the page may keep itself. */
export const test = base.extend<{ site: Site }>({
  site: async ({}, use) => {
    const site = await serveSite();
    await use(site);
    await site.close();
  },
  baseURL: async ({ site }, use) => use(site.url),
  serviceWorkers: 'allow',
});
