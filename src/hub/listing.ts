/** @file A model on the Hub before anything of it is downloaded: its variants with their bytes, its licence, its languages. */
import { apiUrl, fileUrl, type HubEnvironment } from './addresses.ts';
import { HubError, refuseAnswer, type Asked, type Failure } from './failure.ts';
import { hubEnvironment } from './host.ts';
import { probeFiles } from './probe.ts';
import {
  mayBeRead,
  needed,
  otherPart,
  variantsOf,
  type ListedFile,
  type VariantFiles,
} from './variants.ts';

export interface HubModel {
  id: string;
  /** Where its files are. */
  env: HubEnvironment;
  /** What the Hub calls it where it was renamed; the old name still leads there. */
  renamed?: string;
  /** As it was asked for: a branch, a tag or a commit. */
  revision: string;
  /** The commit that it named: what is downloaded is of this one. */
  commit: string;
  licence: string | null;
  /** Codes of the languages that its card names. */
  languages: string[];
  variants: VariantFiles[];
  /** Rows and columns of its largest matrix (the vocabulary's), where `config.json` tells them. */
  vocabulary: { words: number; width: number } | null;
}

export interface LookOptions {
  revision?: string;
  /** Another server that speaks the Hub's paths, with a slash at its end. */
  host?: string;
  signal?: AbortSignal;
}

/** `owner/name`, or a name alone, as the Hub allows them. */
const idPattern = /^(?:[\w-][\w.-]*\/)?[\w-][\w.-]{0,95}$/;

