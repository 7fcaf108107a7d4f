import { describe, expect, it } from 'vitest';
import { decode, encode } from './encode.ts';
import { StorageFullError } from './database.ts';
import { readSession, writeSession } from './session-file.ts';
import type { SessionPart } from './session-parts.ts';

/** A part that lies in a map, with room for so many values. */
function part(kind: string, values: Map<string, unknown>, room = Infinity): SessionPart {
  return {
    kind,
    keys: () => Promise.resolve([...values.keys()]),
    read: (key) => Promise.resolve(values.get(key)),
    check: (_key, value) => {
      if (value === 'bad') throw new Error('it is bad');
    },
    write: (key, value) => {
      if (values.size >= room) return Promise.reject(new StorageFullError(null));
      values.set(key, value);
      return Promise.resolve();
    },
    remove: (key) => Promise.resolve(void values.delete(key)),
    nameOf: (key) => `the ${key}`,
  };
}

const numbers = { values: Float32Array.of(1.5, -0, NaN), step: 3, best: -Infinity };
const rows = (): [string, unknown][] => [
  ['first', { text: 'año', list: [1, null, true] }],
  ['second', numbers],
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
  it('carries everything, bit for bit, and says when it is whole', async () => {
    const { report, into } = await read(await written());
    expect(into).toEqual(new Map(rows()));
    expect(report).toMatchObject({ same: 0, different: [], damaged: [], noRoom: [], whole: true });
    expect(report.added.map(({ name }) => name)).toEqual(['the first', 'the second', 'the third']);
  });

  it('never overwrites what is here', async () => {
    const { report, into } = await read(await written(), new Map([...rows(), ['third', 'mine']]));
    expect(into.get('third')).toBe('mine');
    expect(report).toMatchObject({ added: [], same: 2, whole: true });
    expect(report.different).toEqual([{ kind: 'rows', name: 'the third' }]);
  });

  it('whichever byte is damaged, imports all but at most one record and does not call itself whole', async () => {
    const bytes = await written();
    for (let at = 8; at < bytes.length; at++) {
      const broken = bytes.slice();
      broken[at] = (broken[at] ?? 0) ^ 1;
      const { report, into } = await read(broken);
      for (const [key, value] of into)
        expect(value, `byte ${at}`).toEqual(new Map(rows()).get(key));
      expect(into.size, `byte ${at}`).toBeGreaterThanOrEqual(2);
      // What a record is called is for people, and under no digest.
      const isName = report.damaged.length === 0 && into.size === 3;
      if (!isName) expect(report.whole, `byte ${at}`).toBe(false);
    }
  });

  it('cut off anywhere, gives what is before the cut', async () => {
    const bytes = await written();
    for (let end = 8; end < bytes.length; end += 7) {
      const { report, into } = await read(bytes.slice(0, end));
      expect(report.whole).toBe(false);
      expect([...into.keys()]).toEqual(
        rows()
          .map(([key]) => key)
          .slice(0, into.size),
      );
    }
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

  it('is refused when it is something else', async () => {
    await expect(readSession(new Blob(['LETHE1\n…']), [])).rejects.toThrow('not a Lethe session');
  });
});

describe('a value as bytes', () => {
  it('is refused where an array would reach beyond them', () => {
    const bytes = encode({ values: new Float32Array(4) });
    expect(() => decode(bytes.slice(0, bytes.length - 1))).toThrow('cut off');
  });
});
