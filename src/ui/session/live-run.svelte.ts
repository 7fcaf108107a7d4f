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
}
