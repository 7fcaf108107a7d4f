/** @file What can go wrong on the way to a model's files, as plain records that the page puts into words. */

export type Failure =
  /** Not a model's id: `owner/name`. */
  | { kind: 'id'; id: string }
  /** No answer from the Hub; `path` where a file was being fetched. */
  | { kind: 'network'; path?: string }
  /** No such model or revision, or one that only its owner sees: the Hub does not tell these apart. */
  | { kind: 'no-model'; id: string; revision: string }
  /** Its licence must be accepted by somebody who has signed in, which a page without a server cannot do. */
  | { kind: 'gated'; id: string }
  | { kind: 'quota'; needed: number; available: number }
  /** No ONNX file in the Hub's layout. */
  | { kind: 'no-onnx'; id: string }
  /** It lacks files without which no text can be read, in the form that Transformers.js reads. */
  | { kind: 'no-tokenizer'; id: string; names: string[] }
  /** Not a decoder; `what` is what its files say that it is. */
  | { kind: 'not-decoder'; id: string; what: string }
  /** The server sends another length than the Hub's listing says, in bytes. */
  | { kind: 'length'; path: string; expected: number; got: number }
  /** A file came whole and is not the one that the Hub describes (its SHA-256 differs): it was thrown away. */
  | { kind: 'checksum'; path: string }
  /** A web page came where a file was asked for: a network that wants somebody to sign in first answers so. */
  | { kind: 'web-page'; path: string }
  /** Neither the listing nor the server tells how long a file is, so that nobody could say when it is whole. */
  | { kind: 'unsized'; path: string }
  /** Too many requests from this network; `seconds` until the next may be made, where the Hub says so. */
  | { kind: 'crowded'; seconds: number | null }
  /** A file that the Hub listed is not there. */
  | { kind: 'no-file'; path: string }
  | { kind: 'server'; status: number; path: string }
  /** Files that a folder lacks. */
  | { kind: 'missing'; names: string[] }
  /** Another tab is writing the same file. */
  | { kind: 'busy'; path: string }
  /** The worker that downloads could not be started, or broke down. */
  | { kind: 'not-started' }
  /** The browser keeps no files for this page. */
  | { kind: 'storage'; detail: string }
  | { kind: 'cancelled' };

/** Carries a failure where an exception is needed. */
export class HubError extends Error {
  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(`The model's files could not be had: ${JSON.stringify(failure)}`, options);
    this.name = 'HubError';
  }
}

/** The failure behind an error; whatever is not known is put down to the browser's storage, with its own words. */
export function failureOf(error: unknown): Failure {
  if (error instanceof HubError) return error.failure;
  const { name, message } = error as Error;
  if (name === 'AbortError') return { kind: 'cancelled' };
  return { kind: 'storage', detail: message };
}

/** What was asked for: `path` is that of a file which the Hub listed; undefined for the listing itself. */
export interface Asked {
  id: string;
  revision: string;
  path?: string;
}

/**
 * Throws what an answer means that is not the one that was asked for. The Hub answers 401 for a model that does not exist, as for one
 * that only its owner sees; `X-Error-Code` tells a gated one apart.
 */
export function refuseAnswer(response: Response, { id, revision, path }: Asked): void {
  const { ok, status, headers } = response;
  const name = path ?? new URL(response.url).pathname;
  if (ok && isWebPage(response)) throw new HubError({ kind: 'web-page', path: name });
  if (ok) return;
  const code = headers.get('x-error-code');
  if (status === 429) throw new HubError({ kind: 'crowded', seconds: secondsToWait(response) });
  if (status === 403 || code === 'GatedRepo') throw new HubError({ kind: 'gated', id });
  // Of a model that was listed a moment ago, a file can be withheld or gone.
  if (status === 401 && path !== undefined) throw new HubError({ kind: 'gated', id });
  const isGone = status === 404 || status === 410;
  if (isGone && path !== undefined) throw new HubError({ kind: 'no-file', path });
  if (status === 401 || isGone) throw new HubError({ kind: 'no-model', id, revision });
  throw new HubError({ kind: 'server', status, path: name });
}

/** No file of a model is a web page. */
function isWebPage({ headers }: Response): boolean {
  return /^\s*(text\/html|application\/xhtml)/i.test(headers.get('content-type') ?? '');
}

/**
 * Seconds until the next request may be made: of `Retry-After` (seconds or a date; RFC 9110), or of the Hub's own `RateLimit`
 * (`"resolvers";r=0;t=55`). Null where the server tells none, or not to a page of another origin.
 */
export function secondsToWait({ headers }: Pick<Response, 'headers'>): number | null {
  const told = headers.get('retry-after');
  if (told !== null) {
    const seconds = /^\d+$/.test(told.trim())
      ? Number(told)
      : (Date.parse(told) - Date.now()) / 1000;
    if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds));
  }
  const [, reset] = /;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '') ?? [];
  return reset === undefined ? null : Number(reset);
}
