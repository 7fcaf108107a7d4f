// @vitest-environment jsdom
/** Sweeps on the page: rows as they come and as they are stored, a second start, a pause, another tab, a worker that fails. */
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  defaultFact,
  experimentsOf,
  parseExperiment,
  type ExperimentResult,
  type Plan,
} from '../../lab/index.ts';
import { SweepStore, type SweepRecord } from '../../storage/index.ts';
import { runSweep, type SweepEnding, type SweepEvent } from '../../worker/index.ts';
import { settled } from './fake-lab.ts';
import { Sweeps } from './sweeps.svelte.ts';

vi.mock('../../worker/index.ts', async (original) => ({
  ...(await original<object>()),
  runSweep: vi.fn(),
}));

const plan: Plan = {
  kind: 'spread',
  facts: [defaultFact],
  taught: ['fr', 'sw'],
  steps: 2,
  seed: 1,
};
const experiments = experimentsOf(plan, 'models/atlas/');
const model = {
  name: 'models/atlas/',
  source: { kind: 'folder', base: 'http://localhost:3000/in-use/' },
  device: 'wasm',
} as const;

let count = 0;
const recordOf = (): SweepRecord => ({
  id: `sweep-${String(++count)}`,
  createdAt: count,
  plan,
  experiments,
  model: { id: 'atlas', digest: 'digest' },
  device: 'wasm',
});

const resultAt = (at: number): ExperimentResult => ({
  key: `key-${String(at)}`,
  experiment: parseExperiment(experiments[at]),
  model: { id: 'atlas', digest: 'digest' },
  device: 'wasm',
  results: [],
});

/** The worker's end of the sweep that was started last. */
function worker(): {
  request: Parameters<typeof runSweep>[0];
  tell: (event: SweepEvent) => void;
  end: (how: SweepEnding) => Promise<void>;
  fail: (error: Error) => Promise<void>;
  stopped: () => boolean;
} {
  const [request, tell] = vi.mocked(runSweep).mock.lastCall ?? [];
  if (!request || !tell || !current) throw new Error('No sweep was started.');
  const { resolve, reject, stop } = current;
  const waited = async (): Promise<void> => {
    for (let turns = 0; turns < 20; turns++) await settled();
  };
  return {
    request,
    tell,
    end: (how) => (resolve(how), waited()),
    fail: (error) => (reject(error), waited()),
    stopped: () => stop.mock.calls.length > 0,
  };
}

let current: {
  resolve: (how: SweepEnding) => void;
  reject: (error: Error) => void;
  stop: ReturnType<typeof vi.fn>;
} | null = null;

beforeEach(() => {
  vi.mocked(runSweep).mockReset();
  vi.mocked(runSweep).mockImplementation(() => {
    const stop = vi.fn();
    const ended = new Promise<SweepEnding>((resolve, reject) => {
      current = { resolve, reject, stop };
    });
    return { ended, stop: () => void stop() };
  });
});

/** A sweep that has begun, and is stored, as the worker stores it before it tells. */
async function begun(): Promise<{ sweeps: Sweeps; record: SweepRecord; store: SweepStore }> {
  const store = new SweepStore();
  const sweeps = new Sweeps();
  void sweeps.start({ ...plan, facts: 1 }, model);
  const record = recordOf();
  await store.write(record);
  worker().tell({ type: 'choosing', asked: 3 });
  expect(sweeps.live).toEqual({ stage: 'choosing', asked: 3 });
  worker().tell({ type: 'began', record, done: 0 });
  return { sweeps, record, store };
}

describe('a sweep', () => {
  it('shows its rows as they come, and in the end those that are stored', async () => {
    const { sweeps, record, store } = await begun();
    const source = () => sweeps.sources.find(({ id }) => id === record.id);
    expect(source()).toMatchObject({ done: 0, total: 2, file: null });
    worker().tell({ type: 'row', at: 1, result: resultAt(1) });
    expect(source()?.done).toBe(1);
    expect(sweeps.results(record.id).map(({ key }) => key)).toEqual(['key-1']);
    // A row was stored in the moment of the end, without being told.
    await store.writeRow({ sweep: record.id, at: 1, result: resultAt(1) });
    await store.writeRow({ sweep: record.id, at: 0, result: resultAt(0) });
    await worker().end('done');
    expect(sweeps.live).toBeNull();
    expect(source()?.done).toBe(2);
    expect(sweeps.results(record.id).map(({ key }) => key)).toEqual(['key-0', 'key-1']);
  });

  it('is one at a time in a tab, and another tab’s is told', async () => {
    const { sweeps } = await begun();
    void sweeps.start({ ...plan, facts: 1 }, model);
    expect(runSweep).toHaveBeenCalledTimes(1);
    await worker().end('elsewhere');
    expect(sweeps.failure).toEqual({ kind: 'elsewhere' });
    void sweeps.start({ ...plan, facts: 1 }, model);
    expect(runSweep).toHaveBeenCalledTimes(2);
    expect(sweeps.failure).toBeNull();
  });

  it('that is paused keeps what is stored, and goes on with the device that it began on', async () => {
    const { sweeps, record, store } = await begun();
    await store.writeRow({ sweep: record.id, at: 0, result: resultAt(0) });
    sweeps.pause();
    expect(worker().stopped()).toBe(true);
    await worker().end('stopped');
    // What comes late from the worker that was ended changes nothing.
    worker().tell({ type: 'row', at: 1, result: resultAt(1) });
    expect(sweeps.sources.find(({ id }) => id === record.id)?.done).toBe(1);
    await sweeps.read(record.id);
    void sweeps.resume(record.id, { ...model, name: 'another/', device: 'webgpu' } as never);
    for (let turns = 0; turns < 20; turns++) await settled();
    const { request } = worker();
    expect(request).toMatchObject({
      sweep: { id: record.id },
      model: { name: 'models/atlas/', device: 'wasm' },
    });
    // The model that the sweep names, not the one in use.
    expect(request.model.source).toMatchObject({ base: 'http://localhost:3000/models/atlas/' });
  });

  it('whose worker fails says why; the page goes on with what is stored', async () => {
    const { sweeps, record } = await begun();
    await worker().fail(new Error('The worker for sweeps could not be started.'));
    expect(sweeps.failure).toMatchObject({
      kind: 'failed',
      detail: expect.stringContaining('could not be started') as string,
    });
    expect(sweeps.live).toBeNull();
    expect(sweeps.sources.some(({ id }) => id === record.id)).toBe(true);
    await sweeps.remove(record.id);
    expect(sweeps.sources.some(({ id }) => id === record.id)).toBe(false);
  });
});

describe('a file of results', () => {
  const fileOf = (text: string): File =>
    Object.assign(new File([text], 'results.jsonl'), { text: () => Promise.resolve(text) });

  it('is a source beside the sweeps, and stays when they are read again', async () => {
    const sweeps = new Sweeps();
    const id = await sweeps.open(fileOf(`${JSON.stringify(resultAt(0))}\n`));
    await sweeps.load();
    expect(sweeps.sources.at(-1)).toMatchObject({ id, file: 'results.jsonl', total: 1, done: 1 });
    expect(sweeps.experiments(id ?? '')).toHaveLength(1);
  });

  it('that is none is told by its name, and opens nothing', async () => {
    const sweeps = new Sweeps();
    expect(await sweeps.open(fileOf(''))).toBeNull();
    expect(await sweeps.open(fileOf('{"key":1}\n'))).toBeNull();
    expect(sweeps.failure).toMatchObject({ kind: 'file', name: 'results.jsonl' });
    expect(sweeps.sources).toEqual([]);
  });
});
