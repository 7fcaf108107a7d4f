/**
 * @file Serves the built site.
 *
 * `tsx tools/serve.ts [--port 5173] [--host 127.0.0.1] [--strict-port] [--also prefix=folder]…`
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { siteServer } from './site-server.ts';

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
const also = Object.fromEntries(
  flags.also.map((text) => {
    const [prefix = '', folder = ''] = text.split('=');
    return [prefix, resolve(folder)];
  }),
);

const server = siteServer(root, also);
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
