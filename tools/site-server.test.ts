/** The server of the built site: headers, compression, and downloads that are broken off. */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage, type OutgoingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siteServer } from './site-server.ts';

const script = `console.log(${JSON.stringify('lethe '.repeat(1000))});`;
let folder: string;
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-site-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Lethe</title>');
  writeFileSync(join(folder, 'page-A1b2C3d4.js'), script);
  writeFileSync(join(folder, 'model.onnx'), Buffer.alloc(32 * 2 ** 20));
  server = siteServer(folder, { also: folder }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function answerTo(path: string, headers: OutgoingHttpHeaders = {}): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const [response] = (await once(
    get({ port, host: '127.0.0.1', path, headers, agent: false }),
    'response',
  )) as [IncomingMessage];
  return response;
}

async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Files of the folder that this process holds open, as Linux tells. */
function open(): number {
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;
}

describe('the built site’s server', () => {
  it('isolates the page, so that WebAssembly has threads', async () => {
    const { headers, statusCode } = await answerTo('/?lang=de');
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': expect.stringContaining("default-src 'self'") as string,
    });
  });

  it('compresses texts and lets hashed names be kept for good', async () => {
    const response = await answerTo('/page-A1b2C3d4.js', { 'accept-encoding': 'gzip' });
    expect(response.headers).toMatchObject({
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(gunzipSync(await bytesOf(response)).toString()).toBe(script);
  });

  it('sends weights as they are, with their length', async () => {
    const response = await answerTo('/model.onnx', { 'accept-encoding': 'gzip' });
    expect(response.headers['content-encoding']).toBeUndefined();
    expect(response.headers['content-length']).toBe(String(32 * 2 ** 20));
    response.destroy();
  });

  it('sends nothing again that the browser has', async () => {
    const { headers } = await answerTo('/index.html');
    const again = await answerTo('/index.html', { 'if-none-match': headers.etag });
    expect(again.statusCode).toBe(304);
  });

  it('serves other folders below their prefix, and nothing outside of them', async () => {
    expect((await answerTo('/also/page-A1b2C3d4.js')).statusCode).toBe(200);
    for (const path of ['/none.js', '/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/%'])
      expect((await answerTo(path)).statusCode, path).toBe(404);
  });

  it.runIf(process.platform === 'linux')(
    'closes the file of a download that is broken off',
    async () => {
      const downloads = await Promise.all(
        Array.from({ length: 20 }, () => answerTo('/model.onnx')),
      );
      expect(open()).toBeGreaterThan(0);
      for (const response of downloads) response.destroy();
      await expect.poll(open).toBe(0);
      expect((await answerTo('/index.html')).statusCode).toBe(200);
    },
  );
});
