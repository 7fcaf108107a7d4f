/** @file A model's files in the Hub's layout: from a URL with progress, from files at hand, or from a folder in Node. */
import type * as Fs from 'node:fs/promises';
import { externalLocations } from '../onnx/index.ts';
import { isNode } from '../runtime/index.ts';
import { specialTokens } from './text.ts';
import type { LoadProgress } from './types.ts';

export interface ModelFiles {
  config: Record<string, unknown>;
  tokenizer: object;
  tokenizerConfig: Record<string, unknown>;
  generationConfig: Record<string, unknown>;
  /** `chat_template.jinja`, where the repository keeps its chat template in a file of its own. */
  chatTemplate?: string;
  model: Uint8Array<ArrayBuffer>;
  /** External weight files by the name the model gives them. */
  external: Map<string, Uint8Array<ArrayBuffer>>;
  /** SHA-256 over the model, its weights and the tokenizer, hexadecimal. */
  digest: string;
}

/** Files at hand: in a browser's storage, or chosen by a person. */
export interface FileSource {
  /** What the model is called where it does not name itself. */
  name: string;
  /** The file at a path of the Hub's layout; undefined where there is none. Its bytes are read once, when they are needed. */
  open(path: string): Promise<Blob | undefined>;
}

type Report = (progress: LoadProgress) => void;

/** The model's file in the Hub's layout, unless another variant is asked for. */
export const defaultFile = 'onnx/model.onnx';

/**
 * Loads a model from a base URL (with a slash at its end), from files at hand or, in Node, from a folder. Throws with the file's name
 * when one cannot be had or is cut off.
 */
export async function loadFiles(
  base: string | FileSource,
  report: Report,
  signal?: AbortSignal,
  file = defaultFile,
): Promise<ModelFiles> {
  const read = readerOf(base, signal);
  const [config, tokenizer, tokenizerConfig] = await Promise.all(
    ['config.json', 'tokenizer.json', 'tokenizer_config.json'].map((name) => read(name)),
  );
  const generation = await read('generation_config.json', { optional: true });
  const parsed = {
    tokenizer: parse(tokenizer, 'tokenizer.json'),
    tokenizerConfig: parse(tokenizerConfig, 'tokenizer_config.json'),
  };
  const template = mayHaveTemplate(parsed)
    ? await read('chat_template.jinja', { optional: true })
    : undefined;
  const model = await need(read, file, report);
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  const external = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const name of externalLocations(model))
    external.set(name, await need(read, folder + name, report));
  return {
    config: parse(config, 'config.json'),
    ...parsed,
    generationConfig: generation ? parse(generation, 'generation_config.json') : {},
    ...(template && { chatTemplate: new TextDecoder().decode(template) }),
    model,
    external,
    digest: await digestOf([model, ...external.values(), tokenizer ?? new Uint8Array()]),
  };
}

/**
 * Whether a chat template in a file of its own is worth asking for: the tokenizer's configuration has none, and there are special tokens
 * beyond the usual ones, with which a template could mark whose turn it is.
 */
function mayHaveTemplate({
  tokenizer,
  tokenizerConfig,
}: Pick<ModelFiles, 'tokenizer' | 'tokenizerConfig'>): boolean {
  const usual = Object.keys(tokenizerConfig).filter((key) => key.endsWith('_token')).length;
  return tokenizerConfig['chat_template'] == null && specialTokens({ tokenizer }).length > usual;
}

type Read = (
  name: string,
  options?: { optional?: boolean; report?: Report },
) => Promise<Uint8Array<ArrayBuffer> | undefined>;

function readerOf(base: string | FileSource, signal: AbortSignal | undefined): Read {
  if (typeof base !== 'string') return readFromSource(base, signal);
  return isNode && !/^https?:/.test(base) ? readFromFolder(base) : readFromUrl(base, signal);
}

async function need(read: Read, name: string, report: Report): Promise<Uint8Array<ArrayBuffer>> {
  return (await read(name, { report })) as Uint8Array<ArrayBuffer>;
}

function parse(bytes: Uint8Array | undefined, name: string): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`${name} of the model is not JSON.`, { cause });
  }
}

