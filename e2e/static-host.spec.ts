/** @file The built site in a folder of a plain static host, which sends no headers: the service worker isolates the page. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';
import { expect, idle, test } from './fixtures.ts';

const port = 5196;
const folder = '/deep/site/';
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

test.use({ baseURL: `http://127.0.0.1:${port}${folder}` });

let server: Server;
test.beforeAll(async () => {
  server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const name = path.startsWith(folder) ? path.slice(folder.length) || 'index.html' : null;
    const file = name === null ? '' : join(import.meta.dirname, '../dist', name);
    if (!file || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready));
});
test.afterAll(() => {
  server.close();
});

test('works from a folder, isolated, after loading itself again once', async ({ page }) => {
  let loads = 0;
  page.on('load', () => loads++);
  await page.goto('./');
  await idle(page);
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(loads).toBe(2);
});
