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
 * lock goes with the tab, so a closed tab blocks nobody. A browser without locks (no secure context) runs the action at once.
 */
export async function withHistoryLock<T>(
  modelDigest: string,
  action: () => Promise<T>,
): Promise<T> {
  if (!hasLocks()) return action();
  return navigator.locks.request(`lethe/${modelDigest}`, { ifAvailable: true }, (lock) => {
    if (!lock) throw new BusyElsewhereError();
    return action();
  });
}

/** Runs a short action, which waits until the lock is free. */
export async function withLock<T>(name: string, action: () => Promise<T>): Promise<T> {
  return hasLocks() ? navigator.locks.request(`lethe/${name}`, action) : action();
}

function hasLocks(): boolean {
  return 'locks' in navigator;
}
