/** @file What the built site weighs: what a browser loads before the page is usable, and what comes after. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Compressed bytes of JavaScript and CSS that may be needed before the page is usable. */
export const budget = 200_000;

/** Bytes as they are, and as a server sends them. */
export interface Weight {
  bytes: number;
  gzip: number;
  brotli: number;
}

export interface SiteWeight {
  /** Needed before the page is drawn and its controls work: `index.html`, its scripts and styles, English, and the worker's entry. */
  before: Record<string, Weight>;
  /** Streamed after that, while the page is in use, or when a screen is opened. */
  after: Record<string, Weight>;
  /** What the page says, by language: a visitor fetches one of these. */
  languages: Record<string, Weight>;
}

/** Weighs a built site, by file. */
export function weigh(dist: string): SiteWeight {
  const assets = readdirSync(join(dist, 'assets')).filter((name) => /\.(js|css)$/.test(name));
  const before = new Set<string>();
  const add = (name: string): void => {
    if (before.has(name)) return;
    if (!assets.includes(name)) throw new Error(`${dist}/assets has no ${name}.`);
    before.add(name);
    if (!name.endsWith('.js')) return;
    const code = readFileSync(join(dist, 'assets', name), 'utf8');
    for (const [, imported = ''] of code.matchAll(staticImport)) add(imported);
    for (const [, worker = ''] of code.matchAll(ownWorker)) add(worker);
  };
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  for (const [, address = ''] of html.matchAll(/(?:src|href)="\.\/assets\/([^"]+\.(?:js|css))"/g))
    add(address);
  const spoken = assets.filter((name) => isLanguage.test(name));
  const english = spoken.find((name) => name.startsWith('messages-en-'));
  if (english === undefined) throw new Error(`${dist}/assets has no English catalogue.`);
  add(english);
  const weights = (files: readonly string[]): Record<string, Weight> => {
    const found: Record<string, Weight> = {};
    for (const file of files) {
      // Without the digest of its contents, so that two measurements can be compared; files that are then called the same count together.
      const name = file.replace(/-[\w-]{8}(\.\w+)$/, '$1');
      const weight = weightOf(readFileSync(join(dist, file)));
      found[name] = found[name] ? total({ first: found[name], second: weight }) : weight;
    }
    return found;
  };
  const streamed = [
    ...assets.filter((name) => !before.has(name)).map((name) => `assets/${name}`),
    ...readdirSync(join(dist, 'assets'))
      .filter((name) => name.endsWith('.woff2'))
      .map((name) => `assets/${name}`),
    ...filesUnder(join(dist, 'ort')).map((path) => relative(dist, path)),
    ...filesUnder(join(dist, 'models')).map((path) => relative(dist, path)),
  ];
  return {
    before: weights(['index.html', ...[...before].map((name) => `assets/${basename(name)}`)]),
    after: weights(streamed),
    languages: weights(spoken.map((name) => `assets/${name}`)),
  };
}

/** What the laboratory says in one language (`tools/vite/messages.ts`; named in `vite.config.ts`). */
const isLanguage = /^messages-\w\w-[\w-]{8}\.js$/;

/** In minified code: `import{a as b}from"./c.js"`, `import"./c.js"`, `export*from"./c.js"`; not `import("./c.js")`. */
const staticImport = /(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g;
/** How the build writes the worker's address (see `tools/vite/worker-chunk.ts`). */
const ownWorker = /new Worker\(new URL\(["'`]([\w.-]+\.js)["'`]/g;

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function weightOf(content: Buffer): Weight {
  // The highest quality takes minutes for the runtime's 60 MB, and servers do not use it for such.
  const quality = content.length > 1e6 ? 5 : 11;
  return {
    bytes: content.length,
    gzip: gzipSync(content, { level: 9 }).length,
    brotli: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } })
      .length,
  };
}

/** All files together. */
export function total(weights: Readonly<Record<string, Weight>>): Weight {
  const sum = (key: keyof Weight): number =>
    Object.values(weights).reduce((all, weight) => all + weight[key], 0);
  return { bytes: sum('bytes'), gzip: sum('gzip'), brotli: sum('brotli') };
}
