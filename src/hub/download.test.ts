/** Downloads over HTTP as a server may answer them, into a file system in memory. */
import { createHash } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cachedModels, cacheKey, storedName } from './cache.ts';
import { download, type DownloadProgress } from './download.ts';
import { HubError, secondsToWait, type Failure } from './failure.ts';
import { lookUp } from './listing.ts';
import { MemoryFolder, memoryStorage } from './memory-storage.ts';

const commit = 'c0ffee';
const weights = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));
const digest = (bytes: Uint8Array = new Uint8Array()): string =>
  createHash('sha256').update(bytes).digest('hex');
const sha256 = digest(weights);
const small = (text: string) => Buffer.from(text);
const files = new Map<string, Buffer>([
  ['config.json', small('{"architectures":["LlamaForCausalLM"]}')],
  ['tokenizer.json', small('{}')],
  ['tokenizer_config.json', small('{"a":1}')],
  ['onnx/model_q4.onnx', weights],
]);
const page = '<!doctype html><title>Sign in</title>'.padEnd(1499, ' ');

/** What the next requests for the weights meet; then they are served. */
let answers: ((response: ServerResponse, from: number) => void)[] = [];
/** Where the requests for the weights began. */
let asked: number[] = [];
/** What takes the place of the listing. */
let listing: ((response: ServerResponse) => void) | null = null;
let called = 'test/model';
let server: Server;
let host: string;
let root: MemoryFolder;

function send(response: ServerResponse, file: Buffer, from: number): void {
  response.writeHead(from > 0 ? 206 : 200, {
    'Content-Length': file.length - from,
    ...(from > 0 && { 'Content-Range': `bytes ${from}-${file.length - 1}/${file.length}` }),
  });
  response.end(file.subarray(from));
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    if (path.startsWith('/api/')) {
      if (listing) {
        listing(response);
        return;
      }
      const siblings = [...files].map(([rfilename, { length }]) => ({
        rfilename,
        size: length,
        ...(rfilename.endsWith('.onnx') && { lfs: { sha256, size: length, pointerSize: 130 } }),
      }));
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ id: called, sha: commit, siblings }));
      return;
    }
    const name = path.replace(`/test/model/resolve/${commit}/`, '');
    const file = files.get(name);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    const [, first, last] = /^bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
    if (last) {
      response.writeHead(206, { 'Content-Range': `bytes 0-0/${file.length}` });
      response.end(file.subarray(0, 1));
      return;
    }
    const from = Number(first ?? 0);
    if (name.endsWith('.onnx')) asked.push(from);
    const answer = name.endsWith('.onnx') ? answers.shift() : undefined;
    if (answer) answer(response, from);
    else send(response, file, from);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  root = new MemoryFolder();
  answers = [];
  asked = [];
  listing = null;
  called = 'test/model';
  vi.stubGlobal('navigator', { storage: memoryStorage(root) });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const key = cacheKey({ id: 'test/model', commit });
const kept = () => root.bytes('models', key, storedName('onnx/model_q4.onnx'));
const found = () => lookUp('test/model', { host });

/** Downloads the model; resolves with why it failed, or null. */
async function fetchAll(progress: DownloadProgress[] = []): Promise<Failure | null> {
  try {
    const request = { model: await found(), variant: 'q4' };
    await download(request, (each) => progress.push(each), new AbortController().signal);
    return null;
  } catch (error) {
    if (error instanceof HubError) return error.failure;
    throw error;
  }
}

/** Breaks the connection after so many bytes. */
const broken = (bytes: number) => (response: ServerResponse, from: number) => {
  response.writeHead(from > 0 ? 206 : 200, { 'Content-Length': weights.length - from });
  response.write(weights.subarray(from, from + bytes), () => {
    setTimeout(() => response.destroy(), 50);
  });
};

