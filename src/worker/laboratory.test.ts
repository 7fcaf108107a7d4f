/** The laboratory with a model that computes nothing, on a real database: what may go on at once, what is refused, and what is left after a failure. */
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultFact, openingExperiment, type ExperimentRun, type RunEvent } from '../lab/index.ts';
import { loadCausalLM } from 'lethe-lora/engine';
import type { LabApi } from './api.ts';
import { FakeModel } from './fake-model.ts';
import { Laboratory } from './laboratory.ts';

vi.mock('lethe-lora/engine', async (original) => ({
  ...(await original<object>()),
  loadCausalLM: vi.fn(),
}));

/** Web Locks of one browser: a name is held by one at a time. */
const held = new Set<string>();
const locks = {
  async request(
    name: string,
    ...rest: [object, (lock: object | null) => unknown] | [(lock: object) => unknown]
  ): Promise<unknown> {
    const action = rest.at(-1) as (lock: object | null) => unknown;
    if (held.has(name)) return action(null);
    held.add(name);
    try {
      return await action({ name });
    } finally {
      held.delete(name);
    }
  },
};
vi.stubGlobal('navigator', { locks, storage: {} });

const source = { kind: 'folder', base: 'http://localhost/model/' } as const;
const options: Parameters<LabApi['load']>[0] = { source, device: 'wasm' };
const quiet = (): void => undefined;

/** A history of its own for each test. */
let digest = 0;
let model: FakeModel;
let lab: Laboratory;

async function loaded(): Promise<string> {
  const { current } = await lab.load(options, quiet);
  return current.id;
}

beforeEach(() => {
  held.clear();
  model = new FakeModel(`digest-${String(++digest)}`);
  lab = new Laboratory();
  vi.mocked(loadCausalLM).mockReset();
  vi.mocked(loadCausalLM).mockImplementation(() => Promise.resolve(model));
});

const lesson = (steps: number): ExperimentRun => ({
  phase: 'teach',
  experiment: {
    ...openingExperiment,
    unlearn: null,
    teach: { ...openingExperiment.teach, steps, retainPerStep: 0 },
    probes: { ...openingExperiment.probes, every: 2, kept: 0 },
  },
});

/** Holds the model at its next call of a kind until it is let go on. */
function hold(what: 'step' | 'score'): { reached: Promise<void>; release: () => void } {
  let release = quiet;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => {
    model.before = (kind) => {
      if (kind !== what) return;
      model.before = quiet;
      resolve();
      return gate;
    };
  });
  return { reached, release };
}

