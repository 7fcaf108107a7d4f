/** @file Engines that are lost at each of their calls in turn: the page's supervisor, and the engine that it starts anew. */
import type { CheckpointMeta, RunEvent } from '../../src/lab/index.ts';
import type { LabApi } from '../../src/worker/api.ts';
import { LabEngine } from '../../src/worker/engine.ts';
import type { EngineWord } from '../../src/worker/engine-word.ts';
import { BreakdownError, Supervisor, type Breakdown } from '../../src/worker/supervisor.ts';

/** Milliseconds after which a call counts as one that never ends. */
const patience = 5000;

class World {
  /** What outlives an engine: the database. */
  readonly store = new Map<string, CheckpointMeta>();
  calls = 0;
  reached = false;
  worker: FakeWorker | null = null;

  constructor(
    readonly at: number,
    readonly breakdown: Breakdown,
    /** Throws an engine away that says nothing. */
    readonly giveUp: () => void,
  ) {}

  /** A call of the engine's: lost before it has done anything, or after it and before its answer. */
  async call<T>(work: () => T): Promise<T> {
    const [before, after] = [++this.calls, ++this.calls];
    if (before === this.at) return this.lose();
    const result = work();
    if (after === this.at) return this.lose();
    return Promise.resolve(result);
  }

  private lose(): Promise<never> {
    this.reached = true;
    const word = this.breakdown;
    if (word === 'silent') queueMicrotask(this.giveUp);
    else this.worker?.say({ engine: word as 'crashed', detail: 'as the test has it' });
    return new Promise(() => undefined);
  }
}

class FakeWorker extends EventTarget {
  constructor() {
    super();
    queueMicrotask(() => {
      this.say({ engine: 'started' });
    });
  }
  terminate(): void {
    // It is gone as soon as nothing refers to it.
  }
  say(word: EngineWord): void {
    this.dispatchEvent(new MessageEvent('message', { data: word }));
  }
}

const meta = (id: string, ending: CheckpointMeta['ending'], runStep = 0): CheckpointMeta =>
  ({ id, ending, runStep, digest: `${id}${runStep}` }) as CheckpointMeta;

/** The engine's side: a run of four steps, stored after each. */
function apiOf(world: World) {
  const { store } = world;
  const steps = async (
    id: string,
    from: number,
    listen: (event: RunEvent) => void,
  ): Promise<CheckpointMeta> => {
    listen({ type: 'started', id });
    for (let step = from + 1; step <= 4; step++) {
      await world.call(() => store.set(id, meta(id, 'stopped', step)));
      listen({ type: 'probe' } as RunEvent);
    }
    const ended = await world.call(() => {
      store.set(id, meta(id, 'finished', 4));
      return meta(id, 'finished', 4);
    });
    listen({ type: 'ended', ending: 'finished', message: '' });
    return ended;
  };
  return {
    load: () =>
      world.call(() => ({
        info: { device: { device: 'webgpu' }, parameters: 1e6 },
        current: meta('root', null),
      })),
    history: () =>
      world.call(() => ({ checkpoints: [...store.values()], damaged: [], unsaved: [] })),
    probe: () => world.call(() => 'answers'),
    run: (listen: (event: RunEvent) => void) => steps('r', 0, listen),
    resume: (id: string, listen: (event: RunEvent) => void) =>
      steps(id, store.get(id)?.runStep ?? 0, listen),
    checkout: (id: string) => world.call(() => store.get(id) ?? meta(id, null)),
  };
}

/** A visit whose engine is lost at one call. Gives whether that was reached. */
export async function loseEngines(at: number, breakdown: Breakdown): Promise<boolean> {
  const world: World = new World(at, breakdown, () => {
    supervisor.giveUp();
  });
  const supervisor = new Supervisor<ReturnType<typeof apiOf>>(
    () => {
      world.worker = new FakeWorker();
      return { worker: world.worker as unknown as Worker, api: apiOf(world) };
    },
    (error) => {
      engine.lost(error);
    },
  );
  const engine = new LabEngine(supervisor as unknown as ConstructorParameters<typeof LabEngine>[0]);
  type Api = ReturnType<typeof apiOf>;
  const source = { kind: 'folder', base: 'https://site.example/' } as const;
  const visit = async (): Promise<void> => {
    await engine.load({ source, device: 'auto' } as Parameters<LabApi['load']>[0], () => undefined);
    await engine.history();
    await engine.ask((api) => (api as unknown as Api).probe());
    const ended = await engine.run(
      (api, listen) => (api as unknown as Api).run(listen),
      () => undefined,
    );
    if (ended.ending !== 'finished') throw new Error('the run did not end');
    // What changes something is not done twice: it may be refused, and then it is asked for again.
    try {
      await engine.go((api) => api.checkout('r'));
    } catch (error) {
      if (!(error instanceof BreakdownError)) throw error;
      await engine.go((api) => api.checkout('r'));
    }
    const { checkpoints } = await engine.history();
    if (checkpoints.length !== 1 || checkpoints[0]?.runStep !== 4)
      throw new Error(`the history is ${JSON.stringify(checkpoints)}`);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('a call never ended'));
    }, patience);
  });
  try {
    await Promise.race([visit(), limit]);
  } finally {
    clearTimeout(timer);
    supervisor.close();
  }
  return world.reached;
}