/** The id in what a person typed or pasted: surrounding space and the address of the model's page go. */
export function readModelId(typed: string): string {
  const bare = typed
    .trim()
    .replace(/^https?:\/\/[^/]+\//, '')
    .replace(/\/(?:tree|blob|resolve)\/.*$|[?#].*$|\/$/, '');
  if (!idPattern.test(bare) || /\.\.|--|\.git$/.test(bare))
    throw new HubError({ kind: 'id', id: typed.trim() });
  return bare;
}

/**
 * Asks the Hub for a model, in two requests: the listing of a revision with the sizes of its files, and its `config.json`. Another server
 * may have no listing: then its files are looked for one by one. No weight is fetched. Throws `HubError`.
 */
export async function lookUp(id: string, options: LookOptions = {}): Promise<HubModel> {
  const { revision = 'main', host, signal } = options;
  const name = readModelId(id);
  const env = await hubEnvironment(host);
  const asked = { id: name, revision };
  const listing = await listingOf(env, asked, host !== undefined, signal);
  if (listing['gated']) throw new HubError({ kind: 'gated', id: name });
  const commit = typeof listing['sha'] === 'string' ? listing['sha'] : revision;
  const listed = listedFiles(listing['siblings']);
  const files = await withSizes(listed, (path) => fileUrl(env, name, commit, path), signal);
  const variants = variantsOf(files);
  const part = otherPart(files);
  if (part !== undefined) throw new HubError({ kind: 'not-decoder', id: name, what: part });
  if (variants.length === 0) throw new HubError({ kind: 'no-onnx', id: name });
  const missing = needed.filter((each) => !files.some(({ path }) => path === each));
  if (missing.length > 0) throw new HubError({ kind: 'no-tokenizer', id: name, names: missing });
  const config = record(
    await json(
      fileUrl(env, name, commit, 'config.json'),
      { ...asked, path: 'config.json' },
      signal,
    ),
  );
  refuseOthers(name, config);
  const card = record(listing['cardData']);
  const called = listing['id'];
  return {
    id: name,
    ...(typeof called === 'string' && called !== name && { renamed: called }),
    env,
    revision,
    commit,
    licence: typeof card['license'] === 'string' ? card['license'] : null,
    languages: [card['language']].flat().filter((code) => typeof code === 'string'),
    variants,
    vocabulary: vocabularyOf(config),
  };
}

/** The Hub's listing; of a server without one a record of the files that are found there. Throws `HubError`. */
async function listingOf(
  env: HubEnvironment,
  asked: Asked,
  mayLack: boolean,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const { id, revision } = asked;
  try {
    return record(await json(apiUrl(env, id, revision), asked, signal));
  } catch (error) {
    const lacking = error instanceof HubError && lacksListing.has(error.failure.kind);
    if (!mayLack || !lacking) throw error;
    // Where the model's own configuration is not there either, the first error says what is wrong.
    const files = await probeFiles(env, id, revision).catch(() => []);
    if (!files.some(({ path }) => path === 'config.json')) throw error;
    return { siblings: files.map(({ path, size }) => ({ rfilename: path, size })) };
  }
}

/** What a server that knows nothing of the listing answers. */
const lacksListing: ReadonlySet<Failure['kind']> = new Set(['no-model', 'web-page', 'server']);

/** `config.json` says what a model is; where it does not, the graph will. */
function refuseOthers(id: string, config: Readonly<Record<string, unknown>>): void {
  const architectures = [config['architectures']].flat().filter((name) => typeof name === 'string');
  const isDecoder = architectures.some((name) => /(ForCausalLM|LMHeadModel)$/.test(name));
  if (config['is_encoder_decoder'] === true || (architectures.length > 0 && !isDecoder))
    throw new HubError({ kind: 'not-decoder', id, what: architectures.join(', ') });
}

function vocabularyOf(config: Readonly<Record<string, unknown>>): HubModel['vocabulary'] {
  const words = config['vocab_size'];
  const width = config['hidden_size'] ?? config['n_embd'] ?? config['d_model'];
  return typeof words === 'number' && typeof width === 'number' ? { words, width } : null;
}

/** A file as a listing has it: some servers tell no sizes. */
type Listed = Omit<ListedFile, 'size'> & { size: number | null };

function listedFiles(siblings: unknown): Listed[] {
  return (Array.isArray(siblings) ? siblings : []).map((sibling) => {
    const { rfilename, size, lfs } = record(sibling);
    const large = record(lfs);
    const bytes = typeof size === 'number' ? size : large['size'];
    const sum = large['sha256'] ?? large['oid'];
    return {
      path: String(rfilename),
      size: isSize(bytes) ? bytes : null,
      ...(typeof sum === 'string' && /^[\da-f]{64}$/.test(sum) && { sha256: sum }),
    };
  });
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * The same files with their sizes: one that the listing does not tell is asked for by a request for the file's first byte. A file that is
 * not read here needs none. Throws `HubError` where nobody tells it: of such a file nobody could say when it is whole.
 */
async function withSizes(
  files: readonly Listed[],
  urlOf: (path: string) => string,
  signal: AbortSignal | undefined,
): Promise<ListedFile[]> {
  return Promise.all(
    files.map(async ({ size, ...file }) => {
      if (size !== null) return { ...file, size };
      if (!mayBeRead(file.path)) return { ...file, size: 0 };
      const told = await sizeAt(urlOf(file.path), file.path, signal);
      if (told === null) throw new HubError({ kind: 'unsized', path: file.path });
      return { ...file, size: told };
    }),
  );
}

/** Bytes of the file at an address; null where the server does not tell. */
async function sizeAt(
  url: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { Range: 'bytes=0-0' },
      cache: 'no-store',
      ...(signal && { signal }),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HubError({ kind: 'network', path }, { cause });
  }
  void response.body?.cancel().catch(() => undefined);
  const { headers, status } = response;
  if (!response.ok || /^text\/html/i.test(headers.get('content-type') ?? '')) return null;
  const [, total] =
    status === 206 ? (/\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? []) : [];
  const length =
    status === 200 && !headers.has('content-encoding') && headers.get('content-length');
  const size = Number(total ?? (length || NaN));
  return isSize(size) ? size : null;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

async function json(url: string, model: Asked, signal: AbortSignal | undefined): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, signal ? { signal } : {});
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HubError({ kind: 'network' }, { cause });
  }
  refuseAnswer(response, model);
  try {
    return await response.json();
  } catch (cause) {
    throw new HubError({ kind: 'network' }, { cause });
  }
}