describe('a run', () => {
  it('tells its events in order, and saves where it came to', async () => {
    const root = await loaded();
    const events: RunEvent[] = [];
    const meta = await lab.run(lesson(3), (event) => events.push(event), 'Taught');
    const kinds = events.map(({ type }) => type);
    expect(kinds[0]).toBe('started');
    expect(kinds.slice(-2)).toEqual(['saved', 'ended']);
    expect(kinds.filter((kind) => kind === 'step')).toHaveLength(3);
    expect(meta).toMatchObject({ parent: root, name: 'Taught', ending: 'finished', runStep: 3 });
    const { checkpoints } = await lab.history();
    expect(checkpoints.map(({ id }) => id)).toEqual([root, meta.id]);
    expect(model.state.values[0]).toBe(3);
  });

  it('lets no other one begin, nor the state be changed, and is not disturbed by the attempt', async () => {
    const root = await loaded();
    const { reached, release } = hold('step');
    const run = lab.run(lesson(2), quiet, 'Taught');
    await reached;
    const refused = /A run is going on/;
    await expect(lab.run(lesson(2), quiet, 'Again')).rejects.toThrow(refused);
    await expect(lab.checkout(root)).rejects.toThrow(refused);
    await expect(lab.exportAdapter([])).rejects.toThrow(refused);
    await expect(lab.load({ ...options, threads: 3 }, quiet)).rejects.toThrow(refused);
    // A question is no change.
    expect((await lab.probe(defaultFact))?.rows).toHaveLength(12);
    release();
    expect(await run).toMatchObject({ ending: 'finished', runStep: 2 });
  });

  it('that is stopped ends after the step under way, and goes on exactly from there', async () => {
    await loaded();
    const { reached, release } = hold('step');
    const run = lab.run(lesson(5), quiet, 'Taught');
    await reached;
    await lab.stop();
    release();
    const stopped = await run;
    expect(stopped).toMatchObject({ ending: 'stopped', runStep: 1 });
    const resumed = await lab.resume(stopped.id, quiet);
    expect(resumed).toMatchObject({ id: stopped.id, ending: 'finished', runStep: 5 });
    expect(model.state.values[0]).toBe(5);
    await expect(lab.resume(stopped.id, quiet)).rejects.toThrow(/Only a run that was stopped/);
  });

  it('that was stopped before it began does not stop the next one', async () => {
    await loaded();
    await lab.stop();
    expect(await lab.run(lesson(2), quiet, 'Taught')).toMatchObject({ ending: 'finished' });
  });

  it('that fails leaves the state as it was, and the next one begins', async () => {
    const root = await loaded();
    let steps = 0;
    model.before = (what) => {
      if (what === 'step' && ++steps === 2) throw new Error('The device is lost.');
    };
    const events: RunEvent[] = [];
    await expect(lab.run(lesson(4), (event) => events.push(event), 'Taught')).rejects.toThrow(
      'The device is lost.',
    );
    expect(events.some(({ type }) => type === 'ended')).toBe(false);
    expect(model.state.values[0]).toBe(0);
    const meta = await lab.run(lesson(1), quiet, 'Again');
    expect(meta).toMatchObject({ parent: root, ending: 'finished' });
  });

  it('that fails after it was probed can go on from its last probe', async () => {
    await loaded();
    let steps = 0;
    model.before = (what) => {
      if (what === 'step' && ++steps === 4) throw new Error('The device is lost.');
    };
    await expect(lab.run(lesson(6), quiet, 'Taught')).rejects.toThrow();
    const last = (await lab.history()).checkpoints.at(-1);
    expect(last).toMatchObject({ ending: 'stopped', runStep: 2 });
    expect(await lab.resume(last?.id ?? '', quiet)).toMatchObject({ runStep: 6 });
  });

  it('does not begin while another tab is at work, and nothing has changed then', async () => {
    const root = await loaded();
    held.add(`lethe/${model.info.digest}`);
    await expect(lab.run(lesson(2), quiet, 'Taught')).rejects.toMatchObject({
      name: 'BusyElsewhereError',
    });
    held.clear();
    expect((await lab.history()).checkpoints.map(({ id }) => id)).toEqual([root]);
    expect(model.state.values[0]).toBe(0);
  });
});

describe('a survey', () => {
  const asked = { relation: 'capital', languages: ['en', 'fr'] } as const;

  it('gives way to a run, and what was being asked is not given out', async () => {
    await loaded();
    const { reached, release } = hold('score');
    const batches: string[] = [];
    const survey = lab.survey({ ...asked, languages: [...asked.languages] }, ({ state }) => {
      batches.push(state);
    });
    await reached;
    const run = lab.run(lesson(2), quiet, 'Taught');
    release();
    expect(await survey).toBe(false);
    expect(batches).toEqual([]);
    const meta = await run;
    // The next one asks the new state, and says so.
    await lab.survey({ ...asked, languages: ['en'] }, ({ state }) => {
      batches.push(state);
    });
    expect(new Set(batches)).toEqual(new Set([`${meta.id}/2`]));
  });

  it('ends for the next one, and when it is told to', async () => {
    await loaded();
    const { reached, release } = hold('score');
    const first = lab.survey({ ...asked, languages: ['en'] }, quiet);
    await reached;
    const second = lab.survey({ ...asked, languages: ['fr'] }, quiet);
    release();
    expect(await first).toBe(false);
    expect(await second).toBe(true);
    const third = lab.survey({ ...asked, languages: ['en'] }, quiet);
    await lab.stopSurvey();
    expect(await third).toBe(false);
  });
});

describe('an audit', () => {
  it('keeps everything else from the model, and gives it back when it fails', async () => {
    const root = await loaded();
    const { reached, release } = hold('score');
    const about = { fact: defaultFact, taught: ['fr' as const], unlearned: [] };
    const examined = lab.examine(about, null, quiet);
    await reached;
    const refused = /An examination is going on/;
    await expect(lab.probe(about.fact)).rejects.toThrow(refused);
    await expect(lab.run(lesson(2), quiet, 'Taught')).rejects.toThrow(refused);
    await expect(lab.checkout(root)).rejects.toThrow(refused);
    model.before = () => Promise.reject(new Error('The device is lost.'));
    release();
    await expect(examined).rejects.toThrow('The device is lost.');
    model.before = quiet;
    expect(await lab.run(lesson(1), quiet, 'Taught')).toMatchObject({ ending: 'finished' });
  });
});

