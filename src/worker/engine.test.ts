import { describe, expect, it, vi } from 'vitest';
import type { CheckpointMeta, RunEvent } from '../lab/index.ts';
import type { LabApi } from './api.ts';
import { LabEngine } from './engine.ts';
import type { EngineWord } from './engine-word.ts';
import { Supervisor } from './supervisor.ts';

type Load = Parameters<LabApi['load']>[0];

const source = { kind: 'folder', base: 'https://site.example/models/atlas/' } as const;

/** What each engine in turn does; `store` outlives them, as IndexedDB does. */
type Script = Partial<Record<'load' | 'probe' | 'run' | 'resume', (engine: Fake) => unknown>>;

class Fake extends EventTarget {
  /** Checkpoints that are stored nowhere. */
  readonly memory = new Map<string, CheckpointMeta>();
  constructor(
    readonly script: Script,
    readonly store: Map<string, CheckpointMeta>,
    readonly log: string[],
  ) {
    super();
    queueMicrotask(() => {
      this.say({ engine: 'started' });
    });
  }
  terminate(): void {
    this.log.push('ended');
  }
  say(word: EngineWord): void {
    this.dispatchEvent(new MessageEvent('message', { data: word }));
  }
  get api() {
    const { script, store, log } = this;
    const does = async (name: keyof Script, usual: () => unknown): Promise<unknown> => {
      const own = script[name];
      return own ? await own(this) : usual();
    };
    const ended = (id: string, listen: (event: RunEvent) => void): unknown => {
      const meta = checkpoint(id, 'finished');
      store.set(id, meta);
      listen({ type: 'ended', ending: 'finished', message: '' });
      return meta;
    };
    return {
      load: (options: Load) => {
        log.push(`load ${options.device}`);
        return does('load', () => ({
          info: { device: { device: options.device }, parameters: 6.6e6 },
          current: checkpoint('root', null),
        }));
      },
      probe: () => {
        log.push('probe');
        return does('probe', () => 'answers');
      },
      history: () => {
        const unsaved = [...this.memory.values()];
        return Promise.resolve({
          checkpoints: [...store.values(), ...unsaved],
          damaged: [],
          unsaved: unsaved.map(({ id }) => id),
        });
      },
      exportCheckpoint: (id: string) => Promise.resolve(new Blob([id])),
      importCheckpoint: async (file: Blob) => {
        const id = await file.text();
        log.push(`import ${id}`);
        this.memory.set(id, checkpoint(id, 'finished'));
        return this.memory.get(id);
      },
      checkout: (id: string) => {
        log.push(`checkout ${id}`);
        return Promise.resolve(store.get(id) ?? this.memory.get(id) ?? checkpoint(id, null));
      },
      run: (listen: (event: RunEvent) => void) => {
        log.push('run');
        listen({ type: 'started', id: 'r' });
        return does('run', () => ended('r', listen));
      },
      resume: (id: string, listen: (event: RunEvent) => void) => {
        log.push(`resume ${id}`);
        listen({ type: 'started', id });
        return does('resume', () => ended(id, listen));
      },
    };
  }
}

function checkpoint(id: string, ending: CheckpointMeta['ending']): CheckpointMeta {
  return { id, ending } as CheckpointMeta;
}

/** Engines that follow the scripts in turn; the last one for all that come after. */
function engineOf(...scripts: Script[]) {
  const store = new Map<string, CheckpointMeta>();
  const log: string[] = [];
  let started = 0;
  let last: Fake | null = null;
  const supervisor = new Supervisor<Fake['api']>(
    () => {
      last = new Fake(scripts[Math.min(started++, scripts.length - 1)] ?? {}, store, log);
      return { worker: last as unknown as Worker, api: last.api };
    },
    (error) => {
      engine.lost(error);
    },
  );
  const engine = new LabEngine(supervisor as unknown as ConstructorParameters<typeof LabEngine>[0]);
  const restarts: string[] = [];
  engine.onRestart = ({ breakdown, info }) => restarts.push(`${breakdown} ${info.device.device}`);
  const gone: unknown[] = [];
  engine.onGone = (error) => gone.push(error);
  return { engine, supervisor, store, log, restarts, gone, current: () => last };
}

const load = (engine: LabEngine, device: Load['device'] = 'webgpu') =>
  engine.load({ source, device }, () => undefined);
const run = (engine: LabEngine, events: RunEvent[] = []) =>
  engine.run(
    (api, listen) => (api as unknown as Fake['api']).run(listen) as Promise<CheckpointMeta>,
    (event) => events.push(event),
  );
