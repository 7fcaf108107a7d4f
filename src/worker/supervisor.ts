/**
 * @file Keeps an engine running in its worker. One that does not start, breaks down, or loses its graphics card is thrown away, and whoever
 * waited for it is told what happened: nobody waits for a worker that is gone.
 */
import { areYouThere, engineSays, type EngineWord } from './engine-word.ts';
import { loadingPatience, Pulse } from './pulse.ts';

/**
 * Why an engine was thrown away: its code could not be had, or did not run (`not-started`); it took too long to start (`slow`); it broke
 * down while it worked (`crashed`), for want of memory (`memory`); its graphics card was lost (`gpu-lost`); it gave no answer any more, and
 * the visitor had it started anew (`silent`).
 */
export type Breakdown = 'not-started' | 'slow' | 'crashed' | 'memory' | 'gpu-lost' | 'silent';

/** What a call rejects with whose engine was thrown away. The page has words for each `breakdown`. */
export class BreakdownError extends Error {
  override readonly name = 'BreakdownError';
  constructor(
    readonly breakdown: Breakdown,
    /** What the browser or the runtime said of it, in English. */
    detail: string,
  ) {
    super(`The engine was lost (${breakdown}): ${detail}`);
  }
}

/** The part of a `Worker` that is used. */
export type EngineWorker = Pick<Worker, 'addEventListener' | 'terminate'> &
  Partial<Pick<Worker, 'postMessage'>>;

interface Engine<Api> {
  worker: EngineWorker;
  api: Api;
  /** Resolves when its code runs. */
  started: Promise<void>;
  /** Never resolves; rejects when it is thrown away. */
  broken: Promise<never>;
  throwAway: (error: BreakdownError) => void;
  pulse: Pulse;
}

/** A worker that has not said a word for so many milliseconds is given up: its code is 1.5 MB, on the slowest networks too. */
const longestStart = 90_000;

export class Supervisor<Api> {
  /** Told when the engine has been silent for longer than it should be, and when it speaks again. */
  onSilence: (isSilent: boolean) => void = () => undefined;

  #engine: Engine<Api> | null = null;
  #silence = loadingPatience;

  constructor(
    private readonly start: () => { worker: EngineWorker; api: Api },
    /** Told after every call that waited has been. */
    private readonly onBreakdown: (error: BreakdownError) => void = () => undefined,
    private readonly patience = longestStart,
  ) {}

  /**
   * Does something with the engine; starts one where there is none. Rejects with a `BreakdownError` when the engine is lost before it
   * has ended, and with what the engine itself answers.
   */
  async call<T>(work: (api: Api) => Promise<T>): Promise<T> {
    const engine = (this.#engine ??= this.#begin());
    const done = engine.started.then(() => work(engine.api));
    try {
      return await Promise.race([done, engine.broken]);
    } catch (error) {
      const breakdown = breakdownOf(error);
      if (breakdown === null) throw error;
      const lost =
        error instanceof BreakdownError
          ? error
          : new BreakdownError(breakdown, (error as Error).message);
      engine.throwAway(lost);
      throw lost;
    } finally {
      // What comes of it later concerns nobody.
      done.catch(() => undefined);
    }
  }

  /** For how many milliseconds the engine may say nothing before that is told. */
  set silence(milliseconds: number) {
    this.#silence = milliseconds;
    if (this.#engine) this.#engine.pulse.patience = milliseconds;
  }

  /** The engine said something, by a way of its own. */
  heard(): void {
    this.#engine?.pulse.heard();
  }

  /** Throws an engine away that gives no answer: whoever waits for it is told. */
  giveUp(): void {
    this.#engine?.throwAway(new BreakdownError('silent', 'it gave no answer for too long'));
  }

  /** Ends the engine; whatever waits for it rejects. */
  close(): void {
    this.#engine?.pulse.end();
    this.#engine?.worker.terminate();
    this.#engine = null;
  }

  #begin(): Engine<Api> {
    let reject: (error: BreakdownError) => void = () => undefined;
    let begin = (): void => undefined;
    const broken = new Promise<never>((_, no) => {
      reject = no;
    });
    broken.catch(() => undefined);
    const started = new Promise<void>((resolve) => {
      begin = resolve;
    });
    let worker: EngineWorker;
    let api: Api;
    try {
      ({ worker, api } = this.start());
    } catch (cause) {
      reject(new BreakdownError('not-started', (cause as Error).message));
      const none = { addEventListener: () => undefined, terminate: () => undefined };
      const throwAway = (): void => {
        this.#engine = null;
      };
      const nothing = (): void => undefined;
      const pulse = new Pulse(nothing, nothing);
      return { worker: none, api: {} as Api, started, broken, throwAway, pulse };
    }
    const throwAway = (error: BreakdownError): void => {
      clearTimeout(timer);
      if (this.#engine !== engine) return;
      this.#engine = null;
      pulse.end();
      worker.terminate();
      reject(error);
      this.onBreakdown(error);
    };
    const timer = setTimeout(() => {
      throwAway(
        new BreakdownError('slow', `it has not started within ${String(this.patience)} ms`),
      );
    }, this.patience);
    const pulse = new Pulse(
      () => worker.postMessage?.(areYouThere),
      (isSilent) => {
        this.onSilence(isSilent);
      },
    );
    pulse.patience = this.#silence;
    let runs = false;
    worker.addEventListener('error', (event) => {
      const { message } = event as ErrorEvent;
      throwAway(new BreakdownError(runs ? 'crashed' : 'not-started', message || 'no reason given'));
    });
    worker.addEventListener('message', (event) => {
      pulse.heard();
      const word = engineSays((event as MessageEvent).data);
      if (word === null || word.engine === 'here') return;
      if (word.engine === 'started') {
        runs = true;
        clearTimeout(timer);
        pulse.begin();
        begin();
      } else throwAway(new BreakdownError(word.engine, word.detail));
    });
    const engine: Engine<Api> = { worker, api, started, broken, throwAway, pulse };
    return engine;
  }
}

/** WebAssembly that was aborted, or ran out of memory, computes nothing right any more. Null for an error that leaves the engine whole. */
export function breakdownOf(error: unknown): Breakdown | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof BreakdownError) return error.breakdown;
  const { name, message } = error;
  if (/out of memory|bad_alloc|\boom\b|allocation failed|cannot enlarge memory/i.test(message))
    return 'memory';
  const isAborted =
    name === 'RuntimeError' ||
    /\bAborted\(|RuntimeError|memory access out of bounds|null function|table index is out of/.test(
      message,
    ) ||
    /^unreachable\b/.test(message);
  if (isAborted) return 'crashed';
  return /device (was|is) lost|DeviceLost|lost its device/i.test(message) ? 'gpu-lost' : null;
}

export type { EngineWord };
