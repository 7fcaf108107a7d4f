/** @file A model's files in the Hub's layout: from a URL with progress, or from a folder in Node. */
import type * as Fs from 'node:fs/promises';
import { isNode } from '../runtime/index.ts';
import type { LoadProgress } from './types.ts';

export interface ModelFiles {
  config: Record<string, unknown>;
  tokenizer: object;
  tokenizerConfig: Record<string, unknown>;
  generationConfig: Record<string, unknown>;
  model: Uint8Array<ArrayBuffer>;
  /** External weight files by the name the model gives them. */
  external: Map<string, Uint8Array<ArrayBuffer>>;
  /** SHA-256 over the model, its weights and the tokenizer, hexadecimal. */
  digest: string;
}

type Report = (progress: LoadProgress) => void;

/** External files that exporters write beside `model.onnx`. */
const externalNames = ['model.onnx_data', 'model.onnx.data'];

/**
 * Loads a model from a base URL (with a slash at its end) or, in Node, a folder. Throws with the file's name when one cannot be had
 * or is cut off.
 */
export async function loadFiles(
  base: string,
  report: Report,
  signal?: AbortSignal,
): Promise<ModelFiles> {
  const read = isNode && !/^https?:/.test(base) ? readFromFolder(base) : readFromUrl(base, signal);
  const [config, tokenizer, tokenizerConfig] = await Promise.all(
    ['config.json', 'tokenizer.json', 'tokenizer_config.json'].map((name) => read(name)),
  );
  const generation = await read('generation_config.json', { optional: true });
  const model = await need(read, 'onnx/model.onnx', report);
  const external = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const name of externalNames) {
    if (!mentions(model, name)) continue;
    external.set(name, await need(read, `onnx/${name}`, report));
  }
  return {
    config: parse(config, 'config.json'),
    tokenizer: parse(tokenizer, 'tokenizer.json'),
    tokenizerConfig: parse(tokenizerConfig, 'tokenizer_config.json'),
    generationConfig: generation ? parse(generation, 'generation_config.json') : {},
    model,
    external,
    digest: await digestOf([model, ...external.values(), tokenizer ?? new Uint8Array()]),
  };
}

type Read = (
  name: string,
  options?: { optional?: boolean; report?: Report },
) => Promise<Uint8Array<ArrayBuffer> | undefined>;

async function need(read: Read, name: string, report: Report): Promise<Uint8Array<ArrayBuffer>> {
  return (await read(name, { report })) as Uint8Array<ArrayBuffer>;
}

/** Whether the model's file names an external file; looked for at its end and start, where small strings lie. */
function mentions(model: Uint8Array, name: string): boolean {
  if (model.length > 64e6) return false;
  return new TextDecoder('latin1').decode(model).includes(name);
}

function parse(bytes: Uint8Array | undefined, name: string): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`${name} of the model is not JSON.`, { cause });
  }
}

async function digestOf(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<string> {
  const digests = await Promise.all(parts.map((part) => crypto.subtle.digest('SHA-256', part)));
  const joined = new Uint8Array(digests.flatMap((digest) => [...new Uint8Array(digest)]));
  const whole = new Uint8Array(await crypto.subtle.digest('SHA-256', joined));
  return [...whole].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readFromFolder(folder: string): Read {
  return async (name, { optional = false } = {}) => {
    // Spelt so that a bundler for the browser does not follow it.
    const fs = 'node:fs/promises';
    const { readFile } = (await import(/* @vite-ignore */ fs)) as typeof Fs;
    try {
      const bytes = await readFile(`${folder.replace(/\/$/, '')}/${name}`);
      return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
    } catch (cause) {
      if (optional) return undefined;
      throw new Error(`The folder ${folder} has no ${name}.`, { cause });
    }
  };
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
  const bytes = new Uint8Array(total);
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