describe('a download', () => {
  it('is the file, byte for byte, and is known as whole only when it was checked', async () => {
    const progress: DownloadProgress[] = [];
    expect(await fetchAll(progress)).toBeNull();
    expect(digest(kept())).toBe(sha256);
    expect(progress.some(({ pause }) => pause?.kind === 'checking')).toBe(true);
    const [model] = await cachedModels();
    expect(model?.variants).toMatchObject([{ variant: 'q4', complete: true }]);
  });

  it('goes on where the connection broke, and is checked as a whole', async () => {
    answers = [broken(100_000)];
    expect(await fetchAll()).toBeNull();
    expect(asked).toEqual([0, 100_000]);
    expect(digest(kept())).toBe(sha256);
  });

  it('is thrown away where it is another file of the same length', async () => {
    answers = [(response) => send(response, Buffer.alloc(weights.length), 0)];
    expect(await fetchAll()).toEqual({ kind: 'checksum', path: 'onnx/model_q4.onnx' });
    expect(kept()).toHaveLength(0);
    expect((await cachedModels())[0]?.variants[0]?.complete).toBe(false);
    expect(await fetchAll()).toBeNull();
  });

  it('is thrown away where its beginning was left by something else', async () => {
    answers = [
      (response, from) => {
        response.writeHead(200, { 'Content-Length': weights.length });
        response.write(Buffer.alloc(1499, 7), () => setTimeout(() => response.destroy(), 50));
        expect(from).toBe(0);
      },
    ];
    expect(await fetchAll()).toMatchObject({ kind: 'checksum' });
    expect(asked).toEqual([0, 1499]);
    expect(kept()).toHaveLength(0);
  });

  it('never takes a web page for the beginning, or the rest, of weights', async () => {
    const signIn = (response: ServerResponse): void => {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page);
    };
    answers = [signIn];
    expect(await fetchAll()).toEqual({ kind: 'web-page', path: 'onnx/model_q4.onnx' });
    expect(kept()).toHaveLength(0);
    answers = [broken(100_000), signIn];
    expect(await fetchAll()).toMatchObject({ kind: 'web-page' });
    expect(digest(kept())).toBe(digest(weights.subarray(0, 100_000)));
  });

  it('never takes a web page that calls itself something else, nor one that broke off', async () => {
    for (const lies of [{ 'Content-Type': 'application/octet-stream' }, {}])
      for (const encoding of [{}, { 'Content-Length': String(weights.length) }]) {
        answers = [
          (response) => {
            response.writeHead(200, { ...lies, ...encoding });
            response.write(page, () => setTimeout(() => response.destroy(), 50));
          },
        ];
        expect((await fetchAll())?.kind).toBe('web-page');
        expect(kept()?.length ?? 0).toBe(0);
      }
    expect(await fetchAll()).toBeNull();
    expect(digest(kept())).toBe(sha256);
  });

  it('keeps no byte of an answer that says another length than the file has', async () => {
    answers = [
      (response) => {
        response.writeHead(200, { 'Content-Length': 5000 });
        response.write(Buffer.alloc(2000, 7), () => setTimeout(() => response.destroy(), 50));
      },
    ];
    expect(await fetchAll()).toMatchObject({ kind: 'length', got: 5000 });
    expect(kept()?.length ?? 0).toBe(0);
  });

  it('keeps nothing of an answer that ends whole with another length', async () => {
    answers = [(response) => response.end(weights.subarray(0, 1000))];
    expect(await fetchAll()).toMatchObject({ kind: 'length', got: 1000 });
    expect(kept()).toHaveLength(0);
    answers = [
      broken(100_000),
      (response) => send(response, weights.subarray(0, 200_000), 100_000),
    ];
    expect(await fetchAll()).toMatchObject({ kind: 'length', got: 200_000 });
  });

  it('begins anew where a server knows no ranges', async () => {
    answers = [broken(100_000), (response) => send(response, weights, 0)];
    expect(await fetchAll()).toBeNull();
    expect(digest(kept())).toBe(sha256);
  });

  it('waits as long as the server asks, and says so', async () => {
    answers = [
      (response) => response.writeHead(429, { 'Retry-After': '1' }).end(),
      (response) => response.writeHead(503, { 'Retry-After': '0' }).end(),
    ];
    const progress: DownloadProgress[] = [];
    expect(await fetchAll(progress)).toBeNull();
    expect(
      progress.flatMap(({ pause }) => (pause?.kind === 'waiting' ? [pause.seconds] : [])),
    ).toEqual([1, 0]);
  });

  it.each<[number, Record<string, string>, Failure]>([
    [429, { 'Retry-After': '300' }, { kind: 'crowded', seconds: 300 }],
    [403, {}, { kind: 'gated', id: 'test/model' }],
    [401, { 'X-Error-Code': 'GatedRepo' }, { kind: 'gated', id: 'test/model' }],
    [404, {}, { kind: 'no-file', path: 'onnx/model_q4.onnx' }],
    [416, {}, { kind: 'length', path: 'onnx/model_q4.onnx', expected: 300_000, got: 0 }],
  ])('names what status %i means', async (status, headers, failure) => {
    answers = [(response) => response.writeHead(status, headers).end()];
    expect(await fetchAll()).toEqual(failure);
  });

  it('is not fetched again when it is here, and not hashed again when it was', async () => {
    await fetchAll();
    const progress: DownloadProgress[] = [];
    expect(await fetchAll(progress)).toBeNull();
    expect(asked).toEqual([0]);
    expect(progress.some(({ pause }) => pause)).toBe(false);
  });
});

