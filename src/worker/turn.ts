/** @file Two tabs share one history: a Web Lock lets one of them at a time change a model's checkpoints. */

/** Another tab is changing this model's checkpoints: a run goes on there. */
export class BusyElsewhereError extends Error {
  constructor() {
    super('Another tab of this page is at work on this model: wait for it, or stop it there.');
    this.name = 'BusyElsewhereError';
  }
}

/**
 * Does something that no other tab may do at the same time, such as a run; throws a `BusyElsewhereError` where one does. The lock
 * goes with the tab, so that one that was closed blocks nobody.
 */
export async function inTurn<T>(modelDigest: string, action: () => Promise<T>): Promise<T> {
  const { done, result } = await ifFree(`lethe/${modelDigest}`, action);
  if (!done) throw new BusyElsewhereError();
  return result;
}

type Outcome<T> = { done: true; result: T } | { done: false; result?: never };

/** Does something that no other tab may do at the same time; does nothing where one does. */
export function ifFree<T>(name: string, action: () => Promise<T>): Promise<Outcome<T>> {
  return locked(name, { ifAvailable: true }, async (isFree): Promise<Outcome<T>> => {
    return isFree ? { done: true, result: await action() } : { done: false };
  });
}

/** The same for something short that waits for its turn. */
export function whenFree<T>(name: string, action: () => Promise<T>): Promise<T> {
  return locked(`lethe/${name}`, {}, action);
}

/**
 * Where the browser has no locks (no secure context), or lets this page have none (blocked site data), it is done at once: then tabs share
 * no history either.
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
