/** @file What a page or a worker runs first so that the browser refuses it all storage, as with blocked site data. */

export const blocked = `
  {
    const refuse = () => { throw new DOMException('The operation is insecure.', 'SecurityError'); };
    IDBFactory.prototype.open = refuse;
    globalThis.BroadcastChannel = class { constructor() { refuse(); } };
    for (const name of ['localStorage', 'sessionStorage'])
      if (name in globalThis) Object.defineProperty(globalThis, name, { get: refuse });
    if (globalThis.CacheStorage)
      for (const method of ['open', 'has', 'keys', 'match']) CacheStorage.prototype[method] = () => Promise.reject(new DOMException('No.', 'SecurityError'));
    if (globalThis.LockManager) LockManager.prototype.request = () => Promise.reject(new DOMException('No.', 'SecurityError'));
    if (globalThis.Navigator) Object.defineProperty(Navigator.prototype, 'storage', { get: () => undefined });
    if (globalThis.WorkerNavigator) Object.defineProperty(WorkerNavigator.prototype, 'storage', { get: () => undefined });
  }
`;