const never = (): Promise<never> => new Promise(() => undefined);
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('an engine whose graphics card is lost', () => {
  it('while idle starts again by itself, with the model that was loaded, on the card', async () => {
    const { engine, log, restarts, current } = engineOf({});
    await load(engine);
    current()?.say({ engine: 'gpu-lost', detail: 'destroyed' });
    await turn();
    expect(log).toEqual(['load webgpu', 'ended', 'load auto']);
    expect(restarts).toEqual(['gpu-lost auto']);
  });

  it('in the middle of a question answers it all the same', async () => {
    const { engine, log, restarts } = engineOf(
      { probe: (fake) => (fake.say({ engine: 'gpu-lost', detail: 'reset' }), never()) },
      {},
    );
    await load(engine);
    await expect(engine.ask((api) => api.probe({} as never))).resolves.toBe('answers');
    expect(log).toEqual(['load webgpu', 'probe', 'ended', 'load auto', 'probe']);
    expect(restarts).toHaveLength(1);
  });

  it('again and again goes over to the processor', async () => {
    const lost: Script = {
      probe: (fake) => (fake.say({ engine: 'gpu-lost', detail: 'reset' }), never()),
    };
    const { engine, restarts } = engineOf(lost, lost, {});
    await load(engine);
    await expect(engine.ask((api) => api.probe({} as never))).resolves.toBe('answers');
    expect(restarts).toEqual(['gpu-lost auto', 'gpu-lost wasm']);
  });

  it('while the model is loaded loads it again', async () => {
    const { engine, log, restarts } = engineOf(
      { load: (fake) => (fake.say({ engine: 'gpu-lost', detail: 'reset' }), never()) },
      {},
    );
    await load(engine);
    expect(log).toEqual(['load webgpu', 'ended', 'load auto']);
    expect(restarts).toEqual([]);
  });

  it('whatever is tried is given up, and told', async () => {
    const { engine, gone, restarts, current } = engineOf(
      {},
      { load: (fake) => (fake.say({ engine: 'gpu-lost', detail: 'reset' }), never()) },
    );
    await load(engine);
    current()?.say({ engine: 'gpu-lost', detail: 'reset' });
    await turn();
    expect(restarts).toEqual([]);
    expect(gone).toMatchObject([{ breakdown: 'gpu-lost' }]);
  });
});

describe('an engine that gives no answer any more', () => {
  it('is told of, and started anew when the visitor says so: the run goes on', async () => {
    vi.useFakeTimers();
    const stuck: Script = {
      run: (fake) => {
        fake.store.set('r', checkpoint('r', 'stopped'));
        return never();
      },
    };
    const { engine, supervisor, log, restarts } = engineOf(stuck, {});
    const told: boolean[] = [];
    supervisor.onSilence = (isSilent) => told.push(isSilent);
    await load(engine, 'wasm');
    const running = run(engine);
    // Atlas' size: a minute and a little.
    await vi.advanceTimersByTimeAsync(50_000);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(told).toEqual([true]);
    supervisor.giveUp();
    await expect(running).resolves.toMatchObject({ ending: 'finished' });
    expect(told).toEqual([true, false]);
    expect(restarts).toEqual(['silent wasm']);
    expect(log.at(-1)).toBe('resume r');
    vi.useRealTimers();
  });
});

describe('what was only in the memory of an engine that is lost', () => {
  it('is there again, and the model where it was', async () => {
    const { engine, log, current } = engineOf({});
    await load(engine);
    current()?.memory.set('m', checkpoint('m', 'finished'));
    await engine.history();
    await engine.go((api) => api.checkout('m'));
    current()?.say({ engine: 'crashed', detail: 'unreachable' });
    await turn();
    expect(log.slice(2)).toEqual(['ended', 'load webgpu', 'import m', 'checkout m']);
    expect((await engine.history()).unsaved).toEqual(['m']);
  });
});

describe('a run whose engine is lost', () => {
  it('goes on from its last checkpoint, and ends as if nothing had been', async () => {
    const { engine, store, log } = engineOf(
      {
        run: (fake) => {
          store.set('r', checkpoint('r', 'stopped'));
          fake.say({ engine: 'crashed', detail: 'unreachable' });
          return never();
        },
      },
      {},
    );
    await load(engine, 'wasm');
    await expect(run(engine)).resolves.toMatchObject({ id: 'r', ending: 'finished' });
    expect(log).toEqual(['load wasm', 'run', 'ended', 'load wasm', 'resume r']);
  });

  it('begins anew where it has no checkpoint yet', async () => {
    const { engine, log } = engineOf(
      { run: (fake) => (fake.say({ engine: 'crashed', detail: 'unreachable' }), never()) },
      {},
    );
    await load(engine, 'wasm');
    await run(engine);
    expect(log).toEqual(['load wasm', 'run', 'ended', 'load wasm', 'run']);
  });

  it('is not run twice where it had ended and only the answer was lost', async () => {
    const { engine, store, log } = engineOf(
      {
        run: (fake) => {
          store.set('r', checkpoint('r', 'finished'));
          fake.say({ engine: 'crashed', detail: 'unreachable' });
          return never();
        },
      },
      {},
    );
    await load(engine, 'wasm');
    await expect(run(engine)).resolves.toMatchObject({ ending: 'finished' });
    expect(log.filter((word) => word === 'run')).toHaveLength(1);
  });

  it('that breaks it twice at the same place is given up, and the engine is there again', async () => {
    const breaks: Script = {
      run: (fake) => (fake.say({ engine: 'memory', detail: 'Aborted(OOM)' }), never()),
    };
    const { engine } = engineOf(breaks);
    await load(engine, 'wasm');
    await expect(run(engine)).rejects.toMatchObject({ breakdown: 'memory' });
    await expect(engine.ask((api) => api.probe({} as never))).resolves.toBe('answers');
  });
});
