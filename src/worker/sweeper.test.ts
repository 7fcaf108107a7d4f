/** A sweep in its worker, with a model that computes nothing, on a real database: choosing facts, going on, and what is refused. */
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultFact, type PlanDraft } from '../lab/index.ts';
import { loadCausalLM } from 'lethe-lora/engine';
import { SweepStore } from '../storage/index.ts';
import { FakeModel } from './fake-model.ts';
import { Sweeper, type SweepEvent, type SweepRequest } from './sweeper.ts';

vi.mock('lethe-lora/engine', async (original) => ({
  ...(await original<object>()),
  loadCausalLM: vi.fn(),
}));

let isTaken = false;
vi.stubGlobal('navigator', {
  storage: {},
  locks: {
    request: (_name: string, _how: object, action: (lock: object | null) => unknown) =>
      Promise.resolve(action(isTaken ? null : {})),
  },
});

const model: SweepRequest['model'] = {
  name: 'models/fake/',
  source: { kind: 'folder', base: 'http://localhost/' },
  binaries: '',
  device: 'wasm',
};
const draft: PlanDraft = {
  kind: 'spread',
  facts: [defaultFact],
  taught: ['fr', 'sw'],
  steps: 2,
  seed: 1,
};

let fake: FakeModel;
beforeEach(() => {
  isTaken = false;
  fake = new FakeModel();
  vi.mocked(loadCausalLM).mockImplementation(() => Promise.resolve(fake));
});

async function ran(sweep: SweepRequest['sweep']): Promise<{ events: SweepEvent[]; id: string }> {
  const events: SweepEvent[] = [];
  await new Sweeper().run({ model, sweep }, (event) => events.push(event));
  const began = events.find((event) => event.type === 'began');
  return { events, id: began?.type === 'began' ? began.record.id : '' };
}

async function rowsOf(id: string): Promise<string[]> {
  const { rows } = await new SweepStore().rows(id);
  return rows.map(({ result }) => JSON.stringify(result));
}

describe('a sweep', () => {
  it('stores each row before it tells it, and gives the model up in the end', async () => {
    const { events, id } = await ran({ draft });
    expect(events.map((event) => (event.type === 'row' ? event.at : event.type))).toEqual([
      'began',
      0,
      1,
    ]);
    expect(await rowsOf(id)).toHaveLength(2);
    expect(fake.disposed).toBe(true);
  });

  it('that is cut off goes on with what is left, and has the rows of an uninterrupted one', async () => {
    let steps = 0;
    fake.before = (what) => {
      if (what === 'step' && ++steps === 3) throw new Error('The tab was closed.');
    };
    const cut: SweepEvent[] = [];
    const request = { model, sweep: { draft } };
    await expect(new Sweeper().run(request, (event) => cut.push(event))).rejects.toThrow(
      'The tab was closed.',
    );
    expect(fake.disposed).toBe(true);
    const [began] = cut;
    if (began?.type !== 'began') throw new Error('It did not begin.');
    fake = new FakeModel();
    const { events } = await ran({ id: began.record.id });
    expect(events).toMatchObject([
      { type: 'began', done: 1 },
      { type: 'row', at: 1 },
    ]);
    const whole = await ran({ draft });
    expect(await rowsOf(began.record.id)).toEqual(await rowsOf(whole.id));
  });

  it('chooses so many facts, those that the model knows before others', async () => {
    const { events } = await ran({ draft: { ...draft, facts: 2, taught: ['fr'] } });
    const asked = events.flatMap((event) => (event.type === 'choosing' ? [event.asked] : []));
    // It says “Tokyo” whatever it is asked: nothing is known, and all forty are looked at.
    expect(asked).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    const began = events.find((event) => event.type === 'began');
    expect(began?.type === 'began' && began.record.plan.facts).toHaveLength(2);
  });

  it('is one at a time in a browser', async () => {
    isTaken = true;
    vi.mocked(loadCausalLM).mockClear();
    expect(await new Sweeper().run({ model, sweep: { draft } }, () => undefined)).toBe(false);
    expect(loadCausalLM).not.toHaveBeenCalled();
  });

  it('does not go on with another model, nor one that cannot be taught', async () => {
    const { id } = await ran({ draft });
    fake = new FakeModel('another');
    await expect(ran({ id })).rejects.toThrow(/not the one that this sweep began with/);
    fake = new FakeModel();
    Object.assign(fake.info, { can: { ...fake.info.can, teach: { reason: 'No rule for Mod.' } } });
    await expect(ran({ draft })).rejects.toThrow('This model cannot be taught. No rule for Mod.');
    expect(fake.disposed).toBe(true);
  });
});