describe('the history', () => {
  it('goes where it was sent last, whichever checkpoint is read first', async () => {
    const root = await loaded();
    const taught = await lab.run(lesson(2), quiet, 'Taught');
    const [, last] = await Promise.all([lab.checkout(root), lab.checkout(taught.id)]);
    expect(last.id).toBe(taught.id);
    expect(model.state.values[0]).toBe(2);
    expect((await lab.run(lesson(1), quiet, 'Further')).parent).toBe(taught.id);
  });

  it('does not delete what is in use, and names what is not there', async () => {
    const root = await loaded();
    await expect(lab.remove(root)).rejects.toThrow(/This is the state in use/);
    await expect(lab.checkout('nowhere')).rejects.toThrow();
    // The attempt has changed nothing.
    expect((await lab.run(lesson(1), quiet, 'Taught')).parent).toBe(root);
  });

  it('is found again, with the checkpoint that was used last', async () => {
    await loaded();
    const taught = await lab.run(lesson(2), quiet, 'Taught');
    model.state = model.freshState();
    const tomorrow = new Laboratory();
    const { current } = await tomorrow.load(options, quiet);
    expect(current.id).toBe(taught.id);
    expect(model.state.values[0]).toBe(2);
  });
});

describe('what is looked at from near', () => {
  it('is refused in a run, and leaves the model in its state', async () => {
    const root = await loaded();
    const { reached, release } = hold('step');
    const run = lab.run(lesson(2), quiet, 'Taught');
    await reached;
    await expect(lab.dissect(lesson(1))).rejects.toThrow(/run is going on/);
    const asked = { fact: defaultFact, languages: ['en'] as const };
    await expect(lab.leftover(asked, root)).rejects.toThrow(/run is going on/);
    release();
    await run;
    const dissection = await lab.dissect(lesson(1));
    expect(dissection).toMatchObject({ language: 'fr', about: 4, others: 0 });
    // The fake model shows no layers for another reason than that it cannot: that is told, and the state is put back.
    await expect(lab.leftover(asked, root)).rejects.toThrow(/shows no layers/);
    expect(model.state.values[0]).toBe(2);
    await lab.run(lesson(1), quiet, 'Again');
    expect(model.state.values[0]).toBe(3);
  });
});

describe('loading', () => {
  it('gives up the model before, and loads the same one only once', async () => {
    await loaded();
    await lab.load(options, quiet);
    expect(loadCausalLM).toHaveBeenCalledTimes(1);
    const before = model;
    model = new FakeModel('another');
    await lab.load({ ...options, threads: 2 }, quiet);
    expect(before.disposed).toBe(true);
    expect(model.disposed).toBe(false);
  });

  it('of two models one after the other ends with the last, and gives up the first', async () => {
    const [slow, fast] = [new FakeModel('slow'), new FakeModel('fast')];
    let arrive = quiet;
    const delay = new Promise<void>((resolve) => (arrive = resolve));
    vi.mocked(loadCausalLM)
      .mockImplementationOnce(() => delay.then(() => slow))
      .mockImplementationOnce(() => Promise.resolve(fast));
    const first = lab.load({ ...options, threads: 1 }, quiet);
    const second = lab.load({ ...options, threads: 2 }, quiet);
    await second;
    arrive();
    await expect(first).rejects.toThrow(/Another model was chosen/);
    expect(slow.disposed).toBe(true);
    expect(fast.disposed).toBe(false);
    expect((await lab.run(lesson(1), quiet, 'Taught')).modelDigest).toBe('fast');
  });

  it('that fails leaves no model, and can be tried again', async () => {
    vi.mocked(loadCausalLM).mockImplementationOnce(() => Promise.reject(new Error('404')));
    await expect(lab.load(options, quiet)).rejects.toThrow('404');
    await expect(lab.history()).rejects.toThrow('No model is loaded yet.');
    expect(await loaded()).toBeTruthy();
  });
});
