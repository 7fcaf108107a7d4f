/** @file Notices an engine that loops without end: it says nothing for longer than anything that it does may take. */

/** Milliseconds between two questions. */
const period = 5000;

export class Pulse {
  /** Milliseconds of silence after which it is told. */
  patience = Infinity;

  #timer: ReturnType<typeof setInterval> | undefined;
  /** Milliseconds since the last word; those alone in which this page itself was running. */
  #silence = 0;
  #isAsked = false;
  #isTold = false;

  constructor(
    /** Asks for a word; while the engine computes it cannot answer. */
    private readonly ask: () => void,
    /** Told when it has been silent for too long, and when it speaks again. */
    private readonly tell: (isSilent: boolean) => void,
  ) {}

  begin(): void {
    // A tab that was frozen, or a clock that was set, is one period however long it was: no time of day is read.
    this.#timer ??= setInterval(() => {
      this.#beat();
    }, period);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.heard();
  }

  /** The engine said something, whatever it is. */
  heard(): void {
    this.#silence = 0;
    this.#isAsked = false;
    if (!this.#isTold) return;
    this.#isTold = false;
    this.tell(false);
  }

  #beat(): void {
    if (this.#isAsked) this.#silence += period;
    else {
      this.#isAsked = true;
      this.ask();
    }
    if (this.#isTold || this.#silence < this.patience) return;
    this.#isTold = true;
    this.tell(true);
  }
}

/** While a model is loaded nobody knows yet how large it is. */
export const loadingPatience = 600_000;

/**
 * Milliseconds of silence that a model of so many parameters may need. The longest work without a word is a step in one piece: 80 s for 0.6
 * billion under WebAssembly (docs/engine.md); four times as much is allowed, and a minute for the smallest.
 */
export function patienceFor(parameters: number): number {
  return 60_000 + (4 * 80_000 * parameters) / 6e8;
}
