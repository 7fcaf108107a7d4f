import { describe, expect, it } from 'vitest';
import { oldSessionFile } from './old-layout.ts';
import { readSession, writeSession } from './session-file.ts';
import type { SessionPart } from './session-parts.ts';
import { StorageError } from './trouble.ts';

const text = (value: unknown): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify(value));

/** A part that lies in a map, with room for so many values. */
function part(kind: string, values: Map<string, unknown>, room = Infinity): SessionPart {
  return {
    kind,
    extension: 'json',
    list: () =>
      Promise.resolve(
        [...values.keys()].map((key) => ({ key, name: `the ${key}`, bytes: 1, reason: null })),
      ),
    read: (key) => {
      if (values.get(key) === 'spoilt') return Promise.reject(new Error('it is spoilt'));
      return Promise.resolve({ name: `the ${key}`, bytes: text(values.get(key)) });
    },
    add: (key, bytes) => {
      const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
      if (value === 'bad') return Promise.reject(new Error('it is bad'));
      if (values.has(key))
        return Promise.resolve(
          JSON.stringify(values.get(key)) === JSON.stringify(value) ? 'same' : 'different',
        );
      if (values.size >= room) return Promise.reject(new StorageError('full'));
      values.set(key, value);
      return Promise.resolve('added');
    },
    remove: (...keys) => {
      for (const key of keys) values.delete(key);
      return Promise.resolve();
    },
  };
}

const rows = (): [string, unknown][] => [
  ['first', { text: 'año', list: [1, null, true] }],
  ['second/2', { values: 'PK\u0003\u0004 PK\u0007\u0008', step: 3 }],
  ['third', 'a note'],
];

async function written(): Promise<Uint8Array<ArrayBuffer>> {
  const { file } = await writeSession([part('rows', new Map(rows()))]);
  return new Uint8Array(await file.arrayBuffer());
}

async function read(bytes: Uint8Array<ArrayBuffer>, into = new Map<string, unknown>()) {
  return { report: await readSession(new Blob([bytes]), [part('rows', into)]), into };
}

describe('a session file', () => {
  it('carries everything and says when it is whole', async () => {
    const { report, into } = await read(await written());
    expect(into).toEqual(new Map(rows()));
    expect(report).toMatchObject({ same: 0, different: [], damaged: [], noRoom: [], whole: true });
    expect(report.added.map(({ name }) => name)).toEqual([
      'the first',
      'the second/2',
      'the third',
    ]);
  });

  it('never overwrites what is here', async () => {
    const { report, into } = await read(await written(), new Map([...rows(), ['third', 'mine']]));
    expect(into.get('third')).toBe('mine');
    expect(report).toMatchObject({ added: [], same: 2, whole: true });
    expect(report.different).toEqual([{ kind: 'rows', name: 'the third' }]);
  });

  it('whichever byte is damaged, imports all but at most one thing and then does not call itself whole', async () => {
    const bytes = await written();
    for (let at = 0; at < bytes.length; at++) {
      const broken = bytes.slice();
      broken[at] = (broken[at] ?? 0) ^ 1;
      const { report, into } = await read(broken);
      for (const [key, value] of into)
        expect(value, `byte ${at}`).toEqual(new Map(rows()).get(key));
      expect(into.size, `byte ${at}`).toBeGreaterThanOrEqual(2);
      // Times, and the directory behind, say nothing that is read.
      if (into.size < 3) {
        expect(report.whole, `byte ${at}`).toBe(false);
        expect(report.damaged.length, `byte ${at}`).toBeGreaterThan(0);
      }
    }
  });

  it('cut off anywhere, gives what is before the cut', async () => {
    const bytes = await written();
    const header = new TextDecoder().decode(bytes).indexOf('rows/');
    for (let end = header; end < bytes.length; end += 7) {
      const { report, into } = await read(bytes.slice(0, end));
      expect(report.whole, `up to ${end}`).toBe(into.size === 3);
      expect([...into.keys()]).toEqual(
        rows()
          .map(([key]) => key)
          .slice(0, into.size),
      );
    }
  });

  it('without its beginning, gives the things by their checksums', async () => {
    const bytes = await written();
    const { report, into } = await read(bytes.slice(100));
    expect(into).toEqual(new Map(rows()));
    expect(report.whole).toBe(false);
  });

  it('names what is not valid, what nobody knows, and what there is no room for', async () => {
    const values = new Map<string, unknown>([
      ['a', 'bad'],
      ['b', 1],
      ['c', 2],
    ]);
    const { file } = await writeSession([part('rows', values), part('other', new Map([['x', 1]]))]);
    const report = await readSession(file, [part('rows', new Map(), 1)]);
    expect(report.added).toEqual([{ kind: 'rows', name: 'the b' }]);
    expect(report.noRoom).toEqual([{ kind: 'rows', name: 'the c' }]);
    expect(report.damaged.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      'the a: it is bad',
      'the x: this version of the page does not know what it is',
    ]);
  });

  it('leaves out what cannot be read, and says so', async () => {
    const values = new Map<string, unknown>([...rows(), ['fourth', 'spoilt']]);
    const { file, leftOut } = await writeSession([part('rows', values)]);
    expect(leftOut).toEqual([{ kind: 'rows', name: 'the fourth' }]);
    expect((await readSession(file, [part('rows', new Map())])).added).toHaveLength(3);
  });

  it.each([
    ['an old checkpoint', 'LETHE1\n…'],
    ['nothing', ''],
    ['another zip', 'PK\u0003\u0004'],
  ])('is refused when it is %s', async (_, content) => {
    await expect(readSession(new Blob([content]), [])).rejects.toThrow('not a Lethe session');
  });

  it('of nothing but headers ends', async () => {
    const bytes = await written();
    const start = bytes.length - 200;
    const header = bytes.slice(0, 30 + 'session.json'.length);
    const many = new Uint8Array(header.length * 1000);
    for (let at = 0; at < many.length; at += header.length) many.set(header, at);
    expect(start).toBeGreaterThan(0);
    const report = await readSession(new Blob([many]), [part('rows', new Map())]);
    expect(report.added).toEqual([]);
  });
});

describe('a session file of an earlier version', () => {
  const things = [
    { kind: 'rows', key: 'a', name: 'the a', value: { best: -Infinity, list: [1, NaN] } },
    { kind: 'rows', key: 'b', name: 'the b', value: 'a note' },
  ];

  it('opens; a number that is none is null, as in today’s files', async () => {
    const { report, into } = await read(await oldSessionFile(things));
    expect(into).toEqual(
      new Map<string, unknown>([
        ['a', { best: null, list: [1, null] }],
        ['b', 'a note'],
      ]),
    );
    expect(report).toMatchObject({ damaged: [], whole: true });
  });

  it('whichever byte is damaged, loses at most one thing', async () => {
    const bytes = await oldSessionFile(things);
    for (let at = 8; at < bytes.length; at++) {
      const broken = bytes.slice();
      broken[at] = (broken[at] ?? 0) ^ 1;
      const { report, into } = await read(broken);
      expect(into.size, `byte ${at}`).toBeGreaterThanOrEqual(1);
      if (into.size < 2) expect(report.whole, `byte ${at}`).toBe(false);
    }
  });
});
