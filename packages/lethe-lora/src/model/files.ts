/** @file A model's files in the Hub's layout: from a URL with progress, from files at hand, or from a folder in Node. */
import {
  externalWeights,
  type ExternalFiles,
  type PiecedFile,
  type WeightRange,
} from '../onnx/index.ts';
import { listerOf, openerOf, type FileSource, type Open, type Opened } from './open.ts';
import { digestBlock, longestPiece, planPieces, readPieces } from './pieces.ts';
import { throttleProgress } from './throttle-progress.ts';
import { refuseStandIn } from './stand-in.ts';
import { specialTokens } from './tokenizer-file.ts';
import type { LoadProgress } from './types.ts';

export interface ModelFiles {
  config: Record<string, unknown>;
  tokenizer: object;
  tokenizerConfig: Record<string, unknown>;
  generationConfig: Record<string, unknown>;
  /** Chat templates that lie in files of their own, by path: `chat_template.jinja`, `chat_template.json`, `additional_chat_templates/…`. */
  templates: Readonly<Record<string, string>>;
  model: Uint8Array<ArrayBuffer>;
  /** External weight files by the name the model gives them. */
  external: ExternalFiles;
  /** SHA-256 over the model, its weights and the tokenizer, hexadecimal. */
  digest: string;
}

export type { FileSource } from './open.ts';

type Report = (progress: LoadProgress) => void;

/** The model's file in the Hub's layout, unless another variant is asked for. */
export const defaultFile = 'onnx/model.onnx';

/**
 * Loads a model from a base URL (with a slash at its end), from files at hand or, in Node, from a folder. A file of weights of more than
 * `longest` bytes is held in several arrays. Throws with the file's name when one cannot be had or is cut off.
 */
export async function loadFiles(
  base: string | FileSource,
  report: Report,
  signal?: AbortSignal,
  file = defaultFile,
  longest = longestPiece,
): Promise<ModelFiles> {
  const open = openerOf(base, signal);
  const read = (name: string, optional = false): Promise<Uint8Array<ArrayBuffer> | undefined> =>
    readWhole(open, name, { optional });
  const [config, tokenizer, tokenizerConfig] = await Promise.all(
    ['config.json', 'tokenizer.json', 'tokenizer_config.json'].map((name) => read(name)),
  );
  const generation = await read('generation_config.json', true);
  const parsed = {
    tokenizer: parse(tokenizer, 'tokenizer.json'),
    tokenizerConfig: parse(tokenizerConfig, 'tokenizer_config.json'),
  };
  const templates = await readTemplates(base, open, parsed);
  const model = (await readWhole(open, file, { report })) as Uint8Array<ArrayBuffer>;
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  const external = new Map<string, Uint8Array<ArrayBuffer> | PiecedFile>();
  const digests = await digestsOf(model);
  for (const [name, weights] of externalWeights(model)) {
    const read = await readWeights(open, folder + name, { weights, longest, report });
    external.set(name, read.file);
    digests.push(...read.digests);
  }
  return {
    config: parse(config, 'config.json'),
    ...parsed,
    generationConfig: generation ? parse(generation, 'generation_config.json') : {},
    templates,
    model,
    external,
    digest: await digestOf([...digests, ...(await digestsOf(vocabularyBytes(parsed.tokenizer)))]),
  };
}

/** Where a repository may keep its chat template apart from `tokenizer_config.json`. */
const templateFiles = ['chat_template.jinja', 'chat_template.json'];
const templateFolder = 'additional_chat_templates';

/** All chat templates in files of their own. At a URL, where files cannot be listed, only the usual one is asked for, if it is likely. */
async function readTemplates(
  base: string | FileSource,
  open: Open,
  parsed: Pick<ModelFiles, 'tokenizer' | 'tokenizerConfig'>,
): Promise<Record<string, string>> {
  const list = listerOf(base);
  const isUrl = typeof base === 'string' && !list;
  if (isUrl && !mayHaveTemplate(parsed)) return {};
  const more = ((await list?.(templateFolder)) ?? []).filter((name) => name.endsWith('.jinja'));
  const paths = [
    ...(isUrl ? templateFiles.slice(0, 1) : templateFiles),
    ...more.sort().map((name) => `${templateFolder}/${name}`),
  ];
  const templates: [path: string, text: string][] = [];
  for (const path of paths) {
    const bytes = await readWhole(open, path, { optional: true });
    if (bytes) templates.push([path, new TextDecoder().decode(bytes)]);
  }
  return Object.fromEntries(templates);
}

