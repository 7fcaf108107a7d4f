import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nothingDone, openingExperiment, type CheckpointMeta } from '../lab/index.ts';
import type { AdapterState, ModelInfo } from 'lethe-lora/engine';
import {
  CheckpointStore,
  Database,
  readCheckpointFile,
  SettingStore,
  StorageError,
  writeCheckpointFile,
  type StoredCheckpoint,
} from '../storage/index.ts';
import { failingStorage, type Failing } from '../failing-storage.ts';
import { History } from './history.ts';

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function stateOf(value: number): AdapterState {
  const array = (): Float32Array<ArrayBuffer> => new Float32Array(6).fill(value);
  return { values: array(), moment1: array(), moment2: array(), step: 1 };
}

/** A page: its model, its history, and what of it is only in memory. */
function page(db = new Database()) {
  let inside = stateOf(0);
  const model = {
    info: { id: 'm', digest: 'd', adapterParameters: 6 } as ModelInfo,
    freshState: () => stateOf(0),
    setState: (state: AdapterState) => {
      inside = state;
      return Promise.resolve();
    },
  };
  const unsaved = new Map<string, StoredCheckpoint>();
  const history = new History(
    model,
    undefined,
    unsaved,
    new CheckpointStore(db),
    new SettingStore(db),
  );
  return { history, db, value: () => inside.values[0] };
}

/** What a run leaves. */
function run(parent: string, value: number, rest: { id?: string; name?: string } = {}) {
  return {
    parent,
    name: 'Taught in French',
    experiment: openingExperiment,
    phase: 'teach' as const,
    ending: 'finished' as const,
    progress: { ...nothingDone, runStep: 1, losses: [value] },
    state: stateOf(value),
    ...rest,
  };
}

const idsOf = (all: readonly CheckpointMeta[]): string[] => all.map(({ id }) => id);

describe('a history', () => {
  it('goes on where it was left', async () => {
    const first = page();
    const root = await first.history.enterSelected();
    const taught = await first.history.save(run(root.id, 2));
    const second = page();
    expect((await second.history.enterSelected()).id).toBe(taught.id);
    expect(second.value()).toBe(2);
    expect(idsOf((await second.history.list()).checkpoints)).toEqual([root.id, taught.id]);
  });

  it('never replaces a run that went on by an older file of it', async () => {
    const { history } = page();
    const root = await history.enterSelected();
    const older = await history.save(run(root.id, 1, { id: 'r' }));
    const file = await readCheckpointFile(writeCheckpointFile(await history.read('r')));
    await history.save(run(root.id, 3, { id: 'r' }));
    const added = await history.add(file);
    expect(added).toMatchObject({ name: 'Taught in French (2)', losses: [1] });
    expect((await history.read('r')).meta.losses).toEqual([3]);
    expect(added.id).not.toBe(older.id);
    // The same file again is the same.
    expect((await history.add(file)).id).toBe(added.id);
    expect((await history.list()).checkpoints).toHaveLength(3);
  });

  it('keeps the name that was given here when the same comes from a file', async () => {
    const { history } = page();
    const root = await history.enterSelected();
    const { id } = await history.save(run(root.id, 1));
    const file = await history.read(id);
    await history.rename(id, 'The best one');
    expect((await history.add(file)).name).toBe('The best one');
    const { named, checkpoints } = await history.list();
    expect(named).toEqual([id]);
    expect(checkpoints.find((meta) => meta.id === id)?.name).toBe('The best one');
  });

  it('keeps the name that a run was given while it went on', async () => {
    const { history } = page();
    const root = await history.enterSelected();
    await history.save(run(root.id, 1, { id: 'r' }));
    await history.rename('r', 'Mine');
    await history.save(run(root.id, 2, { id: 'r' }));
    expect((await history.list()).checkpoints.find(({ id }) => id === 'r')).toMatchObject({
      name: 'Mine',
      losses: [2],
    });
    expect((await history.read('r')).state.values[0]).toBe(2);
  });

  it('sets aside a record that is none, and one whose numbers are damaged when it is gone to', async () => {
    const { history, db } = page();
    const root = await history.enterSelected();
    const { id } = await history.save(run(root.id, 1));
    const other = await history.save(run(root.id, 2));
    await db.write(['checkpoints', 'states'], async (write) => {
      const row = await write.objectStore('checkpoints').get(other.id);
      const record = { ...(row?.record as CheckpointMeta), createdAt: 9e15 };
      await write.objectStore('checkpoints').put({ record, bytes: 0 }, other.id);
      await write.objectStore('states').put(stateOf(5), id);
    });
    const fresh = page();
    await fresh.history.enterSelected();
    await expect(fresh.history.enter(id)).rejects.toThrow('do not match its digest');
    const { checkpoints, damaged } = await fresh.history.list();
    expect(idsOf(checkpoints)).toEqual([root.id]);
    expect(damaged.map((each) => each.id).sort()).toEqual([id, other.id].sort());
    // Whoever does not go there is told by the record alone.
    const [one, ...more] = (await page().history.list()).damaged;
    expect(one?.reason).toMatch(/field createdAt/);
    expect(more).toEqual([]);
  });

  it('lists without reading a state', async () => {
    const { history } = page();
    const root = await history.enterSelected();
    for (let at = 1; at < 9; at++) await history.save(run(root.id, at));
    const read: string[] = [];
    for (const method of ['get', 'getAll'] as const) {
      const own = IDBObjectStore.prototype[method] as (...given: unknown[]) => IDBRequest;
      vi.spyOn(IDBObjectStore.prototype, method).mockImplementation(function (
        this: IDBObjectStore,
        ...given: unknown[]
      ) {
        read.push(this.name);
        return own.apply(this, given);
      });
    }
    expect((await history.list()).checkpoints).toHaveLength(9);
    expect(read).toEqual(['checkpoints']);
  });

  it('refuses to store numbers that are none', async () => {
    const { history } = page();
    const root = await history.enterSelected();
    await expect(history.save(run(root.id, NaN))).rejects.toThrow('not finite');
    expect((await history.list()).checkpoints).toHaveLength(1);
  });

  it('has what the model is in when the site’s data are deleted, and stores it again', async () => {
    const { history } = page();
    const root = await history.enterSelected();
    const { id } = await history.save(run(root.id, 4));
    await new Promise((resolve) => {
      indexedDB.deleteDatabase('lethe').onsuccess = resolve;
    });
    expect(await history.list()).toMatchObject({ unsaved: [id], trouble: null });
    expect((await history.read(id)).state.values[0]).toBe(4);
    await history.list();
    expect((await page().history.list()).checkpoints.map((meta) => meta.id)).toEqual([id]);
  });

  it('where nothing may be stored, is all in memory, and is stored when it may be', async () => {
    const { open } = IDBFactory.prototype;
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
      throw new DOMException('No.', 'SecurityError');
    });
    const { history } = page();
    const root = await history.enterSelected();
    expect(await history.list()).toMatchObject({ unsaved: [], trouble: 'refused' });
    const { id } = await history.save(run(root.id, 4));
    await history.rename(id, 'Mine');
    expect(await history.list()).toMatchObject({ unsaved: [id], named: [id], trouble: 'refused' });
    vi.mocked(IDBFactory.prototype.open).mockImplementation(open);
    vi.restoreAllMocks();
    expect(await history.list()).toMatchObject({ unsaved: [], trouble: null });
    const { checkpoints, named } = await page().history.list();
    expect(checkpoints.map(({ name }) => name).sort()).toEqual(['Mine', 'Untouched']);
    expect(named).toEqual([id]);
  });
});

