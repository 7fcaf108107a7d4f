/** @file A Vite plugin: serves folders from outside `public` as they are, in development, preview and the built site. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, extname, join, normalize, resolve } from 'node:path';
import type { Connect, Plugin } from 'vite';

/** Files of `from` that appear under `to` on the site; only those named, or all. */
export interface SiteFolder {
  from: string;
  to: string;
  files?: readonly string[];
  /** Only while developing and testing, not in the built site. */
  developmentOnly?: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.onnx': 'application/octet-stream',
  '.md': 'text/markdown',
};

function serve(folders: readonly SiteFolder[]): Connect.NextHandleFunction {
  return (request, response, next) => {
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '').replace(/^\//, '');
    const folder = folders.find(({ to }) => path.startsWith(`${to}/`));
    if (!folder) return next();
    const name = normalize(path.slice(folder.to.length + 1));
    const file = join(folder.from, name);
    const isKnown = !folder.files || folder.files.includes(name);
    if (name.startsWith('..') || !isKnown || !existsSync(file) || !statSync(file).isFile()) {
      response.statusCode = 404;
      response.end('not found');
      return;
    }
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    response.setHeader('Content-Length', statSync(file).size);
    createReadStream(file).pipe(response);
  };
}

export function siteFiles(folders: readonly SiteFolder[]): Plugin {
  let outDir = 'dist';
  return {
    name: 'lethe-site-files',
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    configureServer({ middlewares }) {
      middlewares.use(serve(folders));
    },
    async writeBundle() {
      for (const { from, to, files, developmentOnly } of folders) {
        if (developmentOnly) continue;
        for (const name of files ?? ['.']) {
          const target = join(outDir, to, name);
          await mkdir(dirname(target), { recursive: true });
          await cp(join(from, name), target, { recursive: true });
        }
      }
    },
  };
}
