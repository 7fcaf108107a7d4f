import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CheckpointStore } from './checkpoints.ts';
import { Database } from './database.ts';
import { FactStore } from './facts.ts';
import { makeOldDatabases, type OldDatabases } from './old-layout.ts';
import { checkpoint, fact, sweep } from './samples.ts';
import { SettingStore } from './settings.ts';
import { SweepStore } from './sweeps.ts';

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function old(): Promise<OldDatabases> {
  const root = await checkpoint('root');
  const taught = await checkpoint('taught', { parent: 'root', createdAt: 2 });
  const { record, rows } = sweep('s');
  return {
    lethe: {
      checkpoints: [
        ['root', root.record],
        ['taught', taught.record],
        ['nonsense', 'a text'],
      ],
      states: [
        ['root', root.state],
        ['taught', taught.state],
      ],
      settings: [['notes', 'What we saw']],
    },
    'lethe-facts': { facts: [['f', fact]], settings: [['manner', { mode: 'plain' }]] },
    'lethe-sweeps': { sweeps: [record], rows },
  };
}

async function expectAll(db: Database): Promise<void> {
  const { checkpoints, damaged } = await new CheckpointStore(db).list('d');
  expect(checkpoints.map(({ id }) => id)).toEqual(['root', 'taught']);
  expect(damaged.map(({ id }) => id)).toEqual(['nonsense']);
  expect((await new CheckpointStore(db).read('taught')).state.values).toHaveLength(6);
  const { facts } = await new FactStore(db).list();
  expect(facts).toEqual([{ id: 'f', ...fact }]);
  const sweeps = new SweepStore(db);
  expect((await sweeps.list()).sweeps.map(({ id, done }) => [id, done])).toEqual([['s', 1]]);
  expect((await sweeps.rows('s')).rows).toHaveLength(1);
  const settings = new SettingStore(db);
  expect(await settings.get('notes')).toBe('What we saw');
  expect(await settings.get('manner')).toEqual({ mode: 'plain' });
}

const names = async (): Promise<string[]> =>
  (await indexedDB.databases()).map(({ name }) => name ?? '').sort();

describe('the database', () => {
  it('takes over what earlier versions kept in three, and deletes those', async () => {
    await makeOldDatabases(await old());
    await expectAll(new Database());
    await expect.poll(names).toEqual(['lethe']);
    await expectAll(new Database());
  });

  it('takes over what there is where one of them is missing, and makes none', async () => {
    const { 'lethe-facts': facts } = await old();
    await makeOldDatabases({ 'lethe-facts': facts });
    const db = new Database();
    expect((await new FactStore(db).list()).facts).toHaveLength(1);
    await expect.poll(names).toEqual(['lethe']);
  });

  it('killed at any moment of that, has everything at the next visit', async () => {
    const content = await old();
    for (let survived = 0, done = false; !done; survived++) {
      globalThis.indexedDB = new IDBFactory();
      await makeOldDatabases(content);
      // After so many calls the page is gone: nothing that it asks is done any more.
      let calls = 0;
      const gone = (): boolean => ++calls > survived;
      const die = (prototype: object, method: string): void => {
        const holder = prototype as Record<string, (...given: unknown[]) => unknown>;
        const own = holder[method];
        vi.spyOn(holder, method).mockImplementation(function (this: unknown, ...given: unknown[]) {
          // The fake one calls itself for an upgrade.
          if (given[1] !== 'versionchange' && gone())
            throw new DOMException('The page is gone.', 'AbortError');
          return own?.apply(this, given);
        });
      };
      die(IDBFactory.prototype, 'open');
      die(IDBFactory.prototype, 'deleteDatabase');
      die(IDBDatabase.prototype, 'transaction');
      for (const method of ['put', 'get', 'count', 'getAll']) die(IDBObjectStore.prototype, method);
      const db = new Database();
      await new SettingStore(db).get('notes').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await db.close();
      done = calls <= survived;
      if (done) expect(survived).toBeGreaterThan(15);
      vi.restoreAllMocks();
      await expectAll(new Database());
      await expect.poll(names).toEqual(['lethe']);
    }
  });

  it('keeps what was changed since where an old one is still there', async () => {
    const content = await old();
    await makeOldDatabases(content);
    const remove = vi.spyOn(IDBFactory.prototype, 'deleteDatabase');
    remove.mockImplementation(() => {
      throw new DOMException('Not now.', 'UnknownError');
    });
    const db = new Database();
    await new FactStore(db).remove('f');
    await db.close();
    vi.restoreAllMocks();
    const next = new Database();
    expect((await new FactStore(next).list()).facts).toEqual([]);
    await expect.poll(names).toEqual(['lethe']);
  });

  it('is opened again where it was closed under the page', async () => {
    const db = new Database();
    const settings = new SettingStore(db);
    await settings.put('notes', 'one');
    const close = vi.spyOn(IDBDatabase.prototype, 'transaction');
    close.mockImplementationOnce(() => {
      throw new DOMException('The database connection is closing.', 'InvalidStateError');
    });
    await settings.put('notes', 'two');
    expect(await settings.get('notes')).toBe('two');
  });

  it('lets another tab upgrade it, and says then that this page is an older one', async () => {
    const settings = new SettingStore(new Database());
    await settings.put('notes', 'one');
    await new Promise<void>((resolve) => {
      const opening = indexedDB.open('lethe', 99);
      opening.onsuccess = () => {
        opening.result.close();
        resolve();
      };
    });
    await expect(settings.get('notes')).rejects.toMatchObject({ name: 'StorageError/newer' });
  });

  it('is open for a page whose site data were deleted', async () => {
    const settings = new SettingStore(new Database());
    await settings.put('notes', 'one');
    await new Promise((resolve) => {
      indexedDB.deleteDatabase('lethe').onsuccess = resolve;
    });
    expect(await settings.get('notes')).toBeUndefined();
    await settings.put('notes', 'two');
    expect(await settings.get('notes')).toBe('two');
  });

  it.each([
    ['throws', 'SecurityError', 'refused'],
    ['throws', 'UnknownError', 'refused'],
    ['throws', 'QuotaExceededError', 'full'],
  ])('that %s a %s on opening is %s', async (_, name, trouble) => {
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
      throw new DOMException('No.', name);
    });
    const settings = new SettingStore(new Database());
    await expect(settings.get('notes')).rejects.toMatchObject({ trouble });
    // As soon as it is allowed, it is used.
    vi.restoreAllMocks();
    await settings.put('notes', 'one');
  });

  it('that is not there at all is refused', async () => {
    vi.stubGlobal('indexedDB', undefined);
    await expect(new SettingStore(new Database()).get('notes')).rejects.toMatchObject({
      trouble: 'refused',
    });
    vi.unstubAllGlobals();
  });

  it('that gives no answer is given up after a while, and used when it answers', async () => {
    const limits = { opening: 200, transaction: 50 };
    const db = new Database('lethe', limits);
    const never = db.write(['settings'], () => new Promise<void>(() => undefined));
    await expect(never).rejects.toMatchObject({ trouble: 'slow' });
    await new SettingStore(db).put('notes', 'one');
    expect(await new SettingStore(db).get('notes')).toBe('one');
  });
});
