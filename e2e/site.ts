/** @file A plain static host for the built site: in a folder, with or without the isolation headers, and able to go away. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { filesOf, isolationHeaders } from '../tools/site-server.ts';
import { test as base } from './fixtures.ts';

export interface Site {
  url: string;
  /** Which build it serves: another one is a new version of the site. */
  root: string;
  withHeaders: boolean;
  /** Files in whose place a network that wants somebody to sign in answers with its own page. */
  portal: { files: RegExp; type: string } | null;
  /** Code to run before a script or a page of these names, in a browser that cannot put any before the page's own; the policy goes. */
  before: { files: RegExp; code: string } | null;
  close(): Promise<void>;
}

/** Serves a built site at `/deep/site/` on a free port of this computer. */
export async function serveSite(): Promise<Site> {
  const folder = '/deep/site/';
  const site: Site = {
    url: '',
    root: join(import.meta.dirname, '../dist'),
    withHeaders: false,
    portal: null,
    before: null,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  const server: Server = createServer((request, response) => {
    if (!request.url?.startsWith(folder)) {
      response.writeHead(404).end();
      return;
    }
    const name = request.url.slice(folder.length).split('?')[0] ?? '';
    if (site.portal?.files.test(name)) {
      response.setHeader('Content-Type', site.portal.type);
      response.end('<!doctype html><title>Sign in</title>');
      return;
    }
    if (site.before?.files.test(name)) {
      const isPage = name === '' || name.endsWith('.html');
      const body = readFileSync(join(site.root, isPage ? 'index.html' : name), 'utf8');
      response.setHeader('Content-Type', isPage ? 'text/html' : 'text/javascript');
      for (const [key, value] of Object.entries(isolationHeaders)) response.setHeader(key, value);
      response.end(isPage ? openedPage(body, site.before.code) : `${site.before.code}\n${body}`);
      return;
    }
    request.url = request.url.slice(folder.length - 1);
    if (site.withHeaders)
      for (const [key, value] of Object.entries(isolationHeaders)) response.setHeader(key, value);
    filesOf(site.root)(request, response);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${folder}`;
  return site;
}

/** The page without its policy, which would refuse the code that is put at its beginning. */
function openedPage(html: string, code: string): string {
  return html
    .replace(/<meta[^>]*Content-Security-Policy[^>]*>/i, '')
    .replace('<head>', `<head><script>${code}</script>`);
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
