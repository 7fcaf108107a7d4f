/**
 * @file The page's engine: the laboratory in its worker, started anew with what was stored when it is lost. What only reads is asked again;
 * a run goes on from its last checkpoint, which repeats the steps since then exactly.
 */
import { proxy, type Remote } from 'comlink';
import type { CheckpointMeta, RunEvent } from '../lab/index.ts';
import type { LabApi } from './api.ts';
import { loadingPatience, patienceFor } from './pulse.ts';
import { BreakdownError, type Breakdown, type Supervisor } from './supervisor.ts';

type LoadCall = Parameters<LabApi['load']>;
export type Loaded = Awaited<ReturnType<LabApi['load']>>;

/** The engine was lost, and another one has taken its place. */
export interface Restart extends Loaded {
  breakdown: Breakdown;
}

/** After so many losses of the graphics card in a row the processor takes over. */
const gpuChances = 2;
/** After so many losses of any kind in a row it is given up. */
const chances = 4;
/** Losses within so many milliseconds are in a row. */
const window = 120_000;

type LabSupervisor = Supervisor<Remote<LabApi>>;

export class LabEngine {
  /** Told of a loss once the next engine is ready. */
  onRestart: (restart: Restart) => void = () => undefined;
  /** Told of a loss that could not be mended. */
  onGone: (error: unknown) => void = () => undefined;

  #loaded: LoadCall | null = null;
  #restarting: Promise<Loaded> | null = null;
  #losses: { at: number; breakdown: Breakdown }[] = [];
  /** Somebody is loading, and hears of a loss himself. */
  #loading = 0;
  /** Id of the checkpoint that the model is in. */
  #current: string | null = null;
  /** Checkpoints that the browser does not store, as files: the engine that is lost was the only one that had them. */
  readonly #held = new Map<string, { digest: string; file: Blob }>();

  constructor(private readonly supervisor: LabSupervisor) {}

  /** To be told of every loss, also one that nobody waits for. */
  lost(error: BreakdownError): void {
    this.#losses.push({ at: Date.now(), breakdown: error.breakdown });
    if (this.#loading > 0 || !this.#loaded) return;
    this.#restart(error).catch(() => undefined);
  }

  /** Loads a model; an engine that is lost meanwhile is replaced. Rejects with the last `BreakdownError` where that does not help. */
  async load(...[options, onProgress]: LoadCall): Promise<Loaded> {
    this.#loading++;
    this.supervisor.silence = loadingPatience;
    try {
      const loaded = await this.#loadOn(options, onProgress);
      this.supervisor.silence = patienceFor(loaded.info.parameters);
      this.#loaded = [options, onProgress];
      this.#current = loaded.current.id;
      return loaded;
    } finally {
      this.#loading--;
    }
  }

  async #loadOn(...[options, onProgress]: LoadCall): Promise<Loaded> {
    for (;;) {
      const device = this.#deviceFor(options.device);
      try {
        return await this.supervisor.call((api) =>
          api.load({ ...options, device }, this.hears(onProgress)),
        );
      } catch (error) {
        if (!(error instanceof BreakdownError) || !this.#mayTryAgain(error)) throw error;
      }
    }
  }

  /** A callback for the engine: what comes by it is a sign of life. */
  hears<Given extends unknown[], T>(callback: (...given: Given) => T): (...given: Given) => T {
    return proxy((...given: Given) => {
      this.supervisor.heard();
      return callback(...given);
    });
  }

  /** What only reads, and may be asked again. */
  async ask<T>(work: (api: Remote<LabApi>) => Promise<T>): Promise<T> {
    for (;;) {
      await this.#settled();
      try {
        return await this.supervisor.call(work);
      } catch (error) {
        if (!(error instanceof BreakdownError)) throw error;
        await this.#restarted(error);
      }
    }
  }

  /** The history; what of it is only in the engine's memory is copied, to outlive the engine. */
  async history(): ReturnType<LabApi['history']> {
    const history = await this.ask((api) => api.history());
    await this.#hold(history).catch(() => undefined);
    return history;
  }

  async #hold({ checkpoints, unsaved }: Awaited<ReturnType<LabApi['history']>>): Promise<void> {
    for (const id of this.#held.keys()) if (!unsaved.includes(id)) this.#held.delete(id);
    for (const id of unsaved) {
      const digest = checkpoints.find((meta) => meta.id === id)?.digest ?? '';
      if (this.#held.get(id)?.digest === digest) continue;
      const file = await this.supervisor.call((api) => api.exportCheckpoint(id));
      this.#held.set(id, { digest, file });
    }
  }

  /** What leads to another checkpoint, and is not done twice. */
  async go(work: (api: Remote<LabApi>) => Promise<CheckpointMeta>): Promise<CheckpointMeta> {
    const meta = await this.act(work);
    this.#current = meta.id;
    return meta;
  }

  /** What changes something, and is not done twice: it rejects where the engine is lost meanwhile. */
  async act<T>(work: (api: Remote<LabApi>) => Promise<T>): Promise<T> {
    await this.#settled();
    return this.supervisor.call(work);
  }

  /**
   * A run, begun by `begin`; where the engine is lost in it, the next one goes on from the run's last checkpoint, or begins it anew where it
   * has none yet.
   */
  async run(
    begin: (api: Remote<LabApi>, listen: (event: RunEvent) => void) => Promise<CheckpointMeta>,
    onEvent: (event: RunEvent) => void,
  ): Promise<CheckpointMeta> {
    let id: string | null = null;
    let gained = true;
    for (;;) {
      await this.#settled();
      try {
        const stored = id === null ? undefined : await this.#stored(id);
        // It had ended, and only its answer was lost.
        if (stored && stored.ending !== 'stopped') return stored;
        const meta = await inOrder(
          (event) => {
            this.supervisor.heard();
            if (event.type === 'started') id = event.id;
            if (event.type === 'probe') gained = true;
            onEvent(event);
          },
          (listen) =>
            this.supervisor.call((api) =>
              stored ? api.resume(stored.id, listen) : begin(api, listen),
            ),
        );
        this.#current = meta.id;
        return meta;
      } catch (error) {
        if (!(error instanceof BreakdownError)) throw error;
        // What breaks the engine twice at the same place would do so for ever.
        if (!gained) throw error;
        gained = false;
        await this.#restarted(error);
      }
    }
  }

  async #stored(id: string): Promise<CheckpointMeta | undefined> {
    const { checkpoints } = await this.supervisor.call((api) => api.history());
    return checkpoints.find((meta) => meta.id === id);
  }

  /** Waits for an engine that is being started anew. */
  async #settled(): Promise<void> {
    await this.#restarting?.catch(() => undefined);
  }

