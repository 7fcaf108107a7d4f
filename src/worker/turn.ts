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
 * goes with the tab, so that one that was closed blocks nobody. Where the browser has no locks (no secure context) it is done at once.
 */
export async function inTurn<T>(modelDigest: string, action: () => Promise<T>): Promise<T> {
  if (!hasLocks()) return action();
  return navigator.locks.request(`lethe/${modelDigest}`, { ifAvailable: true }, (lock) => {
    if (!lock) throw new BusyElsewhereError();
    return action();
  });
}

/** The same for something short that waits for its turn. */
export async function whenFree<T>(name: string, action: () => Promise<T>): Promise<T> {
  return hasLocks() ? navigator.locks.request(`lethe/${name}`, action) : action();
}

function hasLocks(): boolean {
  return 'locks' in navigator;
}
