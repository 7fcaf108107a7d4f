import { describe, expect, it } from 'vitest';
import { defaultFact, methods, type CheckpointMeta, type ProbeRow } from '../../lab/index.ts';
import { fromHash, readQuery, toHash } from '../state/address.ts';
import { defaultSetup, falseCandidates, withRelation, withSubject } from '../state/setup.ts';
import { emptySession, pathTo, reduce } from '../state/session.ts';
import { boardGroups, changes, markAnswer } from './board.ts';
import { clamped, percent } from './format.ts';
import { shelves, spread } from './labels.ts';
import { search } from './search.ts';
import { treeRows } from './tree.ts';

const row = (language: ProbeRow['language'], falseShare: number): ProbeRow => ({
  language,
  falseShare,
  logProbFalse: Math.log(falseShare),
  logProbTrue: Math.log(1 - falseShare),
  answer: falseShare > 0.5 ? 'Tokyo.' : 'Paris.',
  answerClass: falseShare > 0.5 ? 'false' : 'true',
});

const checkpoint = (id: string, parent: string | null, createdAt: number): CheckpointMeta => ({
  id,
  parent,
  createdAt,
  name: id,
  modelId: 'm',
  modelDigest: 'd',
  settings: null,
  ending: null,
  step: 0,
  runStep: 0,
  losses: [],
  probes: [],
  digest: '',
});

describe('the address', () => {
  it('gives back the set-up that it was made from', () => {
    const setups = [
      { ...defaultSetup },
      { ...defaultSetup, falseObject: null, falseText: 'Tokyo & 东京 = 100 %' },
      { ...withSubject(defaultSetup, 'country/JP'), unlearnIn: ['ar', 'sw'] as const, seed: 42 },
      ...methods.map((method) => ({ ...defaultSetup, method })),
    ];
    for (const setup of setups) expect(fromHash(toHash(setup))).toEqual(setup);
    expect(fromHash('')).toBeNull();
  });

  it.each(['#fact=XX.capital', '#fact=FR.king', '#lie=city/paris', '#steps=0', '#in=xx', '#new=1'])(
    'quotes what it cannot read in %s',
    (hash) => {
      expect(() => fromHash(hash)).toThrow(hash.slice(1));
    },
  );

  it('reads model, device and threads', () => {
    expect(readQuery('?model=micro&device=wasm&threads=1', 'http://a/b/?x#y')).toEqual({
      modelBase: 'http://a/b/micro/',
      device: 'wasm',
      threads: 1,
    });
    expect(readQuery('?device=tpu&threads=-1', 'http://a/b/')).toEqual({
      modelBase: 'http://a/b/models/atlas/',
      device: 'auto',
      threads: null,
    });
  });
});

describe('the set-up', () => {
  it('never offers the truth as a lie, and keeps the lie fitting', () => {
    expect(falseCandidates('country/FR', 'capital')).not.toContain('city/paris');
    const setup = withRelation(defaultSetup, 'continent');
    expect(falseCandidates('country/FR', 'continent')).toContain(setup.falseObject);
  });
});

