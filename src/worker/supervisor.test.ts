import { describe, expect, it, vi } from 'vitest';
import type { EngineWord } from './engine-word.ts';
import { breakdownOf, BreakdownError, Supervisor } from './supervisor.ts';

/** A worker that does what a test has it do. */
class FakeWorker extends EventTarget {
  ended = false;
  terminate(): void {
    this.ended = true;
  }
  say(word: EngineWord): void {
    this.dispatchEvent(new MessageEvent('message', { data: word }));
  }
  fail(message: string): void {
    this.dispatchEvent(Object.assign(new Event('error'), { message }));
  }
}

function supervised(patience = 60_000) {
  const workers: FakeWorker[] = [];
  const lost: string[] = [];
  const supervisor = new Supervisor(
    () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return { worker: worker as unknown as Worker, api: { at: workers.length } };
    },
    ({ breakdown }) => lost.push(breakdown),
    patience,
  );
  const last = (): FakeWorker => {
    const worker = workers.at(-1);
    if (!worker) throw new Error('No worker was started.');
    return worker;
  };
  return { supervisor, workers, lost, last };
}

const forever = <T>(): Promise<T> => new Promise(() => undefined);

describe('an engine that does not start', () => {
  it('whose code cannot be had: whoever waits is told, and the next call starts another one', async () => {
    const { supervisor, workers, lost, last } = supervised();
    const call = supervisor.call(({ at }) => Promise.resolve(at));
    last().fail('');
    await expect(call).rejects.toMatchObject({ breakdown: 'not-started' });
    expect(workers[0]?.ended).toBe(true);
    const again = supervisor.call(({ at }) => Promise.resolve(at));
    last().say({ engine: 'started' });
    await expect(again).resolves.toBe(2);
    expect(lost).toEqual(['not-started']);
  });

  it('that throws while its modules are read', async () => {
    const { supervisor, last } = supervised();
    const call = supervisor.call(forever);
    last().say({
      engine: 'not-started',
      detail: 'TypeError: Failed to fetch dynamically imported module',
    });
    await expect(call).rejects.toThrow(/dynamically imported/);
  });

  it('that says nothing at all', async () => {
    vi.useFakeTimers();
    const { supervisor, last } = supervised(5000);
    const call = supervisor.call(forever);
    const refused = expect(call).rejects.toMatchObject({ breakdown: 'slow' });
    await vi.advanceTimersByTimeAsync(5001);
    await refused;
    expect(last().ended).toBe(true);
    vi.useRealTimers();
  });

  it('where a worker may not be started at all', async () => {
    const supervisor = new Supervisor(() => {
      throw new Error('Workers are refused.');
    });
    await expect(supervisor.call(forever)).rejects.toMatchObject({ breakdown: 'not-started' });
  });
});

describe('an engine that is lost', () => {
  it('while several wait: each is told, once it is thrown away', async () => {
    const { supervisor, last, lost } = supervised();
    const calls = [supervisor.call(forever), supervisor.call(forever)];
    last().say({ engine: 'started' });
    await Promise.resolve();
    last().say({ engine: 'gpu-lost', detail: 'destroyed' });
    for (const call of calls) await expect(call).rejects.toMatchObject({ breakdown: 'gpu-lost' });
    expect(lost).toEqual(['gpu-lost']);
  });

  it('while nobody waits: it is told all the same', async () => {
    const { supervisor, last, lost } = supervised();
    const call = supervisor.call(() => Promise.resolve());
    last().say({ engine: 'started' });
    await call;
    last().fail('Uncaught RuntimeError: unreachable');
    expect(lost).toEqual(['crashed']);
  });

  it('by what a call answers: aborted WebAssembly computes nothing right any more', async () => {
    const { supervisor, last } = supervised();
    const call = supervisor.call(() =>
      Promise.reject(Object.assign(new Error('Aborted(OOM)'), { name: 'RuntimeError' })),
    );
    last().say({ engine: 'started' });
    await expect(call).rejects.toBeInstanceOf(BreakdownError);
    expect(last().ended).toBe(true);
  });

  it('is not one that only says no', async () => {
    const { supervisor, last } = supervised();
    const call = supervisor.call(() =>
      Promise.reject(new Error('A run is going on: stop it first.')),
    );
    last().say({ engine: 'started' });
    await expect(call).rejects.toThrow('A run is going on');
    expect(last().ended).toBe(false);
  });
});

describe('what an error says of the engine', () => {
  it.each([
    ['memory', 'failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc'],
    ['memory', 'Aborted(OOM)'],
    ['memory', 'WebAssembly.Memory(): could not allocate memory: Out of memory'],
    ['crashed', 'Aborted(). Build with -sASSERTIONS for more info.'],
    ['crashed', 'memory access out of bounds'],
    ['crashed', 'unreachable'],
    ['gpu-lost', 'A valid external Instance reference no longer exists. Device was lost.'],
    [null, 'This model is not ready.'],
    [null, 'No model is loaded yet.'],
    [null, 'The browser has no more room for this page.'],
    [null, 'The GPU cannot take this batch.'],
  ])('%s: %s', (breakdown, message) => {
    expect(breakdownOf(new Error(message))).toBe(breakdown);
  });
});
