/**
 * @file For tests: makes the n-th call of the browser's storage fail, as SQLite's tests do: the first call fails, then the second, and so
 * on, until all is done without reaching the one that would fail. It stands alone, so that it can be put before a worker's code as well.
 */

export interface Failing {
  /** Calls since the last `arm`. */
  readonly calls: number;
  /** Whether the call that was to fail was reached. */
  readonly reached: boolean;
  /** The call with this number fails, from 1, and with `forever` all behind it; 0: none does. */
  arm(number: number, name: string, forever?: boolean): void;
  /** Puts the browser's own calls back. */
  restore(): void;
}

/** Takes hold of IndexedDB, `localStorage` and the private file system where there are any. */
export function failingStorage(): Failing {
  let calls = 0;
  let failAt = 0;
  let isForever = false;
  let error = 'UnknownError';
  let reached = false;
  const undo: (() => void)[] = [];

  /** Counts a call; true where it is to fail. */
  const fails = (): boolean => {
    calls += 1;
    const isIt = failAt > 0 && (calls === failAt || (isForever && calls > failAt));
    reached ||= isIt;
    return isIt;
  };
  const failure = (): DOMException => new DOMException('This call was made to fail.', error);

  const replace = (prototype: object | undefined, method: string, isAsync = false): void => {
    if (!prototype || !(method in prototype)) return;
    const holder = prototype as Record<string, (...given: unknown[]) => unknown>;
    const own = holder[method];
    if (!own) return;
    holder[method] = function (this: unknown, ...given: unknown[]): unknown {
      // The fake IndexedDB of unit tests calls itself for an upgrade.
      if (given[1] === 'versionchange' || !fails()) return own.apply(this, given);
      if (isAsync) return Promise.reject(failure());
      throw failure();
    };
    undo.push(() => {
      holder[method] = own;
    });
  };

  const scope = globalThis as unknown as Record<string, { prototype: object } | undefined>;
  replace(scope['IDBFactory']?.prototype, 'open');
  replace(scope['IDBDatabase']?.prototype, 'transaction');
  for (const method of ['get', 'getAll', 'getAllKeys', 'count', 'put', 'delete', 'openCursor'])
    replace(scope['IDBObjectStore']?.prototype, method);
  for (const method of ['getItem', 'setItem', 'removeItem'])
    replace(scope['Storage']?.prototype, method);
  for (const method of ['getDirectoryHandle', 'getFileHandle', 'removeEntry'])
    replace(scope['FileSystemDirectoryHandle']?.prototype, method, true);
  replace(scope['FileSystemFileHandle']?.prototype, 'getFile', true);

  return {
    get calls() {
      return calls;
    },
    get reached() {
      return reached;
    },
    arm: (number, name, forever = false) => {
      [calls, failAt, error, reached, isForever] = [0, number, name, false, forever];
    },
    restore: () => {
      for (const each of undo) each();
    },
  };
}
