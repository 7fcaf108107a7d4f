import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, it } from 'vitest';
import { CheckpointStore } from './checkpoints.ts';
import { Database } from './database.ts';
import { FactStore } from './facts.ts';
import { oldSessionFile } from './old-layout.ts';
import { checkpoint, fact, sweep } from './samples.ts';
import { readSession, writeSession } from './session-file.ts';
import { sessionParts } from './session-parts.ts';
import { SettingStore } from './settings.ts';
import { SweepStore } from './sweeps.ts';

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

/** A browser with a checkpoint, a sweep, a fact and notes. */
async function filled(): Promise<Database> {
  const db = new Database();
  await new CheckpointStore(db).write(await checkpoint('c'));
  await new SweepStore(db).add(sweep('s'));
  await new FactStore(db).put('f', fact);
  await new SettingStore(db).put('notes', 'What we saw');
  return db;
}

async function elsewhere(): Promise<Database> {
  globalThis.indexedDB = new IDBFactory();
  return Promise.resolve(new Database());
}

describe('a session', () => {
  it('comes into another browser whole, and a second time changes nothing', async () => {
    const { file } = await writeSession(sessionParts(await filled()));
    const db = await elsewhere();
    expect(await readSession(file, sessionParts(db))).toMatchObject({ whole: true, same: 0 });
    const again = await readSession(file, sessionParts(db));
    expect(again).toMatchObject({ whole: true, added: [], beside: [], same: 4 });
    expect((await new CheckpointStore(db).read('c')).state.values).toHaveLength(6);
    expect((await new SweepStore(db).rows('s')).rows).toHaveLength(1);
    expect((await new FactStore(db).list()).facts[0]).toMatchObject(fact);
    expect(await new SettingStore(db).get('notes')).toBe('What we saw');
  });

  it('replaces nothing that is different here: both are kept and told apart', async () => {
    const { file } = await writeSession(sessionParts(await filled()));
    const db = await elsewhere();
    const checkpoints = new CheckpointStore(db);
    await checkpoints.write(await checkpoint('c', { losses: [9] }, 7));
    await new FactStore(db).put('f', { ...fact, createdAt: 6 });
    const [row] = sweep('s').rows;
    const mine = sweep('s');
    if (row) mine.rows[0] = { ...row, result: { ...row.result, key: 'other' } };
    await new SweepStore(db).add(mine);
    await new SettingStore(db).put('notes', 'My notes');
    for (let time = 0; time < 2; time++) {
      const report = await readSession(file, sessionParts(db));
      expect(report.damaged).toEqual([]);
      expect(report.beside.map(({ kind }) => kind)).toEqual(
        time === 0 ? ['checkpoints', 'experiments', 'facts'] : [],
      );
      const { checkpoints: all } = await checkpoints.list('d');
      expect(all.map(({ name }) => name).sort()).toEqual(['The c', 'The c (2)']);
      expect(all.find(({ id }) => id === 'c')?.losses).toEqual([9]);
      const { facts } = await new FactStore(db).list();
      expect(facts.map(({ name }) => name).sort()).toEqual(['The cat', 'The cat (2)']);
      const { sweeps } = await new SweepStore(db).list();
      expect(sweeps.map(({ name }) => name)).toEqual([undefined, '(2)']);
      expect(await new SettingStore(db).get('notes')).toBe('My notes\n\nWhat we saw');
    }
  });

  it('brings the rows that a sweep lacks here', async () => {
    const { file } = await writeSession(sessionParts(await filled()));
    const db = await elsewhere();
    const store = new SweepStore(db);
    await store.write(sweep('s').record);
    expect((await readSession(file, sessionParts(db))).damaged).toEqual([]);
    expect((await store.list()).sweeps.map(({ id, done }) => [id, done])).toEqual([['s', 1]]);
  });

  it('leaves out a checkpoint that is damaged, and names what it holds instead of hiding it', async () => {
    const db = await filled();
    await db.write(['states'], (write) => write.objectStore('states').delete('c'));
    const parts = sessionParts(db);
    const [listed] = (await parts[0]?.list()) ?? [];
    expect(listed).toMatchObject({ key: 'c', reason: 'its numbers are missing' });
    const { leftOut } = await writeSession(parts);
    expect(leftOut).toEqual([{ kind: 'checkpoints', name: 'c' }]);
  });

  it('of an earlier version opens', async () => {
    const { record, state } = await checkpoint('c');
    const file = await oldSessionFile([
      { kind: 'checkpoints', key: 'c', name: 'The c', value: { meta: record, state } },
      { kind: 'experiments', key: 's', name: 'A sweep', value: sweep('s') },
      { kind: 'facts', key: 'f', name: 'The cat', value: fact },
      { kind: 'settings', key: 'notes', name: 'notes', value: 'What we saw' },
      { kind: 'settings', key: 'internal/taken-over', name: '', value: 'done' },
    ]);
    const db = await elsewhere();
    const report = await readSession(new Blob([file]), sessionParts(db));
    expect(report.added.map(({ kind }) => kind)).toEqual([
      'checkpoints',
      'experiments',
      'facts',
      'settings',
    ]);
    expect(report.damaged.map(({ reason }) => reason)).toEqual(['it belongs to another browser']);
    expect((await new CheckpointStore(db).read('c')).meta.name).toBe('The c');
  });

  it.each([
    ['facts', { createdAt: 9e15, name: 'x', wordings: {} }, 'createdAt'],
    ['facts', { createdAt: 1, name: 'x', wordings: { xx: {} } }, 'wordings'],
    ['experiments', { record: { id: 'k' }, rows: [] }, 'createdAt'],
    ['settings', 5, ''],
    ['checkpoints', { meta: {}, state: {} }, ''],
  ])('with nonsense among its %s says so and stores none of it', async (kind, value, reason) => {
    const file = await oldSessionFile([{ kind, key: 'k', name: 'it', value }]);
    const parts = sessionParts(new Database());
    const { damaged, added } = await readSession(new Blob([file]), parts);
    expect(damaged[0]?.reason).toContain(reason);
    expect(damaged).toHaveLength(1);
    expect(added).toEqual([]);
  });
});