describe('a history without room', () => {
  it('says so until it is stored, though it can be read', async () => {
    const { history } = page();
    const root = await history.enterSelected();
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('No room.', 'QuotaExceededError');
    });
    const { id } = await history.save(run(root.id, 4));
    expect(await history.list()).toMatchObject({ unsaved: [id], trouble: 'full' });
    await expect(history.saveUnsaved()).rejects.toMatchObject({ trouble: 'full' });
    put.mockRestore();
    // Not by itself: the visitor makes room first.
    expect(await history.list()).toMatchObject({ unsaved: [id], trouble: 'full' });
    await history.saveUnsaved();
    expect(await history.list()).toMatchObject({ unsaved: [], trouble: null });
  });
});

/** Opens, runs, saves, reloads, imports and deletes; what fails on the way does so with an error that can be shown. */
async function visit(): Promise<void> {
  const attempt = async (action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  };
  const { history, db } = page();
  // Neither opening nor running may fail for want of storage.
  const root = await history.enterSelected();
  const taught = await history.save(run(root.id, 2));
  expect((await history.read(taught.id)).state.values[0]).toBe(2);
  expect(idsOf((await history.list()).checkpoints)).toContain(taught.id);
  const file = await readCheckpointFile(writeCheckpointFile(await history.read(taught.id)));
  await history.save(run(root.id, 3, { id: taught.id }));
  await attempt(() => history.rename(taught.id, 'Mine'));
  const added = await history.add(file);
  await attempt(async () => {
    expect((await history.read(added.id)).state.values[0]).toBe(2);
  });
  await attempt(() => history.remove(added.id));
  const { unsaved } = await history.list();
  await attempt(() => db.close());

  // What was said to be stored is there at the next visit.
  const next = page();
  const entered = await next.history.enterSelected();
  if (unsaved.length === 0) {
    const { checkpoints, trouble } = await next.history.list();
    if (trouble === null) {
      expect(idsOf(checkpoints)).toContain(taught.id);
      expect((await next.history.read(taught.id)).state.values[0]).toBe(3);
    }
  }
  expect(entered.modelId).toBe('m');
  await next.db.close();
}

describe('a visit, with each call of the database failing in turn', () => {
  let failing: Failing;
  beforeEach(() => {
    failing = failingStorage();
  });
  afterEach(() => {
    failing.restore();
  });

  it.each([
    ['once, for a reason that passes', 'InvalidStateError', false],
    ['once, without room', 'QuotaExceededError', false],
    ['from then on, refused', 'SecurityError', true],
    ['from then on, for whatever reason', 'UnknownError', true],
  ])('%s: the page works and loses nothing that it called stored', async (_, name, forever) => {
    let at = 0;
    do {
      globalThis.indexedDB = new IDBFactory();
      failing.arm(++at, name, forever);
      try {
        await visit();
      } catch (error) {
        throw new Error(`call ${at}: ${(error as Error).message}`, { cause: error });
      }
    } while (failing.reached);
    expect(at).toBeGreaterThan(30);
  });
});
