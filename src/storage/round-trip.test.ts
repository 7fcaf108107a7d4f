import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { digestCheckpoint, readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts';
import { CheckpointStore } from './checkpoints.ts';
import { Database } from './database.ts';
import { FactStore, type StoredFact } from './facts.ts';
import { canonicalJson, type CheckpointMeta } from './records.ts';
import { checkpoint, experiment, sweep } from './samples.ts';
import { SweepStore } from './sweeps.ts';

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

/** What a model may measure: numbers, and what is none. */
const measured = fc.double();
const text = (most: number): fc.Arbitrary<string> => fc.string({ unit: 'binary', maxLength: most });
const moment = fc.integer({ min: 0, max: 8.64e15 });

const languageCodes = ['en', 'fr', 'hi', 'sw'] as const;

const row = fc.record({
  language: fc.constantFrom(...languageCodes),
  logProbFalse: measured,
  logProbTrue: measured,
  falseShare: measured,
  answer: fc.option(text(300)),
  answerClass: fc.constant(null),
  falseLoss: measured,
  extractionStrength: measured,
  exactMemorisation: measured,
  truthRank: fc.integer({ min: 1, max: 1000 }),
  paraphrases: fc.record({
    statement: fc.option(measured),
    question: fc.option(measured),
    inverted: fc.option(measured),
  }),
});

const probe = fc.record({
  step: fc.nat(),
  rows: fc.array(row, { maxLength: 3 }),
  retained: fc.option(measured),
  retainLoss: measured,
  moved: measured,
  others: fc.array(fc.array(row, { maxLength: 1 }), { maxLength: 2 }),
});

const meta = fc.record({
  name: text(100),
  createdAt: moment,
  parent: fc.option<string, null>(fc.uuid(), { nil: null }),
  losses: fc.array(measured, { maxLength: 5 }),
  probes: fc.array(probe, { maxLength: 2 }),
  retainWeight: measured,
  experiment: fc.constant(experiment),
  phase: fc.constant('teach' as const),
  ending: fc.constantFrom<CheckpointMeta['ending'][]>('finished', 'stopped', 'diverged'),
});

const wording = fc.record({
  sentences: fc
    .array(text(50), { maxLength: 3 })
    .map((all) => all.filter((each) => /\S/u.test(each))),
  question: text(50),
  falseAnswers: fc.constant(['green']),
  trueAnswers: fc.constant(['grey']),
});
const fact: fc.Arbitrary<StoredFact> = fc.record({
  createdAt: moment,
  name: text(150),
  wordings: fc.dictionary(fc.constantFrom(...languageCodes), wording, { noNullPrototype: true }),
});

describe('what is written can be read back', () => {
  it('checkpoints, from the database and from a file', async () => {
    const store = new CheckpointStore(new Database());
    await fc.assert(
      fc.asyncProperty(
        meta,
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })),
        async (rest, numbers) => {
          const whole = await checkpoint('c', rest);
          const values = Float32Array.from(numbers);
          const state = { values, moment1: values.slice(), moment2: values.slice(), step: 3 };
          whole.meta.digest = await digestCheckpoint(whole.meta, state);
          await store.write({ ...whole, state });
          expect(await store.read('c')).toMatchObject({ record: whole.record, state });
          expect((await store.list('d')).damaged).toEqual([]);
          const back = await readCheckpointFile(writeCheckpointFile({ record: whole.meta, state }));
          expect(back.state).toEqual(state);
          // A file has no infinity: it is read as NaN, which has the same digest.
          expect(canonicalJson(back.meta)).toBe(canonicalJson(whole.meta));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('facts, as somebody may have typed them so far', async () => {
    const store = new FactStore(new Database());
    await fc.assert(
      fc.asyncProperty(fact, async (given) => {
        await store.put('f', given);
        expect(await store.list()).toEqual({ facts: [{ id: 'f', ...given }], damaged: [] });
      }),
      { numRuns: 60 },
    );
  });

  it('sweeps and their rows', async () => {
    const store = new SweepStore(new Database());
    await fc.assert(
      fc.asyncProperty(fc.array(measured), fc.option(measured), async (losses, retained) => {
        const { record, rows } = sweep('s');
        const [first] = rows;
        const [result] = first?.result.results ?? [];
        if (!first || !result) throw new Error('The sample has no row.');
        result.taught = {
          ...result.taught,
          losses,
          probes: [{ step: 0, rows: [], retained, perplexity: retained }],
        };
        await store.write(record);
        await store.writeRow(first);
        expect(await store.rows('s')).toEqual({ rows: [first], damaged: [] });
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [{ createdAt: 9e15 }, 'createdAt'],
    [{ createdAt: NaN }, 'createdAt'],
    [{ name: 'x'.repeat(1e6) }, 'name'],
    [{ step: -1 }, 'step'],
    [{ losses: ['much'] }, 'losses'],
    [{ ending: 'gone' }, 'ending'],
    [
      {
        experiment: {
          ...experiment,
          facts: [{ subject: 'country/ZZ', relation: 'capital', falseObject: 'city/tokyo' }],
        },
      },
      'facts',
    ],
    [
      {
        experiment: {
          ...experiment,
          facts: [{ subject: 'country/CL', relation: 'capital', falseObject: 'city/nowhere' }],
        },
      },
      'facts',
    ],
    [
      { experiment: { ...experiment, teach: { ...experiment.teach, learningRate: Infinity } } },
      'learningRate',
    ],
  ])('a record with %j is not written', async (rest, field) => {
    const store = new CheckpointStore(new Database());
    const whole = await checkpoint('c', rest as Partial<CheckpointMeta>);
    await expect(store.write(whole)).rejects.toThrow(field);
    expect((await store.list('d')).checkpoints).toEqual([]);
  });

  it('a bad row of a sweep hides no other, and none is written', async () => {
    const db = new Database();
    const store = new SweepStore(db);
    const { record, rows } = sweep('s');
    const [row] = rows;
    if (!row) throw new Error('The sample has no row.');
    await store.write(record);
    await store.writeRow(row);
    const bad = { sweep: 's', at: 1, result: { ...row.result, device: 'abacus' } };
    await expect(store.writeRow(bad as never)).rejects.toThrow('field device');
    await db.write(['rows'], (write) => write.objectStore('rows').put(bad));
    const read = await store.rows('s');
    expect(read.rows).toHaveLength(1);
    expect(read.damaged.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      expect.stringMatching(/^Row 2: .*field device/),
    ]);
    await expect(store.write({ ...record, plan: { kind: 'nonsense' } as never })).rejects.toThrow(
      'field plan',
    );
  });
});
