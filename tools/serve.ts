/**
 * @file Serves the built site with the headers that WebAssembly threads need, and with its Content-Security-Policy.
 *
 * `tsx tools/serve.ts [--port 5173] [--host 127.0.0.1] [--strict-port] [--also prefix=folder]…`
 */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import { policyHeader, policyOf } from '../src/ui/offline/policy.ts';

const { values: flags } = parseArgs({
  options: {
    port: { type: 'string', default: '5173' },
    host: { type: 'string', default: '127.0.0.1' },
    'strict-port': { type: 'boolean', default: false },
    also: { type: 'string', multiple: true, default: [] },
  },
});

const root = resolve(import.meta.dirname, '../dist');
if (!existsSync(join(root, 'index.html'))) {
  console.error(
    'There is no built site in dist/. Run `npm run build` first, or `npm start`, which does both.',
  );
  process.exit(1);
}
const mounts = flags.also.map((text) => {
  const [prefix = '', folder = ''] = text.split('=');
  return { prefix: `/${prefix}/`, folder: resolve(folder) };
});

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.md': 'text/markdown; charset=utf-8',
};
const compressible = new Set([
  '.html',
  '.js',
  '.mjs',
  '.css',
  '.json',
  '.svg',
  '.md',
  '.webmanifest',
]);

/** The file a path names, within its folder; undefined where there is none. */
function fileFor(path: string): string | undefined {
  const mount = mounts.find(({ prefix }) => path.startsWith(prefix));
  const folder = mount?.folder ?? root;
  const name = normalize(mount ? path.slice(mount.prefix.length) : path.slice(1));
  if (name.startsWith('..')) return undefined;
  const file = join(folder, name === '.' || name === '' ? 'index.html' : name);
  return existsSync(file) && statSync(file).isFile() ? file : undefined;
}

function send(request: IncomingMessage, response: ServerResponse, file: string): void {
  const extension = extname(file);
  const acceptsGzip = request.headers['accept-encoding']?.includes('gzip') === true;
  const { size, mtimeMs } = statSync(file);
  const tag = `W/"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`;
  response.setHeader('Content-Type', types[extension] ?? 'application/octet-stream');
  // A worker has the policy of its own script, so every file brings it; a page knows the hashes of its scripts.
  response.setHeader(
    'Content-Security-Policy',
    policyHeader(extension === '.html' ? policyOf(readFileSync(file, 'utf8')) : null),
  );
  // Hashed names never change their contents; everything else is asked for again.
  const isHashed = /-[\w-]{8}\.\w+$/.test(file);
  response.setHeader(
    'Cache-Control',
    isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
  );
  response.setHeader('ETag', tag);
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304).end();
    return;
  }
  if (acceptsGzip && compressible.has(extension)) {
    response.setHeader('Content-Encoding', 'gzip');
    response.setHeader('Vary', 'Accept-Encoding');
    createReadStream(file).pipe(createGzip()).pipe(response);
  } else {
    response.setHeader('Content-Length', size);
    createReadStream(file).pipe(response);
  }
}

const server = createServer((request, response) => {
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  let path: string;
  try {
    path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/');
  } catch {
    response.writeHead(400).end('bad request');
    return;
  }
  const file = fileFor(path);
  if (!file) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found');
    return;
  }
  send(request, response, file);
});

const wanted = Number(flags.port);
let port = wanted;
server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE' || flags['strict-port'] || port >= wanted + 20) throw error;
  console.log(`Port ${port} is taken; trying ${port + 1}.`);
  server.listen(++port, flags.host);
});
server.on('listening', () =>
  console.log(`Lethe is at http://${flags.host}:${port}/ (Ctrl+C ends it)`),
);
server.listen(port, flags.host);
