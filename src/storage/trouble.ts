/** @file Why the browser stores nothing: the kinds of trouble, and the error that carries one. */
import { ownEntry } from '../own-entry.ts';

/**
 * `full`: no room. `refused`: this page may store nothing (a private window, blocked site data). `closed`: the database was closed under
 * the page and could not be opened again. `newer`: another tab runs a newer version of the page. `slow`: no answer within the limit.
 */
export type Trouble = 'full' | 'refused' | 'closed' | 'newer' | 'slow';

const sentences: Readonly<Record<Trouble, string>> = {
  full: 'The browser has no more room for this page: this could not be stored, everything before it is.',
  refused:
    'The browser lets this page store nothing: allow it to keep site data, or leave the private window.',
  closed: 'The browser closed this page’s database: reload the page to store again.',
  newer: 'A newer version of this page is open in another tab: reload this one to store again.',
  slow: 'The browser’s database gives no answer: close other tabs of this page and try again.',
};

/** Storage said no; nothing of what was asked was stored, and what was stored before is not affected. */
export class StorageError extends Error {
  /** The name says the trouble too: of an error that comes from the worker nothing else is left. */
  override readonly name: `StorageError/${Trouble}`;

  constructor(
    readonly trouble: Trouble,
    options?: ErrorOptions,
  ) {
    super(sentences[trouble], options);
    this.name = `StorageError/${trouble}`;
  }
}

const troubles: Readonly<Partial<Record<string, Trouble>>> = {
  QuotaExceededError: 'full',
  SecurityError: 'refused',
  NotAllowedError: 'refused',
  VersionError: 'newer',
  TimeoutError: 'slow',
};

/** Mistakes of this page, which no other try would mend. */
const mistakes = ['DataCloneError', 'DataError', 'SyntaxError', 'ConstraintError', 'ReadOnlyError'];

/** What kind of trouble an exception of the browser is; null where it comes from elsewhere. */
export function troubleOf(error: unknown): Trouble | null {
  if (error instanceof StorageError) return error.trouble;
  if (!(error instanceof DOMException) || mistakes.includes(error.name)) return null;
  return ownEntry(troubles, error.name) ?? 'closed';
}

/** Rejects with a `TimeoutError` where there is no answer in so many milliseconds. */
export async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DOMException('There was no answer in time.', 'TimeoutError'));
    }, milliseconds);
  });
  try {
    return await Promise.race([answer, limit]);
  } finally {
    clearTimeout(timer);
  }
}
