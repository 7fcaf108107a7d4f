/** @file Two tabs share one history: a Web Lock lets one of them at a time change a model's checkpoints. */

/** Another tab is changing this model's checkpoints: a run goes on there. */
export class BusyElsewhereError extends Error {
  constructor() {
    super('Another tab of this page is at work on this model: wait for it, or stop it there.');
    this.name = 'BusyElsewhereError';
  }
}

/**
 * Runs an action, such as a run, that only one tab may run at a time. Throws a `BusyElsewhereError` where another tab holds the lock. The
 * lock goes with the tab, so a closed tab blocks nobody.
 */
export async function withHistoryLock<T>(
  modelDigest: string,
  action: () => Promise<T>,
): Promise<T> {
  const { done, result } = await ifFree(`lethe/${modelDigest}`, action);
  if (!done) throw new BusyElsewhereError();
  return result;
}

type Outcome<T> = { done: true; result: T } | { done: false; result?: never };

/** Runs an action that only one tab may run at a time; does nothing where another tab holds the lock. */
export function ifFree<T>(name: string, action: () => Promise<T>): Promise<Outcome<T>> {
  return locked(name, { ifAvailable: true }, async (isFree): Promise<Outcome<T>> => {
    return isFree ? { done: true, result: await action() } : { done: false };
  });
}

/** Runs a short action, which waits until the lock is free. */
export function withLock<T>(name: string, action: () => Promise<T>): Promise<T> {
  return locked(`lethe/${name}`, {}, action);
}

/**
 * A browser without locks (no secure context), or one that refuses them (blocked site data), runs the action at once: then tabs share no
 * history either.
 */
async function locked<T>(
  name: string,
  options: LockOptions,
  action: (isFree: boolean) => Promise<T>,
): Promise<T> {
  if (!('locks' in navigator)) return action(true);
  let hasBegun = false;
  try {
    // The lock's own type leaves out what the callback resolves with.
    const result: unknown = await navigator.locks.request(name, options, (lock) => {
      hasBegun = true;
      return action(lock !== null);
    });
    return result as T;
  } catch (error) {
    if (hasBegun) throw error;
    return action(true);
  }
}
