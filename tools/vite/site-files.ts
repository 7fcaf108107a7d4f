/** @file A Vite plugin: serves folders from outside `public` as they are, in development, preview and the built site. */
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Connect, Plugin } from 'vite';
import { filesOf } from '../site-server.ts';

/** Files of `from` that appear under `to` on the site; only those named, or all. */
export interface SiteFolder {
  from: string;
  to: string;
  files?: readonly string[];
  /** Only while developing and testing, not in the built site. */
  developmentOnly?: boolean;
}

function serve(folders: readonly SiteFolder[]): Connect.NextHandleFunction {
  const mounts = folders.map((folder) => ({ ...folder, send: filesOf(folder.from) }));
  return (request, response, next) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const mount = mounts.find(({ to }) => path.startsWith(`/${to}/`));
    if (!mount) return next();
    const name = path.slice(mount.to.length + 2);
    if (mount.files && !mount.files.includes(name)) {
      response.writeHead(404).end('not found');
      return;
    }
    request.url = `/${name}`;
    mount.send(request, response);
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