/**
 * Whether a file with a chat template is worth a request that may fail, which a browser reports as an error: `tokenizer_config.json` says
 * nothing of one (null says that there is none), and there are special tokens beyond those it names, to mark whose turn it is.
 */
function mayHaveTemplate({
  tokenizer,
  tokenizerConfig,
}: Pick<ModelFiles, 'tokenizer' | 'tokenizerConfig'>): boolean {
  const named = Object.keys(tokenizerConfig).filter((key) => key.endsWith('_token')).length;
  return !('chat_template' in tokenizerConfig) && specialTokens({ tokenizer }).length > named;
}

/**
 * What the digest covers of a tokenizer: all but what it writes around a text, for an adapter means the same whatever a prompt begins
 * with.
 */
function vocabularyBytes(tokenizer: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ ...tokenizer, post_processor: null }) + '\n');
}

function parse(bytes: Uint8Array | undefined, name: string): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`${name} of the model is not JSON.`, { cause });
  }
}

/** SHA-256 of a file's blocks. */
async function digestsOf(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer[]> {
  const digests: ArrayBuffer[] = [];
  for (let start = 0; start === 0 || start < bytes.length; start += digestBlock)
    digests.push(await crypto.subtle.digest('SHA-256', bytes.subarray(start, start + digestBlock)));
  return digests;
}

async function digestOf(digests: readonly ArrayBuffer[]): Promise<string> {
  const joined = new Uint8Array(digests.flatMap((digest) => [...new Uint8Array(digest)]));
  const whole = new Uint8Array(await crypto.subtle.digest('SHA-256', joined));
  return [...whole].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A file in the one array that holds it. */
async function readWhole(
  open: Open,
  name: string,
  { optional = false, report }: { optional?: boolean; report?: Report },
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const opened = await open(name, optional);
  if (!opened) return undefined;
  const { size } = opened;
  if (size === undefined)
    return new Uint8Array(await new Blob(await all(opened, name)).arrayBuffer());
  const bytes = allocate(size, name);
  let loaded = 0;
  for await (const chunk of counted(opened, size, name, report)) {
    bytes.set(chunk, loaded);
    loaded += chunk.length;
  }
  return bytes;
}

interface Weights {
  weights: readonly WeightRange[];
  longest: number;
  report: Report;
}

/** A file of weights, with the digests of its blocks: a long one in pieces. */
async function readWeights(
  open: Open,
  name: string,
  { weights, longest, report }: Weights,
): Promise<{ file: Uint8Array<ArrayBuffer> | PiecedFile; digests: ArrayBuffer[] }> {
  const opened = (await open(name)) as Opened;
  const { size } = opened;
  if (size === undefined || size <= longest) {
    const again: Open = () => Promise.resolve(opened);
    const file = (await readWhole(again, name, { report })) as Uint8Array<ArrayBuffer>;
    return { file, digests: await digestsOf(file) };
  }
  const chunks = counted(opened, size, name, report);
  const plan = planPieces(weights, longest);
  return readPieces(chunks, size, plan, (bytes) => allocate(bytes, name));
}

async function all({ chunks }: Opened, name: string): Promise<Uint8Array<ArrayBuffer>[]> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of chunks()) {
    if (parts.length === 0) refuseStandIn(chunk, name);
    parts.push(chunk as Uint8Array<ArrayBuffer>);
  }
  return parts;
}

/** The chunks of a file of known length, with progress. Throws where it is longer or shorter. */
async function* counted(
  { chunks }: Opened,
  size: number,
  name: string,
  report: Report | undefined,
): AsyncIterable<Uint8Array> {
  let loaded = 0;
  const tell = throttleProgress((here, total) =>
    report?.({ stage: 'download', fraction: here / total, loaded: here, total }),
  );
  for await (const chunk of chunks()) {
    if (loaded === 0) refuseStandIn(chunk, name);
    loaded += chunk.length;
    if (loaded > size) throw new Error(`${name} is longer than the server said.`);
    yield chunk;
    tell(loaded, size);
  }
  if (loaded !== size)
    throw new Error(`${name} is cut off: ${loaded} of ${size} bytes came. Try again.`);
}

function allocate(size: number, name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new Error(
      `${name} needs ${(size / 1e9).toFixed(1)} GB in one piece, more than this browser can hold. Choose a smaller variant.`,
      { cause },
    );
  }
}
