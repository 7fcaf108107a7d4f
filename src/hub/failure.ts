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
  | { kind: 'server'; status: number; path: string }
  /** Files that a folder lacks. */
  | { kind: 'missing'; names: string[] }
  /** Another tab is writing the same file. */
  | { kind: 'busy'; path: string }
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

/**
 * Throws what a status means. The Hub answers 401 for a model that does not exist, as for one that only its owner sees; `X-Error-Code`
 * tells a gated one apart.
 */
export function refuseStatus(
  { ok, status, headers }: Response,
  { id, revision }: { id: string; revision: string },
  path: string,
): void {
  if (ok) return;
  const code = headers.get('x-error-code');
  if (status === 403 || code === 'GatedRepo') throw new HubError({ kind: 'gated', id });
  if (status === 401 || status === 404) throw new HubError({ kind: 'no-model', id, revision });
  throw new HubError({ kind: 'server', status, path });
}
