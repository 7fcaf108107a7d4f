/** @file Opens a model's files where they are: at a URL, at hand in a browser, or in a folder in Node. */
import type * as Fs from 'node:fs/promises';
import { isNode } from '../runtime/index.ts';

/** Files at hand: in a browser's storage, or chosen by a person. */
export interface FileSource {
  /** What the model is called where it does not name itself. */
  name: string;
  /** The file at a path of the Hub's layout; undefined where there is none. Its bytes are read once, when they are needed. */
  open(path: string): Promise<Blob | undefined>;
  /** Names of the files that lie in a folder; absent where they cannot be listed. */
  list?(folder: string): Promise<readonly string[]>;
}

/** A file whose bytes come in order. */
export interface Opened {
  /** Bytes in all; undefined where the server does not tell. */
  size: number | undefined;
  chunks: () => AsyncIterable<Uint8Array>;
}

/** Opens a file by its path in the Hub's layout; undefined for one that may be missing and is. */
export type Open = (name: string, optional?: boolean) => Promise<Opened | undefined>;

/** What opens the files at a base URL (with a slash at its end), at hand or, in Node, in a folder. */
export function openerOf(base: string | FileSource, signal: AbortSignal | undefined): Open {
  if (typeof base !== 'string') return fromSource(base, signal);
  return isNode && !/^https?:/.test(base) ? fromFolder(base) : fromUrl(base, signal);
}

/** What lists the names of the files in a folder, none where there is no such folder; undefined where files cannot be listed, as at a URL. */
export function listerOf(
  base: string | FileSource,
): ((folder: string) => Promise<readonly string[]>) | undefined {
  if (typeof base !== 'string') return base.list && ((folder) => base.list?.(folder) ?? noFiles);
  if (!isNode || /^https?:/.test(base)) return undefined;
  return async (folder) => {
    const { readdir } = await fileSystem();
    return readdir(`${base.replace(/\/$/, '')}/${folder}`).catch(() => []);
  };
}

const noFiles = Promise.resolve<readonly string[]>([]);

/** Node's own module, spelt so that a bundler for the browser does not follow it. */
async function fileSystem(): Promise<typeof Fs> {
  const fs = 'node:fs/promises';
  return (await import(/* @vite-ignore */ fs)) as typeof Fs;
}

/** Bytes that are read from the disk at a time. */
const diskRead = 2 ** 26;

function fromFolder(folder: string): Open {
  return async (name, optional = false) => {
    const { open } = await fileSystem();
    let handle: Fs.FileHandle;
    try {
      handle = await open(`${folder.replace(/\/$/, '')}/${name}`);
    } catch (cause) {
      if (optional) return undefined;
      throw new Error(`The folder ${folder} has no ${name}.`, { cause });
    }
    const { size } = await handle.stat();
    return {
      size,
      chunks: async function* () {
        try {
          const buffer = new Uint8Array(Math.min(size, diskRead));
          for (let at = 0; at < size;) {
            const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
            if (bytesRead === 0) return;
            yield buffer.subarray(0, bytesRead);
            at += bytesRead;
          }
        } finally {
          await handle.close();
        }
      },
    };
  };
}

/** Files at hand, read piece by piece from where they lie. */
function fromSource(source: FileSource, signal: AbortSignal | undefined): Open {
  return async (name, optional = false) => {
    const blob = await source.open(name);
    if (blob) return { size: blob.size, chunks: () => chunksOf(blob.stream(), signal) };
    if (optional) return undefined;
    throw new Error(`${source.name} needs the file ${name}, which is not among its files.`);
  };
}

function fromUrl(base: string, signal: AbortSignal | undefined): Open {
  return async (name, optional = false) => {
    const url = new URL(name, base);
    let response: Response;
    try {
      response = await fetch(url, signal ? { signal } : {});
    } catch (cause) {
      signal?.throwIfAborted();
      throw new Error(`${name} could not be loaded: is there a network? (${url.href})`, { cause });
    }
    const { body, headers, status } = response;
    // A server that answers every path with its start page has no such file either.
    const isPage = headers.get('content-type')?.includes('text/html') === true;
    if (!response.ok || isPage) {
      if (optional && (isPage || status === 404 || status === 410)) return undefined;
      throw new Error(whyNot(response, name, url.href, isPage));
    }
    const length = headers.has('content-encoding') ? 0 : Number(headers.get('content-length') ?? 0);
    return {
      size: length > 0 ? length : undefined,
      chunks: () => chunksOf(body ?? new Blob([]).stream(), signal),
    };
  };
}

/** Why an answer is not the file, and what to do. */
function whyNot(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  name: string,
  address: string,
  isPage: boolean,
): string {
  const where = `${name} is not at ${address}`;
  if (status < 400 && isPage)
    return `${where}: a web page came in its place. If this network wants you to sign in, do so and try again.`;
  if (status === 401 || status === 403)
    return `${name} is only given to those who may have it (${address}, status ${status}).`;
  if (status === 429) {
    const wait = headers.get('retry-after');
    const until = wait !== null && /^\d+$/.test(wait) ? `in ${wait} seconds` : 'in a few minutes';
    return `The server of ${name} gets too many requests: try again ${until}.`;
  }
  if (status >= 500)
    return `The server of ${name} is in trouble (status ${status}): try again later.`;
  return `${where} (status ${status}).`;
}

async function* chunksOf(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // A file that is not read to its end is let go; one that was is closed already.
    await reader.cancel().catch(() => undefined);
  }
}