/** The browser copies what it digests: larger files are digested piece by piece, so that they are not held twice. */
const largestDigest = 2 ** 28;

async function digestOf(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<string> {
  const digests: ArrayBuffer[] = [];
  for (const part of parts)
    for (let start = 0; start === 0 || start < part.length; start += largestDigest)
      digests.push(
        await crypto.subtle.digest('SHA-256', part.subarray(start, start + largestDigest)),
      );
  const joined = new Uint8Array(digests.flatMap((digest) => [...new Uint8Array(digest)]));
  const whole = new Uint8Array(await crypto.subtle.digest('SHA-256', joined));
  return [...whole].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const longestRead = 2 ** 30;

function readFromFolder(folder: string): Read {
  return async (name, { optional = false } = {}) => {
    // Spelt so that a bundler for the browser does not follow it.
    const fs = 'node:fs/promises';
    const { open } = (await import(/* @vite-ignore */ fs)) as typeof Fs;
    let handle: Fs.FileHandle;
    try {
      handle = await open(`${folder.replace(/\/$/, '')}/${name}`);
    } catch (cause) {
      if (optional) return undefined;
      throw new Error(`The folder ${folder} has no ${name}.`, { cause });
    }
    try {
      // `readFile` stops at 2 GB.
      const bytes = new Uint8Array((await handle.stat()).size);
      for (let at = 0; at < bytes.length;) {
        const length = Math.min(longestRead, bytes.length - at);
        const { bytesRead } = await handle.read(bytes, at, length, at);
        if (bytesRead === 0) throw new Error(`${name} is cut off at byte ${at}.`);
        at += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  };
}

/** Reads a file at hand piece by piece into the one array that holds it. */
function readFromSource(source: FileSource, signal: AbortSignal | undefined): Read {
  return async (name, { optional = false, report } = {}) => {
    const blob = await source.open(name);
    if (!blob) {
      if (optional) return undefined;
      throw new Error(`${source.name} needs the file ${name}, which is not among its files.`);
    }
    const bytes = allocate(blob.size, name);
    let loaded = 0;
    const reader = blob.stream().getReader();
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) break;
      bytes.set(value, loaded);
      loaded += value.length;
      report?.({ stage: 'download', fraction: loaded / blob.size, loaded, total: blob.size });
    }
    if (loaded !== blob.size)
      throw new Error(`${name} is cut off: ${loaded} of ${blob.size} bytes could be read.`);
    return bytes;
  };
}

function allocate(size: number, name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new Error(
      `${name} has ${(size / 1e9).toFixed(1)} GB, more than this browser can hold in one piece. Choose a smaller variant.`,
      { cause },
    );
  }
}

function readFromUrl(base: string, signal: AbortSignal | undefined): Read {
  return async (name, { optional = false, report } = {}) => {
    const url = new URL(name, base);
    let response: Response;
    try {
      response = await fetch(url, signal ? { signal } : {});
    } catch (cause) {
      signal?.throwIfAborted();
      throw new Error(`${name} could not be loaded: is there a network? (${url.href})`, { cause });
    }
    // A server that answers every path with its start page has no such file either.
    const isPage = response.headers.get('content-type')?.includes('text/html') === true;
    if (!response.ok || isPage) {
      if (optional) return undefined;
      throw new Error(`${name} is not at ${url.href} (status ${response.status}).`);
    }
    return readBody(response, name, report);
  };
}

async function readBody(
  response: Response,
  name: string,
  report: Report | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoded = response.headers.has('content-encoding');
  const total = encoded ? 0 : Number(response.headers.get('content-length') ?? 0);
  if (!response.body || !report || total === 0) return new Uint8Array(await response.arrayBuffer());
  const bytes = allocate(total, name);
  let loaded = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (loaded + value.length > total) throw new Error(`${name} is longer than the server said.`);
    bytes.set(value, loaded);
    loaded += value.length;
    report({ stage: 'download', fraction: loaded / total, loaded, total });
  }
  if (loaded !== total)
    throw new Error(`${name} is cut off: ${loaded} of ${total} bytes came. Try again.`);
  return bytes;
}