describe('the listing', () => {
  it('gives the SHA-256 of files in Git LFS', async () => {
    const { variants, renamed } = await found();
    const [q4] = variants;
    expect(q4?.files.find(({ path }) => path.endsWith('.onnx'))?.sha256).toBe(sha256);
    expect(q4?.files.find(({ path }) => path === 'config.json')?.sha256).toBeUndefined();
    expect(renamed).toBeUndefined();
  });

  it('that tells no sizes has them asked of the files', async () => {
    listing = (response) => {
      response.setHeader('Content-Type', 'application/json');
      const siblings = [...files.keys(), 'README.md'].map((rfilename) => ({ rfilename }));
      response.end(JSON.stringify({ id: called, sha: commit, siblings }));
    };
    const [variant] = (await found()).variants;
    expect(variant?.files.find(({ path }) => path.endsWith('.onnx'))?.size).toBe(weights.length);
    expect(await fetchAll()).toBeNull();
    expect(digest(kept())).toBe(sha256);
  });

  it('tells of a model that was renamed', async () => {
    called = 'test/newer';
    expect(await found()).toMatchObject({ id: 'test/model', renamed: 'test/newer' });
  });

  it.each<[string, number, Record<string, string>, Failure]>([
    ['a web page', 200, { 'Content-Type': 'text/html' }, { kind: 'web-page', path: '' }],
    ['too many requests', 429, { RateLimit: '"api";r=0;t=55' }, { kind: 'crowded', seconds: 55 }],
    ['a server that is down', 503, {}, { kind: 'server', status: 503, path: '' }],
    ['a gated model', 403, {}, { kind: 'gated', id: 'test/model' }],
    ['no such model', 401, {}, { kind: 'no-model', id: 'test/model', revision: 'main' }],
  ])('is refused for %s', async (_, status, headers, failure) => {
    listing = (response) => response.writeHead(status, headers).end(page);
    const path = '/api/models/test/model/revision/main';
    await expect(found()).rejects.toMatchObject({
      failure: 'path' in failure ? { ...failure, path } : failure,
    });
  });
});

describe('a server without a listing', () => {
  const noListing = (response: ServerResponse): void => {
    response.writeHead(404).end();
  };

  it('is asked for the files that there may be, and gives the model', async () => {
    listing = noListing;
    const model = await lookUp('test/model', { host, revision: commit });
    expect(model.variants).toMatchObject([{ variant: 'q4', file: 'onnx/model_q4.onnx' }]);
    const sizes = model.variants[0]?.files.map(({ path, size }) => [path, size]);
    expect(Object.fromEntries(sizes ?? [])).toEqual(
      Object.fromEntries([...files].map(([path, { length }]) => [path, length])),
    );
    await download({ model, variant: 'q4' }, () => undefined, new AbortController().signal);
    expect(digest(kept())).toBe(sha256);
  });

  it('that has no such model either says so', async () => {
    listing = noListing;
    await expect(lookUp('test/other', { host })).rejects.toMatchObject({
      failure: { kind: 'no-model', id: 'test/other' },
    });
  });
});

describe('the time to wait', () => {
  const wait = (headers: Record<string, string>) =>
    secondsToWait({ headers: new Headers(headers) });

  it('is read in seconds, as a date, and as the Hub writes it', () => {
    expect(wait({ 'Retry-After': '7' })).toBe(7);
    const soon = wait({ 'Retry-After': new Date(Date.now() + 30_000).toUTCString() });
    expect(soon).toBeGreaterThan(27);
    expect(soon).toBeLessThanOrEqual(30);
    expect(wait({ RateLimit: '"resolvers";r=0;t=41' })).toBe(41);
    expect(wait({ 'Retry-After': 'soon' })).toBeNull();
    expect(wait({})).toBeNull();
  });
});