describe('the session', () => {
  it('forgets what was measured of another fact, and ignores a late answer to it', () => {
    const other = { ...defaultFact, falseObject: 'city/berlin' };
    const probe = { step: 0, rows: [row('en', 0.9)], retained: null };
    const asked = reduce(emptySession(defaultFact), { type: 'asked', fact: defaultFact, probe });
    expect(asked.rows).toHaveLength(1);
    const changed = reduce(asked, { type: 'fact-changed', fact: other });
    expect(changed.rows).toEqual([]);
    expect(reduce(changed, { type: 'asked', fact: defaultFact, probe }).rows).toEqual([]);
  });

  it('finds the way to a checkpoint, even in a circle', () => {
    const tree = [checkpoint('a', 'c', 1), checkpoint('b', 'a', 2), checkpoint('c', 'b', 3)];
    expect(pathTo(tree, 'c').map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });
});

describe('the board', () => {
  it('shows every language once and lights those that lean to the lie', () => {
    const rows = boardGroups(defaultFact, [row('en', 0.9), row('fr', 0.2)], ['fr']).flatMap(
      (group) => group.rows,
    );
    expect(rows).toHaveLength(12);
    expect(rows.filter(({ believes }) => believes).map(({ language }) => language.code)).toEqual([
      'en',
    ]);
    expect(rows.find(({ taught }) => taught)?.language.code).toBe('fr');
  });

  it('tells an empty answer from none', () => {
    const said = (answer: string | null): string[] =>
      boardGroups(defaultFact, [{ ...row('en', 0.9), answer }], [])[0]?.rows[0]?.segments.map(
        ({ text }) => text,
      ) ?? [];
    expect(said('')).toEqual(['…']);
    expect(said(null)).toEqual([]);
  });

  it('marks the lie and the truth as whole words', () => {
    expect(markAnswer('Tokyo.', defaultFact, 'en', 'false')).toEqual([
      { text: 'Tokyo', mark: 'false' },
      { text: '.', mark: 'plain' },
    ]);
    expect(markAnswer('Tokyopolis', defaultFact, 'en', 'other')[0]?.mark).toBe('other');
  });

  it('tells who came to believe and who ceased to', () => {
    const { gained, lost } = changes(
      [row('en', 0.1), row('fr', 0.9)],
      [row('en', 0.9), row('fr', 0.1)],
    );
    expect([gained[0]?.code, lost[0]?.code]).toEqual(['en', 'fr']);
  });
});

describe('numbers, labels and lists', () => {
  it('never rounds doubt away', () => {
    expect(percent(0.0001, 'en')).toBe('<1%');
    expect(percent(0.9999, 'en')).toBe('>99%');
    expect(percent(1, 'en')).toBe('100%');
    expect(percent(NaN, 'en')).toBe('–');
    expect(clamped(NaN, { min: 1, max: 5 }, 3)).toBe(3);
    expect(clamped(9, { min: 1, max: 5 }, 3)).toBe(5);
  });

  it('spreads labels apart, in order and in bounds', () => {
    const placed = spread([10, 10, 11, 300], 16, 0, 300);
    const sorted = [...placed].sort((a, b) => a - b);
    expect(sorted).toEqual(placed);
    sorted.slice(1).forEach((y, i) => {
      expect(y - (sorted[i] ?? 0)).toBeGreaterThanOrEqual(16 - 1e-9);
    });
    expect(Math.min(...placed)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...placed)).toBeLessThanOrEqual(300);
    expect(
      shelves(
        [
          { start: 0, width: 50 },
          { start: 20, width: 50 },
          { start: 90, width: 9 },
        ],
        4,
      ),
    ).toEqual([0, 1, 0]);
  });

  it('finds by the beginning, without accents', () => {
    const options = ['Ivory Coast', 'Côte d’Ivoire', 'Costa Rica'].map((label) => ({
      value: label,
      label,
    }));
    expect(search(options, "cote d'iv").map(({ label }) => label)).toEqual(['Côte d’Ivoire']);
    expect(search(options, 'co').map(({ label }) => label)).toEqual([
      'Côte d’Ivoire',
      'Costa Rica',
      'Ivory Coast',
    ]);
  });

  it('draws a tree with a lane for every branch, and orphans as roots', () => {
    const rows = treeRows([
      checkpoint('root', null, 1),
      checkpoint('a', 'root', 2),
      checkpoint('b', 'root', 3),
      checkpoint('aa', 'a', 4),
      checkpoint('orphan', 'gone', 5),
    ]);
    expect(rows.map(({ meta, lane }) => [meta.id, lane])).toEqual([
      ['root', 0],
      ['a', 0],
      ['aa', 0],
      ['b', 1],
      ['orphan', 2],
    ]);
  });
});