  async #restarted(error: BreakdownError): Promise<void> {
    if (!this.#loaded) throw error;
    await this.#restart(error);
  }

  #restart(error: BreakdownError): Promise<Loaded> {
    return (this.#restarting ??= this.#startAnew(error).finally(() => {
      this.#restarting = null;
    }));
  }

  async #startAnew(error: BreakdownError): Promise<Loaded> {
    try {
      if (!this.#mayTryAgain(error) || !this.#loaded) throw error;
      const [options] = this.#loaded;
      const before = this.#current;
      const loaded = await this.load(options, () => undefined);
      const current = (await this.#goBack(before, loaded)) ?? loaded.current;
      this.#current = current.id;
      this.onRestart({ ...loaded, current, breakdown: error.breakdown });
      return loaded;
    } catch (reason) {
      this.onGone(reason);
      throw reason;
    }
  }

  /** Brings back what was only in memory, and where the model was. Null where it is there, or cannot be brought there. */
  async #goBack(id: string | null, { current }: Loaded): Promise<CheckpointMeta | null> {
    try {
      for (const { file } of this.#held.values())
        await this.supervisor.call((api) => api.importCheckpoint(file));
      if (id === null || id === current.id) return null;
      return await this.supervisor.call((api) => api.checkout(id));
    } catch (error) {
      if (error instanceof BreakdownError) throw error;
      return null;
    }
  }

  #recent(kind?: Breakdown): number {
    const now = Date.now();
    this.#losses = this.#losses.filter(({ at }) => now - at < window);
    return this.#losses.filter(({ breakdown }) => kind === undefined || breakdown === kind).length;
  }

  #mayTryAgain({ breakdown }: BreakdownError): boolean {
    // What needs too much memory needs it again; once, something else may have held it.
    if (breakdown === 'memory' && this.#recent('memory') > 1) return false;
    return breakdown !== 'not-started' && breakdown !== 'slow' && this.#recent() < chances;
  }

  /** The device that was asked for; where the graphics card was lost, whichever there is, and at last the processor. */
  #deviceFor(asked: LoadCall[0]['device']): LoadCall[0]['device'] {
    const losses = this.#recent('gpu-lost');
    if (losses === 0 || asked === 'wasm') return asked;
    return losses < gpuChances ? 'auto' : 'wasm';
  }
}

/**
 * Events come through a port of their own and may arrive after the call's result: it is held back until the last of them,
 * `ended`, is here. A call that fails sends none.
 */
async function inOrder(
  onEvent: (event: RunEvent) => void,
  call: (listen: (event: RunEvent) => void) => Promise<CheckpointMeta>,
): Promise<CheckpointMeta> {
  let arrived = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const meta = await call(
    proxy((event) => {
      onEvent(event);
      if (event.type === 'ended') arrived();
    }),
  );
  await ended;
  return meta;
}
