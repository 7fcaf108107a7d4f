/** @file The run in progress, as the page follows it. */
import type { ExperimentRun, Probe } from '../../lab/index.ts';

export class LiveRun {
  /** Steps done. */
  step = $state(0);
  loss: number | null = $state(null);
  millisecondsPerStep: number | null = $state(null);
  probes: readonly Probe[] = $state.raw([]);
  stopping = $state(false);
  /** How much of the step that is being taken is done, from 0 to 1. */
  fraction = $state(0);
  /** Steps between questions, where these are put more seldom than was set. */
  every: number | null = $state(null);

  constructor(
    readonly taken: ExperimentRun,
    readonly steps: number,
    /** Checkpoint that it started from. */
    readonly parent: string | null,
  ) {}

  #firstPart: { fraction: number; now: number } | null = null;

  /** So much of a step is done at a time (milliseconds): before a first step was timed, its beginning tells how long it will take. */
  partDone(fraction: number, now: number): void {
    this.fraction = fraction;
    if (this.step > 0 || this.loss !== null) return;
    const first = (this.#firstPart ??= { fraction, now });
    const done = fraction - first.fraction;
    if (done >= enoughDone) this.millisecondsPerStep = (now - first.now) / done;
  }
}

/** The part of a first step from which on it says how long a step will take. */
const enoughDone = 0.1;
